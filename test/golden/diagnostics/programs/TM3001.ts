let counter: u64 = 1;
export function start(): never {
  return naked()`
  ld a0, ${counter + 1}
  ret`;
}
export function main(): void {}

class Box {
  value: u64;
  constructor() {}
}
export function main(): void {}

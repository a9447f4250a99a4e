class Box {
  value: u64;
  get double(): u64 { return this.value * 2; }
}
export function main(): void {}

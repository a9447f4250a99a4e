class Box {
  value: u64;
  get next(): u64 {
    return this.bump() + 1;
  }
  bump(): u64 {
    return this.value++;
  }
}
export function main(): void {}

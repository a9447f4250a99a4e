class Box { value: u64; }
export function main(): void {
  const p = Box.prototype;
}

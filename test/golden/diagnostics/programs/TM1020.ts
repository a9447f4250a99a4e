class Box { value?: u64; }
export function main(): void {
  const b = zeroed<Box>();
  delete b.value;
}

// for kernel
export function main(): void {
  const half: f64 = 0.5;
  print(half, "\n");
}

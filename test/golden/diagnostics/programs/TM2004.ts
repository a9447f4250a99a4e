export function main(): void {
  let n = 5;
  print(n);
}

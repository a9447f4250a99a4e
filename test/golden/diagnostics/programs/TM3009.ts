export function main(): void {
  print("a");
  naked()`ret`;
}

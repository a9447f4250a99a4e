export function main(): void {
  var n: u64 = 1;
  print(n);
}

const endless = comptime(() => {
  let n: u64 = 0;
  while (n < 10) n = n / (n - n);
  return n;
});
export function main(): void {
  print(endless);
}

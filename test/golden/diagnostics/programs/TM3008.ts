interface Echo { count: Op<2, () => u64>; again: Op<2, () => u64>; }
export function main(): void {
  const echo = clientOf<Echo>(1);
  print(echo.count(), "\n");
}

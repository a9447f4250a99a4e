export function main(): void {
  let bounds: [u32, u32] = [1, 2];
  const before = bounds;
  bounds[0] = 9;
  print(before[0]);
}

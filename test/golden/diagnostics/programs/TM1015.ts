export function main(): void {
  const n: u64 = 1;
  if (typeof n === "number") print("n");
}

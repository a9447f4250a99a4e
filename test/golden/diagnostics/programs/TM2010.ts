export function main(): void {
  const p = null;
}

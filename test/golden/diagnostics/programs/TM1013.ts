export function main(): void {
  const a = /x+/;
}

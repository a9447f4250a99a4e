export function main(): void {
  print("a");
  attr({ cold: true });
}

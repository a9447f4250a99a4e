export function main(): void {
  print(arguments.length);
}

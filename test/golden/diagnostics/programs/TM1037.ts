export function main(): void {
  debugger;
}

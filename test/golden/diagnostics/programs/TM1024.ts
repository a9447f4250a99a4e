export function main(): void {
  void 0;
}

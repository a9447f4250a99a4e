export function fail_(why: string): never {
  panic(why);
}
export function main(): void {}

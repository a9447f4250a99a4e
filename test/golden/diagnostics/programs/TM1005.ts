function* numbers() {
  yield 1;
}
export function main(): void {}

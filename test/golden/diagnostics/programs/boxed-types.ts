export function main(): void {
  let text: String = "a";
  let truth: Boolean = true;
  let count: Number = 4;
  print(text, truth, count);
}

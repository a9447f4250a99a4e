export function main(): void {
  const numbers: u32[] = [3, 1, 2];
  numbers.push(4);
  numbers.sort();
  print("sum: " + "of all");
  numbers.forEach((number) => {
    print(number);
  });
  const letter = "abc".charCodeAt(1);
  console.log(Math.max(1, 2), letter);
}

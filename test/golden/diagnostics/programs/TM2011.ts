enum Color { Red, Green, Blue }
export function show(c: Color): void {
  switch (c) {
    case Color.Red:
      print("red");
      break;
    case Color.Blue:
      print("blue");
  }
}
export function main(): void {}

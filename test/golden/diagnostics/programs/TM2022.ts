export function show(a: u64, b: u64): void {
  switch (a) {
    case b:
      print("same");
  }
}
export function main(): void {}

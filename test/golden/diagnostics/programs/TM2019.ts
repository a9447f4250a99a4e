enum Color { Red, Green }
export function main(): void {
  const c = Color;
}

class Row { name: string; run: (x: u64) => u64; }
export function main(): void {
  const row = make<Row>({ name: "square" });
}

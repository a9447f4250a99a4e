export function five(): u64 { return 5; }
export function main(): void {
  const p = ref(five());
}

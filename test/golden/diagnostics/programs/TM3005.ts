const small = zeroed<Atomic<u8>>();
export function main(): void {
  small.fetchAdd(1);
}

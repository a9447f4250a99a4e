class Timer {
  onExpiry: () => u64;
}

export function main(): void {
  let count: u64 = 0;
  const timer: Timer = { onExpiry: () => count };
  count = timer.onExpiry();
}

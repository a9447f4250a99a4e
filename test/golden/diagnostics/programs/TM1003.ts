export function main(): void {
  try {
    print("a");
  } finally {
    print("b");
  }
}

export function main(): void {
  const pair: [u64, u64] = [1, 2];
  asm`nop ${{ a0: out(pair) }}`;
}

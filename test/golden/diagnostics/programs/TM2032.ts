export function main(): void {
  const bytes: Arr<u8, 2> = [0x12, 0x34];
  let word: u16 = (bytes[1] << 8) | bytes[0];
  word >>= 16;
  print(word);
}

export function there(): u32 {
  return 1;
}

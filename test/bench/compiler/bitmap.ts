const words = zeroed<Arr<u64, 64>>();

function take(count: u64): i64 {
  for (let w: u64 = 0; w < 64; w++) {
    const free = ~words[w];
    if (free === 0) continue;
    for (let bit: u64 = 0; bit + count <= 64; bit++) {
      const mask = ((u64(1) << count) - 1) << bit;
      if ((free & mask) === mask) {
        words[w] |= mask;
        return i64(w * 64 + bit);
      }
    }
  }
  return -1;
}
function give(at: u64, count: u64): void {
  for (let i = at; i < at + count; i++) words[i >>> 6] &= ~(u64(1) << (i & 63));
}

export function run(): u64 {
  let h: u64 = 0;
  let s: u64 = 1;
  for (let i: u32 = 0; i < 900; i++) {
    s = s * 6364136223846793005 + 1442695040888963407;
    const count = ((s >>> 40) % 7) + 1;
    const at = take(count);
    h = h * 31 + u64(at);
    if (at >= 0 && s >>> 60 < 9) give(u64(at), count);
  }
  for (let w: u32 = 0; w < 64; w++) h = h * 17 + words[w];
  return h;
}

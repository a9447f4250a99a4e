// LZ77 with a table of hashes, in LZ4's manner, and back.
const text = zeroed<Arr<u8, 1024>>();
const packed = zeroed<Arr<u8, 1200>>();
const unpacked = zeroed<Arr<u8, 1024>>();
const heads = zeroed<Arr<u32, 256>>();

function word(p: readonly u8[], at: u64): u32 {
  return p[at] | (u32(p[at + 1]) << 8) | (u32(p[at + 2]) << 16) | (u32(p[at + 3]) << 24);
}
function length(out: u8[], from: u64, count: u64): u64 {
  let at = from;
  let n = count;
  for (; n >= 255; n -= 255) out[at++] = 255;
  out[at++] = u8(n);
  return at;
}
function compress(input: readonly u8[], out: u8[]): u64 {
  const n = input.length;
  let at: u64 = 0;
  let anchor: u64 = 0;
  let i: u64 = 0;
  for (let k: u32 = 0; k < 256; k++) heads[k] = 0;
  while (i + 4 < n) {
    const w = word(input, i);
    const slot = (w * 2654435761) >>> 24;
    let from: u64 = heads[slot];
    heads[slot] = u32(i) + 1;
    if (from === 0 || word(input, from - 1) !== w) {
      i++;
      continue;
    }
    from--;
    let match: u64 = 4;
    while (i + match < n && input[from + match] === input[i + match]) match++;
    const literals = i - anchor;
    out[at++] = u8(((literals < 15 ? literals : 15) << 4) | (match - 4 < 15 ? match - 4 : 15));
    if (literals >= 15) at = length(out, at, literals - 15);
    for (let k: u64 = 0; k < literals; k++) out[at++] = input[anchor + k];
    out[at++] = u8(i - from);
    out[at++] = u8((i - from) >>> 8);
    if (match - 4 >= 15) at = length(out, at, match - 4 - 15);
    i += match;
    anchor = i;
  }
  const literals = n - anchor;
  out[at++] = u8((literals < 15 ? literals : 15) << 4);
  if (literals >= 15) at = length(out, at, literals - 15);
  for (let k: u64 = 0; k < literals; k++) out[at++] = input[anchor + k];
  return at;
}
function decompress(input: readonly u8[], out: u8[]): u64 {
  const n = input.length;
  let i: u64 = 0;
  let at: u64 = 0;
  while (i < n) {
    const token = input[i++];
    let literals: u64 = token >>> 4;
    if (literals === 15) {
      let c: u8 = 0;
      do {
        c = input[i++];
        literals += c;
      } while (c === 255);
    }
    for (let k: u64 = 0; k < literals; k++) out[at++] = input[i++];
    if (i >= n) break;
    const back: u64 = input[i] | (u64(input[i + 1]) << 8);
    i += 2;
    let match: u64 = (token & 15) + 4;
    if (match === 19) {
      let c: u8 = 0;
      do {
        c = input[i++];
        match += c;
      } while (c === 255);
    }
    for (let k: u64 = 0; k < match; k++, at++) out[at] = out[at - back];
  }
  return at;
}

export function run(): u64 {
  let h: u64 = 0;
  let s: u32 = 11;
  for (let round: u32 = 0; round < 3; round++) {
    for (let i: u64 = 0; i < 1024; i++) {
      s = s * 1103515245 + 12345;
      text[i] = (s >>> 28) < 3 ? u8(97 + ((s >>> 20) % 26)) : i >= 40 ? text[i - 40 + round] : u8(s >>> 24);
    }
    const n = compress(text.slice(), packed.slice());
    for (let i: u64 = 0; i < n; i++) h = h * 31 + packed[i];
    if (decompress(packed.slice(0, n), unpacked.slice()) !== 1024) return 1;
    for (let i: u64 = 0; i < 1024; i++) if (text[i] !== unpacked[i]) return 2;
    h += n;
  }
  return h;
}

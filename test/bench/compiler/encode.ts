// CRC-32 by nibbles, Adler-32, base64 there and back.
const input = zeroed<Arr<u8, 192>>();
const encoded = zeroed<Arr<u8, 256>>();
const decoded = zeroed<Arr<u8, 192>>();
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values = zeroed<Arr<u8, 256>>();
const table = zeroed<Arr<u32, 16>>();

function crc(data: readonly u8[]): u32 {
  let c: u32 = ~0;
  for (const byte of data) {
    c ^= byte;
    c = table[c & 15] ^ (c >>> 4);
    c = table[c & 15] ^ (c >>> 4);
  }
  return ~c;
}
function adler(data: readonly u8[]): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return (b << 16) | a;
}
function encode(from: readonly u8[], to: u8[]): u64 {
  let at: u64 = 0;
  let i: u64 = 0;
  for (; i + 2 < from.length; i += 3) {
    const word = (u32(from[i]) << 16) | (u32(from[i + 1]) << 8) | from[i + 2];
    to[at++] = alphabet[word >>> 18];
    to[at++] = alphabet[(word >>> 12) & 63];
    to[at++] = alphabet[(word >>> 6) & 63];
    to[at++] = alphabet[word & 63];
  }
  if (i < from.length) {
    const word = (u32(from[i]) << 16) | (i + 1 < from.length ? u32(from[i + 1]) << 8 : 0);
    to[at++] = alphabet[word >>> 18];
    to[at++] = alphabet[(word >>> 12) & 63];
    to[at++] = i + 1 < from.length ? alphabet[(word >>> 6) & 63] : 61;
    to[at++] = 61;
  }
  return at;
}
function decode(from: readonly u8[], to: u8[]): u64 {
  let word: u32 = 0;
  let bits: u32 = 0;
  let at: u64 = 0;
  for (const c of from) {
    if (c === 61) break;
    word = (word << 6) | values[c];
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      to[at++] = u8(word >>> bits);
    }
  }
  return at;
}

export function run(): u64 {
  let h: u64 = 0;
  let s: u32 = 9;
  for (let i: u32 = 0; i < 16; i++) {
    let c = i;
    for (let k: u32 = 0; k < 4; k++) c = (c & 1) !== 0 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    table[i] = c;
  }
  for (let i: u32 = 0; i < 64; i++) values[alphabet[i]] = u8(i);
  for (let round: u32 = 0; round < 8; round++) {
    const length: u64 = 185 + round;
    for (let i: u64 = 0; i < length; i++) {
      s = s * 1103515245 + 12345;
      input[i] = u8(s >>> 16);
    }
    const n = encode(input.slice(0, length), encoded.slice());
    const m = decode(encoded.slice(0, n), decoded.slice());
    h = h * 31 + crc(encoded.slice(0, n)) + adler(decoded.slice(0, m)) + m;
    for (let i: u64 = 0; i < m; i++) if (decoded[i] !== input[i]) return 0;
  }
  return h;
}

// An LZ77 decoder: a token has a count of literals and of bytes to copy from before; and a search for text.
const packed = zeroed<Arr<u8, 600>>();
const plain = zeroed<Arr<u8, 4096>>();

function pack(): u64 {
  let at: u64 = 0;
  for (let i: u32 = 0; i < 60; i++) {
    const literals: u32 = (i % 7) + 1;
    const match: u32 = i === 0 ? 0 : (i % 11) + 3;
    packed[at++] = u8((literals << 4) | (match & 15));
    for (let j: u32 = 0; j < literals; j++) packed[at++] = u8(97 + ((i * 5 + j) % 26));
    packed[at++] = u8((i % 5) + 1);
  }
  return at;
}
function unpack(from: readonly u8[], length: u64, to: u8[]): u64 {
  let at: u64 = 0;
  let out: u64 = 0;
  while (at < length) {
    const token = from[at++];
    let literals: u64 = token >>> 4;
    let match: u64 = token & 15;
    while (literals-- > 0) to[out++] = from[at++];
    const distance: u64 = from[at++];
    while (match-- > 0) {
      to[out] = to[out - distance];
      out++;
    }
  }
  return out;
}
function find(text: readonly u8[], length: u64, word: readonly u8[], size: u64): u64 {
  let count: u64 = 0;
  for (let i: u64 = 0; i + size <= length; i++) {
    let j: u64 = 0;
    while (j < size && text[i + j] === word[j]) j++;
    if (j === size) count++;
  }
  return count;
}
function classify(text: readonly u8[], length: u64): u64 {
  let h: u64 = 0;
  for (let i: u64 = 0; i < length; i++) {
    switch (text[i]) {
      case 97: h += 1; break;
      case 98: h ^= 0x55; break;
      case 99: h -= 3; break;
      case 100: h = h * 3; break;
      case 101: h += i; break;
      case 102: h = (h << 1) | (h >>> 63); break;
      case 103: h ^= i << 3; break;
      case 104: h += 77; break;
      case 105: h ^= h >>> 7; break;
      case 106: h += h << 2; break;
      case 107: h -= i; break;
      case 108: h += 5; break;
      case 109: h ^= 0xff00; break;
      case 110: h += 9; break;
      case 111: h = ~h; break;
      case 112: h += 11; break;
      case 113: h ^= 13; break;
      case 114: h += 15; break;
      default: h += 2;
    }
  }
  return h;
}

const word: string = "fgh";

export function run(): u64 {
  let h: u64 = 0;
  const length = pack();
  for (let round: u32 = 0; round < 20; round++) {
    const size = unpack(packed, length, plain.slice());
    h = h * 31 + size + plain[size - 1 - round];
    h = h * 31 + find(plain, size, word.bytes(), 3);
    h = h * 31 + classify(plain, size);
  }
  return h;
}

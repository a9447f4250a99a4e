// Text as it comes over a wire: base64 both ways, UTF-8 to code points, numbers of a table, a word search by Horspool.
const alphabet: string = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values: Arr<u8, 256> = comptime(() => {
  const table = arr<u8, 256>();
  for (let i: u64 = 0; i < 256; i++) table[i] = 255;
  for (let i: u8 = 0; i < 64; i++) table[alphabet[i]] = i;
  return table;
});
const raw = zeroed<Arr<u8, 384>>();
const coded = zeroed<Arr<u8, 520>>();
const back = zeroed<Arr<u8, 384>>();
const points = zeroed<Arr<u32, 400>>();

function encode(from: readonly u8[], to: u8[]): u64 {
  let at: u64 = 0;
  for (let i: u64 = 0; i + 2 < from.length; i += 3) {
    const bits = (u32(from[i]) << 16) | (u32(from[i + 1]) << 8) | from[i + 2];
    to[at] = alphabet[bits >>> 18];
    to[at + 1] = alphabet[(bits >>> 12) & 63];
    to[at + 2] = alphabet[(bits >>> 6) & 63];
    to[at + 3] = alphabet[bits & 63];
    at += 4;
  }
  return at;
}
function decode(from: readonly u8[], to: u8[]): u64 | null {
  let at: u64 = 0;
  let bits: u32 = 0;
  let held: u32 = 0;
  for (const letter of from) {
    const value = values[letter];
    if (value === 255) return null;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      to[at++] = u8(bits >>> held);
    }
  }
  return at;
}
function codePoints(from: readonly u8[], to: u32[]): u64 {
  let count: u64 = 0;
  let i: u64 = 0;
  while (i < from.length) {
    const first = from[i];
    let point: u32 = first;
    let more: u64 = 0;
    if (first >= 0xf0) {
      point = first & 7;
      more = 3;
    } else if (first >= 0xe0) {
      point = first & 15;
      more = 2;
    } else if (first >= 0xc0) {
      point = first & 31;
      more = 1;
    }
    i++;
    while (more > 0 && i < from.length && (from[i] & 0xc0) === 0x80) {
      point = (point << 6) | (from[i] & 63);
      i++;
      more--;
    }
    to[count++] = more === 0 ? point : 0xfffd;
  }
  return count;
}
function sumNumbers(from: string): i64 {
  let sum: i64 = 0;
  let value: i64 = 0;
  let sign: i64 = 1;
  for (const letter of from) {
    if (letter >= 48 && letter <= 57) value = value * 10 + (i64(letter) - 48);
    else if (letter === 45) sign = -1;
    else {
      sum += sign * value;
      value = 0;
      sign = 1;
    }
  }
  return sum + sign * value;
}
const skips = zeroed<Arr<u8, 256>>();
function find(text: string, word: string): u64 {
  const last = word.length - 1;
  for (let i: u64 = 0; i < 256; i++) skips[i] = u8(word.length);
  for (let i: u64 = 0; i < last; i++) skips[word[i]] = u8(last - i);
  let found: u64 = 0;
  let at: u64 = 0;
  while (at + word.length <= text.length) {
    let j = last;
    while (text[at + j] === word[j]) {
      if (j === 0) {
        found++;
        break;
      }
      j--;
    }
    at += skips[text[at + last]];
  }
  return found;
}
const numbers: string = "12,-7,400,65536,-99999,1,2,3,1000000,-42,77,8,-8,31337,271828,-314159";
const story: string = "an endpoint is where a thread sends and a thread waits; a thread that waits at an endpoint has no thread to run";

export function run(): u64 {
  let h: u64 = 0;
  for (let round: u64 = 0; round < 12; round++) {
    for (let i: u64 = 0; i < raw.length; i++) raw[i] = u8(i * (round + 3) + (i >>> 3));
    const length = encode(raw, coded);
    const decoded = decode(coded.slice(0, length), back) ?? 0;
    for (let i: u64 = 0; i < decoded; i++) h = h * 31 + back[i];
    const count = codePoints(raw, points);
    for (let i: u64 = 0; i < count; i++) h = h * 17 + points[i];
    h += u64(sumNumbers(numbers)) + find(story, "thread") * 7 + find(story, "endpoint");
  }
  return h;
}

// Fixed point: a filter over a ring of samples, a product of matrices in Q16.16, a square root and a moving histogram.
const TAPS = 16;
class Filter {
  ring: Arr<i32, 16>;
  at: u32;
}
const filter = zeroed<Filter>();
const weights: Arr<i16, 16> = [-12, 30, -55, 90, -140, 210, -320, 680, 680, -320, 210, -140, 90, -55, 30, -12];
const samples = zeroed<Arr<i16, 512>>();
const output = zeroed<Arr<i32, 512>>();
const histogram = zeroed<Arr<u16, 64>>();
class Matrix {
  at: Arr<i32, 9>;
}
const turn = zeroed<Matrix>();
const state = zeroed<Matrix>();

function fir(f: Ptr<Filter>, sample: i16): i32 {
  f.ring[f.at & 15] = sample;
  f.at++;
  let sum: i64 = 0;
  for (let i: u32 = 0; i < TAPS; i++) sum += i64(f.ring[(f.at - 1 - i) & 15]) * weights[i];
  return i32.saturating(sum >> 10);
}
function times(a: i32, b: i32): i32 {
  return i32((i64(a) * b + 0x8000) >> 16);
}
function multiply(a: Ptr<Matrix>, b: Ptr<Matrix>): Matrix {
  const result = zeroed<Matrix>();
  for (let i: u64 = 0; i < 3; i++)
    for (let j: u64 = 0; j < 3; j++) {
      let sum: i32 = 0;
      for (let k: u64 = 0; k < 3; k++) sum += times(a.at[i * 3 + k], b.at[k * 3 + j]);
      result.at[i * 3 + j] = sum;
    }
  return result;
}
function root(x: u32): u32 {
  let bit: u32 = 1 << 30;
  let rest = x;
  let result: u32 = 0;
  while (bit > rest) bit >>>= 2;
  while (bit !== 0) {
    if (rest >= result + bit) {
      rest -= result + bit;
      result = (result >>> 1) + bit;
    } else result >>>= 1;
    bit >>>= 2;
  }
  return result;
}

export function run(): u64 {
  let seed: u32 = 99;
  for (let i: u64 = 0; i < samples.length; i++) {
    seed = seed * 1103515245 + 12345;
    samples[i] = i16(seed >>> 16);
  }
  turn.at = [65000, -8000, 100, 8000, 65000, -50, -100, 50, 65536];
  state.at = [65536, 0, 0, 0, 65536, 0, 0, 0, 65536];
  let h: u64 = 0;
  for (let round: u64 = 0; round < 3; round++) {
    for (let i: u64 = 0; i < samples.length; i++) output[i] = fir(ref(filter), samples[i]);
    for (const value of output) {
      const size = root(u32(value < 0 ? -value : value));
      histogram[size >>> 4 < 63 ? size >>> 4 : 63]++;
      h = h * 31 + size;
    }
    for (let i: u64 = 0; i < 20; i++) {
      const next = multiply(ref(turn), ref(state));
      state.at = copy(next.at);
    }
    for (const value of state.at) h = h * 31 + u64(value);
  }
  for (const count of histogram) h = h * 31 + count;
  return h;
}

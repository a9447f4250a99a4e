// A product of matrices of doubles, and a Fourier transform in place.
class Complex {
  re: f64;
  im: f64;
}
const a = zeroed<Arr<Arr<f64, 16>, 16>>();
const b = zeroed<Arr<Arr<f64, 16>, 16>>();
const c = zeroed<Arr<Arr<f64, 16>, 16>>();
const z = zeroed<Arr<Complex, 64>>();
const roots = zeroed<Arr<Complex, 32>>();

function multiply(): void {
  for (let i: u64 = 0; i < 16; i++)
    for (let j: u64 = 0; j < 16; j++) {
      let sum: f64 = 0;
      for (let k: u64 = 0; k < 16; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}
function transform(x: Complex[]): void {
  const n = x.length;
  let j: u64 = 0;
  for (let i: u64 = 1; i < n; i++) {
    let bit = n >>> 1;
    for (; (j & bit) !== 0; bit >>>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const t = copy(x[i]);
      x[i] = copy(x[j]);
      x[j] = copy(t);
    }
  }
  for (let length: u64 = 2; length <= n; length <<= 1) {
    const half = length >>> 1;
    const stride = n / length;
    for (let start: u64 = 0; start < n; start += length)
      for (let k: u64 = 0; k < half; k++) {
        const w = copy(roots[k * stride]);
        const u = copy(x[start + k]);
        const v = copy(x[start + k + half]);
        const re = v.re * w.re - v.im * w.im;
        const im = v.re * w.im + v.im * w.re;
        x[start + k] = { re: u.re + re, im: u.im + im };
        x[start + k + half] = { re: u.re - re, im: u.im - im };
      }
  }
}

export function run(): u64 {
  for (let i: u64 = 0; i < 16; i++)
    for (let j: u64 = 0; j < 16; j++) {
      a[i][j] = f64(i + 1) / f64(j + 1);
      b[i][j] = f64(i) - f64(j) * 0.5;
    }
  let re: f64 = 1;
  let im: f64 = 0;
  for (let k: u64 = 0; k < 32; k++) {
    roots[k] = { re, im };
    const next = re * 0.9951847266721969 - im * -0.0980171403295606;
    im = re * -0.0980171403295606 + im * 0.9951847266721969;
    re = next;
  }
  for (let i: u64 = 0; i < 64; i++) z[i] = { re: f64((i * 37) % 64), im: 0.5 };
  multiply();
  for (let round: u32 = 0; round < 4; round++) transform(z.slice());
  let sum: f64 = 0;
  for (let i: u64 = 0; i < 16; i++) sum += c[i][15 - i];
  for (let i: u64 = 0; i < 64; i++) sum += z[i].re * f64(i) - z[i].im;
  return u64(i64(sum * 16));
}

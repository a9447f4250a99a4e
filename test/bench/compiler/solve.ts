// Gaussian elimination, a polynomial and Newton's square roots, in doubles and floats.
const matrix = zeroed<Arr<Arr<f64, 13>, 12>>();
const samples = zeroed<Arr<f32, 64>>();

function series(x: f64): f64 {
  let sum: f64 = 0;
  let term: f64 = 1;
  for (let i: u32 = 1; i < 16; i++) {
    sum += term;
    term = (term * x) / f64(i);
  }
  return sum;
}
function root(x: f64): f64 {
  let guess: f64 = x / 2 + 0.5;
  for (let i: u32 = 0; i < 20; i++) {
    const next: f64 = (guess + x / guess) / 2;
    if (next === guess) break;
    guess = next;
  }
  return guess;
}
function size(x: f64): f64 {
  return x < 0 ? -x : x;
}
function solve(): f64 {
  for (let i: u32 = 0; i < 12; i++) {
    let best: u32 = i;
    for (let r: u32 = i + 1; r < 12; r++) if (size(matrix[r][i]) > size(matrix[best][i])) best = r;
    for (let c: u32 = i; c < 13; c++) {
      const t = matrix[i][c];
      matrix[i][c] = matrix[best][c];
      matrix[best][c] = t;
    }
    for (let r: u32 = i + 1; r < 12; r++) {
      const factor: f64 = matrix[r][i] / matrix[i][i];
      for (let c: u32 = i; c < 13; c++) matrix[r][c] -= factor * matrix[i][c];
    }
  }
  let sum: f64 = 0;
  for (let i: i32 = 11; i >= 0; i--) {
    const row = u32(i);
    let value = matrix[row][12];
    for (let c: u32 = row + 1; c < 12; c++) value -= matrix[row][c] * matrix[c][12];
    value /= matrix[row][row];
    matrix[row][12] = value;
    sum += value;
  }
  return sum;
}

export function run(): u64 {
  let total: f64 = 0;
  for (let round: u32 = 0; round < 6; round++) {
    for (let r: u32 = 0; r < 12; r++) for (let c: u32 = 0; c < 13; c++) matrix[r][c] = f64((r * 7 + c * 13 + round) % 17) + (r === c ? f64(20) : f64(0));
    total += solve();
    for (let i: u32 = 0; i < 64; i++) samples[i] = f32(series(f64(i) * 0.01)) * 0.5;
    let mean: f32 = 0;
    let high = samples[0];
    for (const sample of samples) {
      mean += sample;
      if (sample > high) high = sample;
    }
    total += root(f64(mean / 64)) + f64(high);
  }
  return u64(total * 1000000);
}

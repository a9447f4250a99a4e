// Tables: Levenshtein's distance in two rows, the longest common subsequence with its way back, a knapsack.
const rows = zeroed<Arr<Arr<u32, 64>, 2>>();
const lcs = zeroed<Arr<Arr<u16, 64>, 64>>();
const best = zeroed<Arr<u32, 201>>();
const a: string = "the quick brown fox jumps over the lazy dog again";
const b: string = "a quiet crown box dumps ovens to the crazy frog agape";
const out = zeroed<Arr<u8, 64>>();

function min(x: u32, y: u32): u32 {
  return x < y ? x : y;
}
function distance(s: string, t: string): u32 {
  let now: u32 = 0;
  for (let j: u64 = 0; j <= t.length; j++) rows[0][j] = u32(j);
  for (let i: u64 = 0; i < s.length; i++) {
    const next = 1 - now;
    rows[next][0] = u32(i) + 1;
    for (let j: u64 = 0; j < t.length; j++) {
      const cost: u32 = s[i] === t[j] ? 0 : 1;
      rows[next][j + 1] = min(min(rows[next][j] + 1, rows[now][j + 1] + 1), rows[now][j] + cost);
    }
    now = next;
  }
  return rows[now][t.length];
}
function common(s: string, t: string, to: u8[]): u64 {
  for (let i: u64 = 0; i <= s.length; i++) lcs[i][0] = 0;
  for (let j: u64 = 0; j <= t.length; j++) lcs[0][j] = 0;
  for (let i: u64 = 1; i <= s.length; i++)
    for (let j: u64 = 1; j <= t.length; j++) {
      if (s[i - 1] === t[j - 1]) lcs[i][j] = lcs[i - 1][j - 1] + 1;
      else if (lcs[i - 1][j] >= lcs[i][j - 1]) lcs[i][j] = lcs[i - 1][j];
      else lcs[i][j] = lcs[i][j - 1];
    }
  let i = s.length;
  let j = t.length;
  const n: u64 = lcs[i][j];
  let at = n;
  while (i > 0 && j > 0) {
    if (s[i - 1] === t[j - 1]) {
      at--;
      to[at] = s[i - 1];
      i--;
      j--;
    } else if (lcs[i - 1][j] >= lcs[i][j - 1]) i--;
    else j--;
  }
  return n;
}
const weights: readonly u32[] = [12, 7, 11, 8, 9, 6, 14, 23, 31, 17];
const values: readonly u32[] = [24, 13, 23, 15, 16, 11, 28, 50, 61, 30];
function knapsack(capacity: u32): u32 {
  for (let w: u32 = 0; w <= capacity; w++) best[w] = 0;
  for (let i: u64 = 0; i < weights.length; i++)
    for (let w = capacity; w >= weights[i]; w--) {
      const with_ = best[w - weights[i]] + values[i];
      if (with_ > best[w]) best[w] = with_;
    }
  return best[capacity];
}

export function run(): u64 {
  let h: u64 = 0;
  for (let k: u64 = 0; k < 3; k++) {
    h = h * 31 + distance(a.slice(k), b.slice(0, b.length - k));
    const n = common(a.slice(k), b, out);
    for (let i: u64 = 0; i < n; i++) h = h * 31 + out[i];
    h += knapsack(200 - u32(k));
  }
  return h;
}

#include "k.h"
/* Tables: Levenshtein's distance in two rows, the longest common subsequence with its way back, a knapsack. */
static u32 rows[2][64];
static u16 lcs[64][64];
static u32 best[201];
static const char a[] = "the quick brown fox jumps over the lazy dog again";
static const char b[] = "a quiet crown box dumps ovens to the crazy frog agape";
static u8 out[64];
static u32 min(u32 x, u32 y) { return x < y ? x : y; }
static u32 distance(const u8 *s, u64 n, const u8 *t, u64 m) {
  u32 now = 0;
  for (u64 j = 0; j <= m; j++) rows[0][j] = (u32)j;
  for (u64 i = 0; i < n; i++) {
    u32 next = 1 - now;
    rows[next][0] = (u32)i + 1;
    for (u64 j = 0; j < m; j++) {
      u32 cost = s[i] == t[j] ? 0 : 1;
      rows[next][j + 1] = min(min(rows[next][j] + 1, rows[now][j + 1] + 1), rows[now][j] + cost);
    }
    now = next;
  }
  return rows[now][m];
}
static u64 common(const u8 *s, u64 n, const u8 *t, u64 m, u8 *to) {
  for (u64 i = 0; i <= n; i++) lcs[i][0] = 0;
  for (u64 j = 0; j <= m; j++) lcs[0][j] = 0;
  for (u64 i = 1; i <= n; i++)
    for (u64 j = 1; j <= m; j++) {
      if (s[i - 1] == t[j - 1]) lcs[i][j] = lcs[i - 1][j - 1] + 1;
      else if (lcs[i - 1][j] >= lcs[i][j - 1]) lcs[i][j] = lcs[i - 1][j];
      else lcs[i][j] = lcs[i][j - 1];
    }
  u64 i = n, j = m, length = lcs[i][j], at = length;
  while (i > 0 && j > 0) {
    if (s[i - 1] == t[j - 1]) { to[--at] = s[i - 1]; i--; j--; }
    else if (lcs[i - 1][j] >= lcs[i][j - 1]) i--;
    else j--;
  }
  return length;
}
static const u32 weights[] = { 12, 7, 11, 8, 9, 6, 14, 23, 31, 17 };
static const u32 values[] = { 24, 13, 23, 15, 16, 11, 28, 50, 61, 30 };
static u32 knapsack(u32 capacity) {
  for (u32 w = 0; w <= capacity; w++) best[w] = 0;
  for (u64 i = 0; i < 10; i++)
    for (u32 w = capacity; w >= weights[i]; w--) {
      u32 with = best[w - weights[i]] + values[i];
      if (with > best[w]) best[w] = with;
    }
  return best[capacity];
}
u64 run(void) {
  u64 h = 0;
  u64 na = sizeof a - 1, nb = sizeof b - 1;
  for (u64 k = 0; k < 3; k++) {
    h = h * 31 + distance((const u8 *)a + k, na - k, (const u8 *)b, nb - k);
    u64 n = common((const u8 *)a + k, na - k, (const u8 *)b, nb, out);
    for (u64 i = 0; i < n; i++) h = h * 31 + out[i];
    h += knapsack(200 - (u32)k);
  }
  return h;
}

#include "k.h"
/* Queens on a board: by sets of bits, and by arrays. */
static u32 places[8];
static u8 columns[8], rising[16], falling[16];
static u64 byBits(u32 all, u32 taken, u32 left, u32 right) {
  if (taken == all) return 1;
  u64 count = 0;
  for (u32 open = all & ~(taken | left | right); open; open &= open - 1) {
    u32 bit = open & -open;
    count += byBits(all, taken | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}
static u64 byArrays(u32 row, u64 h) {
  if (row == 8) {
    for (u32 i = 0; i < 8; i++) h = h * 7 + places[i];
    return h;
  }
  for (u32 column = 0; column < 8; column++) {
    if (columns[column] || rising[row + column] || falling[row + 7 - column]) continue;
    columns[column] = rising[row + column] = falling[row + 7 - column] = 1;
    places[row] = column;
    h = byArrays(row + 1, h);
    columns[column] = rising[row + column] = falling[row + 7 - column] = 0;
  }
  return h;
}
u64 run(void) { return byBits(255, 0, 0, 0) * 1000003 + byArrays(0, 1); }

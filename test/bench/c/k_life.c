#include "k.h"
/* Life on a torus of bytes, a flood fill with a stack, and a blur of 16-bit samples. */
typedef short i16;
#define WIDTH 40
#define HEIGHT 30
typedef struct { u8 cells[30][40]; } Board;
static Board boards[2];
static u16 stack[1200];
static i16 picture[1200], blurred[1200];
static u32 step(const Board *from, Board *to) {
  u32 alive = 0;
  for (u32 y = 0; y < HEIGHT; y++) {
    u32 up = y == 0 ? HEIGHT - 1 : y - 1, down = y == HEIGHT - 1 ? 0 : y + 1;
    for (u32 x = 0; x < WIDTH; x++) {
      u32 left = (x + WIDTH - 1) % WIDTH, right = (x + 1) % WIDTH;
      u8 n = from->cells[up][left] + from->cells[up][x] + from->cells[up][right] +
        from->cells[y][left] + from->cells[y][right] +
        from->cells[down][left] + from->cells[down][x] + from->cells[down][right];
      int lives = n == 3 || (n == 2 && from->cells[y][x] != 0);
      to->cells[y][x] = (u8)lives;
      if (lives) alive++;
    }
  }
  return alive;
}
static u32 fill(Board *board, u32 x0, u32 y0) {
  u32 top = 0, count = 0;
  stack[top++] = (u16)(y0 * WIDTH + x0);
  while (top > 0) {
    u16 at = stack[--top];
    u32 x = at % WIDTH, y = at / WIDTH;
    if (board->cells[y][x] != 0) continue;
    board->cells[y][x] = 2;
    count++;
    if (x > 0 && board->cells[y][x - 1] == 0) stack[top++] = (u16)(at - 1);
    if (x < WIDTH - 1 && board->cells[y][x + 1] == 0) stack[top++] = (u16)(at + 1);
    if (y > 0 && board->cells[y - 1][x] == 0) stack[top++] = (u16)(at - WIDTH);
    if (y < HEIGHT - 1 && board->cells[y + 1][x] == 0) stack[top++] = (u16)(at + WIDTH);
  }
  return count;
}
static void blur(const i16 *from, i16 *to, u64 width, u64 height) {
  for (u64 y = 1; y + 1 < height; y++)
    for (u64 x = 1; x + 1 < width; x++) {
      u64 at = y * width + x;
      i32 sum = from[at] * 4 + from[at - 1] * 2 + from[at + 1] * 2 + from[at - width] * 2 + from[at + width] * 2;
      i32 v = sum / 12;
      to[at] = (i16)(v > 400 ? 400 : v < -400 ? -400 : v);
    }
}
u64 run(void) {
  u32 s = 77;
  for (u32 y = 0; y < HEIGHT; y++)
    for (u32 x = 0; x < WIDTH; x++) {
      s = s * 1103515245 + 12345;
      boards[0].cells[y][x] = (u8)((s >> 16) % 3 == 0);
      picture[y * WIDTH + x] = (i16)((i16)(s >> 20) - 1000);
    }
  u64 h = 0;
  for (u32 turn = 0; turn < 6; turn++) h = h * 31 + step(&boards[turn & 1], &boards[(turn + 1) & 1]);
  for (u32 k = 0; k < HEIGHT; k++) h = h * 31 + fill(&boards[0], k, k);
  blur(picture, blurred, WIDTH, HEIGHT);
  blur(blurred, picture, WIDTH, HEIGHT);
  for (u64 i = 0; i < 1200; i++) h = h * 31 + (u64)(i64)picture[i];
  return h;
}

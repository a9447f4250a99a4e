// Life on a torus of bytes, a flood fill with a stack, and a blur of 16-bit samples.
const WIDTH = 40;
const HEIGHT = 30;
class Board {
  cells: Arr<Arr<u8, 40>, 30>;
}
const boards = zeroed<Arr<Board, 2>>();
const stack = zeroed<Arr<u16, 1200>>();
const picture = zeroed<Arr<i16, 1200>>();
const blurred = zeroed<Arr<i16, 1200>>();

function step(from: Ptr<Board>, to: Ptr<Board>): u32 {
  let alive: u32 = 0;
  for (let y: u32 = 0; y < HEIGHT; y++) {
    const up = y === 0 ? HEIGHT - 1 : y - 1;
    const down = y === HEIGHT - 1 ? 0 : y + 1;
    for (let x: u32 = 0; x < WIDTH; x++) {
      const left = (x + WIDTH - 1) % WIDTH;
      const right = (x + 1) % WIDTH;
      const n =
        from.cells[up][left] + from.cells[up][x] + from.cells[up][right] +
        from.cells[y][left] + from.cells[y][right] +
        from.cells[down][left] + from.cells[down][x] + from.cells[down][right];
      const lives = n === 3 || (n === 2 && from.cells[y][x] !== 0);
      to.cells[y][x] = u8(lives);
      if (lives) alive++;
    }
  }
  return alive;
}
function fill(board: Ptr<Board>, x0: u32, y0: u32): u32 {
  let top: u32 = 0;
  let count: u32 = 0;
  stack[top++] = u16(y0 * WIDTH + x0);
  while (top > 0) {
    const at = stack[--top];
    const x = at % WIDTH;
    const y = at / WIDTH;
    if (board.cells[y][x] !== 0) continue;
    board.cells[y][x] = 2;
    count++;
    if (x > 0 && board.cells[y][x - 1] === 0) stack[top++] = u16(at - 1);
    if (x < WIDTH - 1 && board.cells[y][x + 1] === 0) stack[top++] = u16(at + 1);
    if (y > 0 && board.cells[y - 1][x] === 0) stack[top++] = u16(at - WIDTH);
    if (y < HEIGHT - 1 && board.cells[y + 1][x] === 0) stack[top++] = u16(at + WIDTH);
  }
  return count;
}
function blur(from: readonly i16[], to: i16[], width: u64, height: u64): void {
  for (let y: u64 = 1; y + 1 < height; y++)
    for (let x: u64 = 1; x + 1 < width; x++) {
      const at = y * width + x;
      const sum: i32 = from[at] * 4 + from[at - 1] * 2 + from[at + 1] * 2 + from[at - width] * 2 + from[at + width] * 2;
      const v = sum / 12;
      to[at] = i16(v > 400 ? 400 : v < -400 ? -400 : v);
    }
}

export function run(): u64 {
  let s: u32 = 77;
  for (let y: u32 = 0; y < HEIGHT; y++)
    for (let x: u32 = 0; x < WIDTH; x++) {
      s = s * 1103515245 + 12345;
      boards[0].cells[y][x] = u8((s >>> 16) % 3 === 0);
      picture[y * WIDTH + x] = i16(s >>> 20) - 1000;
    }
  let h: u64 = 0;
  for (let turn: u32 = 0; turn < 6; turn++) h = h * 31 + step(ref(boards[turn & 1]), ref(boards[(turn + 1) & 1]));
  for (let k: u32 = 0; k < HEIGHT; k++) h = h * 31 + fill(ref(boards[0]), k, k);
  blur(picture, blurred, WIDTH, HEIGHT);
  blur(blurred, picture, WIDTH, HEIGHT);
  for (const v of picture) h = h * 31 + u64(i64(v));
  return h;
}

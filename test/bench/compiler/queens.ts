// Queens on a board: by sets of bits, and by arrays.
const places = zeroed<Arr<u32, 8>>();
const columns = zeroed<Arr<boolean, 8>>();
const rising = zeroed<Arr<boolean, 16>>();
const falling = zeroed<Arr<boolean, 16>>();

function byBits(all: u32, taken: u32, left: u32, right: u32): u64 {
  if (taken === all) return 1;
  let count: u64 = 0;
  for (let open = all & ~(taken | left | right); open !== 0; open &= open - 1) {
    const bit = open & -open;
    count += byBits(all, taken | bit, (left | bit) << 1, (right | bit) >>> 1);
  }
  return count;
}
function byArrays(row: u32, before: u64): u64 {
  let h = before;
  if (row === 8) {
    for (const place of places) h = h * 7 + place;
    return h;
  }
  for (let column: u32 = 0; column < 8; column++) {
    if (columns[column] || rising[row + column] || falling[row + 7 - column]) continue;
    columns[column] = true;
    rising[row + column] = true;
    falling[row + 7 - column] = true;
    places[row] = column;
    h = byArrays(row + 1, h);
    columns[column] = false;
    rising[row + column] = false;
    falling[row + 7 - column] = false;
  }
  return h;
}

export function run(): u64 {
  return byBits(255, 0, 0, 0) * 1000003 + byArrays(0, 1);
}

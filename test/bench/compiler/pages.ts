// Page tables of three levels: pages are mapped, looked up and unmapped; tables come from a bitmap of free frames.
const FRAMES = 32;
const VALID = 1;
const LEAF = 14;
type Table = Arr<u64, 512>;
const memory = zeroed<Arr<Table, 32>>();
class Frames {
  free: u64;
  root: u64;
}
const frames = zeroed<Frames>();

function takeFrame(): u64 | null {
  if (frames.free === 0) return null;
  const frame = u64.countTrailingZeros(frames.free);
  frames.free &= frames.free - 1;
  for (let i: u64 = 0; i < 512; i += 8) {
    memory[frame][i] = 0;
    memory[frame][i + 1] = 0;
    memory[frame][i + 2] = 0;
    memory[frame][i + 3] = 0;
    memory[frame][i + 4] = 0;
    memory[frame][i + 5] = 0;
    memory[frame][i + 6] = 0;
    memory[frame][i + 7] = 0;
  }
  return frame;
}
function indexOf(vaddr: u64, level: u64): u64 {
  return (vaddr >>> (12 + 9 * level)) & 511;
}
function walk(vaddr: u64, create: boolean): Ptr<u64> | null {
  let table = frames.root;
  for (let level: u64 = 2; level > 0; level--) {
    const entry = ref(memory[table][indexOf(vaddr, level)]);
    if ((entry.$ & VALID) === 0) {
      if (!create) return null;
      const frame = takeFrame();
      if (frame === null) return null;
      entry.$ = (frame << 10) | VALID;
    }
    table = entry.$ >>> 10;
  }
  return ref(memory[table][indexOf(vaddr, 0)]);
}
function map(vaddr: u64, paddr: u64, rights: u64): boolean {
  const entry = walk(vaddr, true);
  if (entry === null || (entry.$ & VALID) !== 0) return false;
  entry.$ = ((paddr >>> 12) << 10) | rights | VALID;
  return true;
}
function translate(vaddr: u64): u64 | null {
  const entry = walk(vaddr, false);
  if (entry === null || (entry.$ & LEAF) === 0) return null;
  return ((entry.$ >>> 10) << 12) | (vaddr & 4095);
}
function unmap(vaddr: u64): boolean {
  const entry = walk(vaddr, false);
  if (entry === null || (entry.$ & VALID) === 0) return false;
  entry.$ = 0;
  return true;
}
function count(table: Ptr<Table>, level: u64): u64 {
  let found: u64 = 0;
  for (const entry of table) {
    if ((entry & VALID) === 0) continue;
    if (level > 0) found += count(ref(memory[entry >>> 10]), level - 1);
    else found++;
  }
  return found;
}

export function run(): u64 {
  frames.free = (1 << FRAMES) - 1;
  frames.root = takeFrame() ?? 0;
  let h: u64 = 0;
  let seed: u64 = 5;
  for (let i: u64 = 0; i < 600; i++) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    const vaddr = ((seed >>> 33) & 0x1f_000) | ((seed >>> 5) & 0x3) << 30 | ((seed >>> 9) & 0x3) << 21;
    if (map(vaddr, (i + 1) << 12, 2 + (i & 4))) h += vaddr;
    if ((seed >>> 60) < 3 && unmap(vaddr)) h ^= vaddr << 3;
  }
  for (let vaddr: u64 = 0; vaddr < 0x20_000; vaddr += 0x800)
    for (let top: u64 = 0; top < 4; top++) h = h * 31 + (translate(vaddr | (top << 30)) ?? 1);
  return h * 31 + count(ref(memory[frames.root]), 2);
}

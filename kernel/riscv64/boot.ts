// From the firmware to TypeScript. The image starts here at its physical address, in S-mode without
// paging, with the hart's number in a0 and the device tree in a1 (SBI 2.0). All code is PC-relative, so
// ordinary functions run before and after the move to the upper half, as long as they follow no pointer
// out of static data before it.
//
// The move: stvec points at `enterUpperHalf` by its virtual address; the instruction after the write of
// satp is not mapped where it is fetched from, and the page fault goes there.
import { PageTable, PteFlag, leafPte, makePte } from "../memory/sv39.js";
import { PHYSMAP_BASE } from "../memory/layout.js";
import { kernelRoot } from "../object/vspace.js";
import { HART_OFFSET, Hart, hartBlocks } from "../hart.js";
import { kernelMain, otherMain } from "../main.js";
import { kernelTrap } from "./trap.js";

class BootMemory {
  /// 2 MiB leaves for the gigabyte that the image is in.
  middle: PageTable;
  /// 4 KiB leaves for the 2 MiB that the image is in.
  image: PageTable;
}
const bootMemory = zeroed<BootMemory>();

/// a0: satp of the kernel's root table. Goes on at `t0`, a physical address of ours, in the upper half.
const move = () => `
  li    t1, ${PHYSMAP_BASE}
  add   t0, t0, t1
  add   sp, sp, t1
  add   gp, gp, t1
  csrw  stvec, t0
  sfence.vma zero, zero
  csrw  satp, a0
1:j     1b`;

export function start(): never {
  return naked({ section: ".text.start", symbol: "_start" })`
  mv    s0, a0
  mv    s1, a1
  la    gp, ${ref(hartBlocks)}
  li    t0, ${HART_OFFSET}
  add   gp, gp, t0
  mv    sp, gp
  call  ${buildTables}
  la    t0, ${enterUpperHalf}
  ${move()}`;
}

function enterUpperHalf(): never {
  return naked({ section: ".text.start", align: 4 })`
  mv    a0, s0
  mv    a1, s1
  call  ${kernelMain}
  j     ${kernelTrap}`;
}

/// Where the firmware starts another hart, with the physical address of its Hart in a1.
export function startOther(): never {
  return naked({ section: ".text.start" })`
  mv    gp, a1
  mv    sp, a1
  ld    a0, ${offsetof<Hart>("kernelSatp")}(gp)
  la    t0, ${enterUpperHalfToo}
  ${move()}`;
}

function enterUpperHalfToo(): never {
  return naked({ section: ".text.start", align: 4 })`
  call  ${otherMain}
  j     ${kernelTrap}`;
}

const GIGABYTE_BITS: u64 = 30;
const MEGAPAGE_BITS: u64 = 21;
const PAGE_BITS: u64 = 12;

/// Runs at physical addresses. Fills the kernel's root table; the result is its satp.
function buildTables(): u64 {
  const data: u64 = PteFlag.Read | PteFlag.Write | PteFlag.Global;
  const root = kernelRoot();
  const half: usize = 256;
  for (let i: u64 = 0; i < 128; i++) root.entries[half + i] = leafPte(i << GIGABYTE_BITS, data);

  const imageStart = symbolAddress("__image_start");
  const gigabyte = imageStart >>> GIGABYTE_BITS;
  for (let i: u64 = 0; i < 512; i++) bootMemory.middle.entries[i] = leafPte((gigabyte << GIGABYTE_BITS) + (i << MEGAPAGE_BITS), data);
  root.entries[half + gigabyte] = makePte(u64.of(ref(bootMemory.middle)), PteFlag.Valid | PteFlag.Global);

  const megapage = imageStart >>> MEGAPAGE_BITS;
  const textEnd = symbolAddress("__text_end"), rodataStart = symbolAddress("__rodata_start"), rodataEnd = symbolAddress("__rodata_end");
  for (let i: u64 = 0; i < 512; i++) {
    const page = (megapage << MEGAPAGE_BITS) + (i << PAGE_BITS);
    let flags = data;
    if (page >= imageStart && page < textEnd) flags = PteFlag.Read | PteFlag.Execute | PteFlag.Global;
    else if (page >= rodataStart && page < rodataEnd) flags = PteFlag.Read | PteFlag.Global;
    bootMemory.image.entries[i] = leafPte(page, flags);
  }
  bootMemory.middle.entries[megapage & 511] = makePte(u64.of(ref(bootMemory.image)), PteFlag.Valid | PteFlag.Global);
  return (u64(8) << 60) | (u64.of(root) >>> PAGE_BITS);
}

// Kernel virtual addresses. Sv39: the upper half starts at 0xffffffc000000000.
//
//   0xffffffc0_00000000   physical address 0: devices, RW
//   0xffffffc0_80000000   RAM, RW, 2 MiB leaves
//   0xffffffc0_80200000   the kernel's image, in 4 KiB leaves: text RX, rodata R, the rest RW
//
// One linear map for all of it, so an object's physical address is a subtraction away; nothing in it
// is both writable and executable.

/// Address kinds: a number converts to either, one does not convert to the other.
export type Paddr = Distinct<u64, "paddr">;
export type Vaddr = Distinct<u64, "vaddr">;

export const PHYSMAP_BASE: Vaddr = 0xffffffc000000000;
export const PAGE_BITS: u64 = 12;
export const PAGE_SIZE: u64 = 4096;
/// First address that user mappings may not reach.
export const USER_END: Vaddr = 0x40_0000_0000;

export function toPaddr(vaddr: Vaddr): Paddr {
  attr({ inline: "always" });
  return vaddr - PHYSMAP_BASE;
}

export function toVaddr(paddr: Paddr): Vaddr {
  attr({ inline: "always" });
  return paddr + PHYSMAP_BASE;
}

export function alignUp(value: u64, size: u64): u64 {
  return (value + size - 1) & ~(size - 1);
}

/// Eight words.
export function copyEight(target: Many<u64>, source: Many<u64>): void {
  attr({ inline: "always" });
  target[0] = source[0];
  target[1] = source[1];
  target[2] = source[2];
  target[3] = source[3];
  target[4] = source[4];
  target[5] = source[5];
  target[6] = source[6];
  target[7] = source[7];
}

export function copyPage(to: Vaddr, from: Vaddr): void {
  let target = unsafe.many<u64>(to), source = unsafe.many<u64>(from);
  for (let left: u64 = PAGE_SIZE / 64; left > 0; left--) {
    copyEight(target, source);
    target = target.add(8);
    source = source.add(8);
  }
}

class Zeroing {
  /// What cbo.zero clears at once (Zicboz); 0: the hart has no such instruction.
  blockBytes: u64;
}
const zeroing = zeroed<Zeroing>();
const ZERO_BLOCK: u64 = 64;

export function useZeroBlocks(blockBytes: u64): void {
  zeroing.blockBytes = blockBytes;
}

/// Aligned on 32 bytes, and so many.
export function clearMemory(vaddr: Vaddr, bytes: u64): void {
  if (zeroing.blockBytes === ZERO_BLOCK && (vaddr | bytes) % (8 * ZERO_BLOCK) === 0) clearBlocks(vaddr, bytes);
  else clearWords(vaddr, bytes);
}

function clearBlocks(vaddr: Vaddr, bytes: u64): void {
  const end = vaddr + bytes;
  for (let at: u64 = vaddr; at !== end; at += 8 * ZERO_BLOCK) {
    zeroBlock(at);
    zeroBlock(at + ZERO_BLOCK);
    zeroBlock(at + 2 * ZERO_BLOCK);
    zeroBlock(at + 3 * ZERO_BLOCK);
    zeroBlock(at + 4 * ZERO_BLOCK);
    zeroBlock(at + 5 * ZERO_BLOCK);
    zeroBlock(at + 6 * ZERO_BLOCK);
    zeroBlock(at + 7 * ZERO_BLOCK);
  }
}

function zeroBlock(vaddr: u64): void {
  attr({ inline: "always" });
  asm`cbo.zero (${vaddr})`;
}

function clearWords(vaddr: Vaddr, bytes: u64): void {
  let words = unsafe.many<u64>(vaddr), left = bytes;
  for (; left >= 128; left -= 128) {
    clearFour(words);
    clearFour(words.add(4));
    clearFour(words.add(8));
    clearFour(words.add(12));
    words = words.add(16);
  }
  for (; left > 0; left -= 32) {
    clearFour(words);
    words = words.add(4);
  }
}

function clearFour(words: Many<u64>): void {
  attr({ inline: "always" });
  words[0] = 0;
  words[1] = 0;
  words[2] = 0;
  words[3] = 0;
}

export function copyMemory(to: Vaddr, from: Vaddr, bytes: u64): void {
  const target = unsafe.many<u8>(to), source = unsafe.many<u8>(from);
  for (let i: usize = 0; i < bytes; i++) target[i] = source[i];
}

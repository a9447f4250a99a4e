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

export function copyPage(to: Vaddr, from: Vaddr): void {
  const target = unsafe.many<u64>(to), source = unsafe.many<u64>(from);
  for (let i: usize = 0; i < PAGE_SIZE / 8; i += 8) {
    target[i] = source[i];
    target[i + 1] = source[i + 1];
    target[i + 2] = source[i + 2];
    target[i + 3] = source[i + 3];
    target[i + 4] = source[i + 4];
    target[i + 5] = source[i + 5];
    target[i + 6] = source[i + 6];
    target[i + 7] = source[i + 7];
  }
}

/// `bytes` is a multiple of 32.
export function clearMemory(vaddr: Vaddr, bytes: u64): void {
  const words = unsafe.many<u64>(vaddr);
  for (let i: usize = 0; i < bytes >>> 3; i += 4) {
    words[i] = 0;
    words[i + 1] = 0;
    words[i + 2] = 0;
    words[i + 3] = 0;
  }
}

export function copyMemory(to: Vaddr, from: Vaddr, bytes: u64): void {
  const target = unsafe.many<u8>(to), source = unsafe.many<u8>(from);
  for (let i: usize = 0; i < bytes; i++) target[i] = source[i];
}

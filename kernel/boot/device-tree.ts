// The flattened device tree (Devicetree Specification 0.4, chapter 5): where memory is, how fast time
// runs, which harts there are, where the archive of programs lies. Big-endian; a walk over the structure block, no tree in memory.
//
//   FDT_BEGIN_NODE 1  name\0 padded    FDT_PROP 3  length, name offset, value padded
//   FDT_END_NODE   2                   FDT_NOP  4  FDT_END 9
import { MAX_HARTS } from "../hart.js";
import { type Paddr, toVaddr } from "../memory/layout.js";

const MAGIC: u32 = 0xd00dfeed;
enum Token { BeginNode = 1, EndNode = 2, Prop = 3, Nop = 4, End = 9 }

export class MachineInfo {
  memoryStart: Paddr;
  memoryEnd: Paddr;
  timebase: u64;
  initrdStart: Paddr;
  initrdEnd: Paddr;
  deviceTreeStart: Paddr;
  /// Numbers of the harts that may be used; more than MAX_HARTS are not looked at.
  hartIds: Arr<u64, 8>;
  hartCount: u64;
  /// What cbo.zero clears at once; 0: no hart has it.
  zeroBlockBytes: u64;
}

function read32(vaddr: u64): u32 {
  const bytes = unsafe.many<u8>(vaddr);
  return (u32(bytes[0]) << 24) | (u32(bytes[1]) << 16) | (u32(bytes[2]) << 8) | bytes[3];
}

function read64(vaddr: u64): u64 {
  return (u64(read32(vaddr)) << 32) | read32(vaddr + 4);
}

/// Compares a zero-terminated string, up to an `@`.
function isNamed(vaddr: u64, name: string): boolean {
  const bytes = unsafe.many<u8>(vaddr);
  for (let i: usize = 0; i < name.length; i++) if (bytes[i] !== name[i]) return false;
  return bytes[name.length] === 0 || bytes[name.length] === 0x40;
}

function stringEnd(vaddr: u64): u64 {
  let at = vaddr;
  while (unsafe.ptr<u8>(at).$ !== 0) at += 1;
  return at + 1;
}

/// Addresses of one cell or two, by the property's length.
function readCells(vaddr: u64, bytes: u64): u64 {
  return bytes === 4 ? read32(vaddr) : read64(vaddr);
}

export function readDeviceTree(paddr: Paddr, info: Ptr<MachineInfo>): void {
  const base = toVaddr(paddr);
  if (read32(base) !== MAGIC) panic("no device tree in a1");
  info.deviceTreeStart = paddr;
  const strings = base + read32(base + 12);
  let at = base + read32(base + 8);
  let depth: u64 = 0;
  let inMemory = false, inChosen = false, inCpus = false, inCpu = false;
  let hartId: u64 = 0;
  for (;;) {
    const token = read32(at);
    at += 4;
    switch (token) {
      case Token.BeginNode:
        depth += 1;
        if (depth === 2) {
          inMemory = isNamed(at, "memory");
          inChosen = isNamed(at, "chosen");
          inCpus = isNamed(at, "cpus");
        }
        if (depth === 3) inCpu = inCpus && isNamed(at, "cpu");
        at = (stringEnd(at) + 3) & ~u64(3);
        break;
      case Token.EndNode:
        if (depth === 3 && inCpu) {
          if (info.hartCount < MAX_HARTS) info.hartIds[info.hartCount++] = hartId;
          inCpu = false;
        }
        depth -= 1;
        break;
      case Token.Prop: {
        const length: u64 = read32(at);
        const name = strings + read32(at + 4);
        const value = at + 8;
        if (depth === 3 && inCpu) {
          if (isNamed(name, "reg")) hartId = readCells(value, length);
          if (isNamed(name, "status") && !isNamed(value, "okay")) inCpu = false;
        }
        if (depth === 2) {
          if (inMemory && isNamed(name, "reg") && length >= 16) {
            info.memoryStart = read64(value);
            info.memoryEnd = info.memoryStart + read64(value + 8);
          }
          if (inCpus && isNamed(name, "timebase-frequency")) info.timebase = readCells(value, length);
          if (inChosen && isNamed(name, "linux,initrd-start")) info.initrdStart = readCells(value, length);
          if (inChosen && isNamed(name, "linux,initrd-end")) info.initrdEnd = readCells(value, length);
        }
        if (depth === 3 && inCpus && isNamed(name, "riscv,cboz-block-size")) info.zeroBlockBytes = readCells(value, length);
        at = (value + length + 3) & ~u64(3);
        break;
      }
      case Token.Nop:
        break;
      case Token.End:
        return;
      default:
        panic("broken device tree");
    }
  }
}

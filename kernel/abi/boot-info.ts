// What init finds when it starts (5.09): every capability of the machine in its CNode, and this page,
// whose address is its argument.

/// Slots of init's CNode.
export enum BootSlot {
  CNode = 1,
  Tcb,
  VSpace,
  SchedContext,
  Utcb,
  IrqControl,
  DeviceMemory,
  /// The Untyped that the page tables of its VSpace come from.
  Pool,
  Debug,
  FirstUntyped,
}

export class BootInfo {
  /// Where the archive of programs (cpio, newc) is mapped, read-only.
  archiveVaddr: u64;
  archiveBytes: u64;
  /// Untyped capabilities are in BootSlot.FirstUntyped and the slots after it.
  untypedCount: u64;
  /// All slots from here on are empty.
  firstEmptySlot: u64;
  slotCount: u64;
  /// Harts that run the kernel: TcbSetAffinity takes 0 to hartCount - 1.
  hartCount: u64;
  /// log2 of the size of each Untyped.
  untypedBits: Arr<u8, 64>;
}

/// Where the kernel puts init's things in its address space.
export const initLayout = { bootInfo: 0x1000_0000, archive: 0x1100_0000, stackTop: 0x3fff_0000, stackPages: 8, utcb: 0x3fff_f000 } as const;

// Every error the kernel returns, one enum. A syscall that fails changes nothing (invariant 18).
//
// Most files of this folder are read in two worlds: the dialect (kernel and userland) and Node (docs,
// stubs, trace names); boot-info.ts, archive.ts and elf.ts, which say how init finds the world, in the
// dialect alone. Those for both hold enums, types and `as const` tables; no intrinsic, no
// decorator, no import from outside kernel/abi, no bit operation past 31 bits, no integer above 2^53.

/// Returned in a0 as the negated value: a0 < 0 is an error, a0 >= 0 is a badge or a result.
export enum KernelError {
  None = 0,
  InvalidCapability = 1,
  InvalidOperation = 2,
  InvalidArgument = 3,
  MissingRight = 4,
  SlotOccupied = 5,
  OutOfMemory = 6,
  Timeout = 7,
  BadCpu = 8,
  WouldBlock = 9,
  /// The other side was destroyed, or the right that connected us was revoked.
  Gone = 10,
  /// Not a failure: the work is bounded per call, call again to go on.
  Restart = 11,
}

// Quick functions: privileged instructions that run without leaving compiled
// code where nothing unusual is about. Each takes its operands and the address
// of the hart's state. Made in emulator/cpu/quick-unit.ts.

/// Operands: each a register's width.
const counts = {
  /// The pc.
  environmentCall: 1,
  returnFromSupervisor: 0,
  /// The value, and the pc of the next instruction.
  writeSstatus: 2,
  writeSatp: 2,
  /// For engines: an address that the TLB has no entry for, the place of the access's TLB in a set, and its size.
  /// Gives the offset in the page where there is an entry now, else what no access passes for.
  walk: 3,
} as const;

export type QuickFunction = keyof typeof counts;
export const quickFunctions = Object.keys(counts) as readonly QuickFunction[];
export function quickOperands(name: QuickFunction): number { return counts[name]; }

/// What they give but `walk`: nothing was done, and the host has to do it; done, and the next
/// instruction follows; done, and State.pc has to be looked up anew.
export const Quick = { declined: 0, done: 1, elsewhere: 2 } as const;

/// The functions that write a CSR, by its name.
export const quickCsrs: Readonly<Record<string, QuickFunction>> = { sstatus: "writeSstatus", satp: "writeSatp" };

// Object types, rights, the capability word and the message tag: the vocabulary of kernel/abi.
//
//   capability word
//    63                                                     16 15   11 10      5 4       0
//   +---------------------------------------------------------+-------+---------+---------+
//   |                          badge                          |   0   | rights  |  type   |
//   +---------------------------------------------------------+-------+---------+---------+
//
// Type and rights sit in the low 11 bits so that one `andi` and one compare check both.

/// A field of a word: `bits` bits from bit `at`. Fields above bit 31 are read by the dialect only.
export type Field = { readonly at: number; readonly bits: number };

export const capabilityWord = {
  type: { at: 0, bits: 5 },
  rights: { at: 5, bits: 6 },
  badge: { at: 16, bits: 48 },
} as const satisfies Record<string, Field>;

/// Message tag (register a1): what travels beyond the registers.
///
///    63                      16  15   14  12 11     9 8               0
///   +--------------------------+-----+------+--------+-----------------+
///   |          label           |  N  |   0  | typed  |     untyped     |
///   +--------------------------+-----+------+--------+-----------------+
///
/// `untyped`: words in the UTCB, at most utcbLayout.maxUntyped; the four register words always travel
/// and are not counted. `typed`: capabilities, see utcb.ts; the receiver sees how many arrived.
/// `notification` (N) is set by the kernel where the bound notification woke the receiver: a2 has its bits.
/// A tag whose low 16 bits are zero is eligible for the fast path.
export const messageTag = {
  untyped: { at: 0, bits: 9 },
  typed: { at: 9, bits: 3 },
  notification: { at: 15, bits: 1 },
  label: { at: 16, bits: 48 },
} as const satisfies Record<string, Field>;

export enum ObjectType {
  Null,
  Untyped,
  CNode,
  Endpoint,
  Tcb,
  SchedContext,
  VSpace,
  Frame,
  Notification,
  IrqControl,
  IrqHandler,
  DeviceMemory,
  Portal,
  Semaphore,
  Channel,
  MemoryObject,
  /// The kernel's own, for what uses a pool.
  Pool,
  AllocRight,
  Debug,
}

/// One bit each, as in capabilityWord.rights.
export enum Right {
  None = 0,
  Send = 1,
  Recv = 2,
  Grant = 4,
  Read = 8,
  Write = 16,
  Execute = 32,
  All = 63,
}

/// Labels of messages that the kernel sends for a thread. A fault message has the exception code in a2,
/// the pc in a3, stval in a4 and the stack pointer in a5; a reply with label 0 retries, any other stops.
/// Through a portal, x0 (the pc) to x31 also come as 32 words of the UTCB, and a reply with 32 words sets them.
export enum KernelLabel {
  Fault = 0xf001,
}

/// Exception codes of fault messages that no hart raises, where scause leaves room for custom ones.
export enum FaultCode {
  /// The budget of the SchedContext that the thread ran on is used up.
  Timeout = 24,
  /// A page was needed and the pool is empty; a4 has the address.
  PoolEmpty = 25,
}

// Object types, rights, the capability word and the message tag: the vocabulary of kernel/abi.
//
//   capability word
//    63                                                 16 15   12  11  10      5 4       0
//   +-----------------------------------------------------+-------+---+---------+---------+
//   |                        badge                        |   0   | C | rights  |  type   |
//   +-----------------------------------------------------+-------+---+---------+---------+
//
// `condemned` (C): its delete has begun and waits for others; it has no rights any more, and no badge.
// Type and rights sit in the low 11 bits so that one `andi` and one compare check both.

/// A field of a word: `bits` bits from bit `at`. Fields above bit 31 are read by the dialect only.
export type Field = { readonly at: number; readonly bits: number };

export const capabilityWord = {
  type: { at: 0, bits: 5 },
  rights: { at: 5, bits: 6 },
  condemned: { at: 11, bits: 1 },
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

/// What each type is, for its page of docs/objects.
export const objectProse = {
  Untyped: "A block of 2^n bytes, aligned on its size, that holds nothing yet. All objects are made from one, and their memory goes back to it when they and all that was made beside them are gone: revoke it. Blocks split into halves, and halves merge. Named as a pool it gives pages one by one, until it is revoked.",
  AllocRight: "The right to make so many objects of one type, for which memory is set aside. Rights split, merge and travel in messages; what one makes is derived from it.",
  CNode: "2^n slots for capabilities, of 32 bytes; slot 0 is taken. A slot number has 16 bits for each level: slot i of the CNode in slot j of a thread's own CNode is i << 16 | j. Copy and mint ask for Read on the CNode that they copy from, move for Write.",
  Endpoint: "Where a sender and a receiver meet; messages go from thread to thread and are stored nowhere. Callers that wait for a busy server lend it their time.",
  Portal: "A door into a handler thread: a call enters it at the portal's address with the portal's id in a0 and the thread's registered stack. The handler's Reply ends it. Call, NBCall and CallTimed work through it as through an Endpoint.",
  Notification: "64 bits. A signal sets some, who waits gets all and clears them. It may be bound to a thread, which then also hears of it while it receives.",
  Semaphore: "A counter: Up raises it or wakes who has waited longest, Down lowers it or waits. An interrupt may raise one.",
  Channel: "Messages of four words and perhaps one capability, in the order in which they came, in memory of the channel's own: (2^n - 32) / 96 of them.",
  Tcb: "A thread: registers, its CNode, VSpace and UTCB, and where its faults go, on whichever hart. It runs while a SchedContext pays for it: its own, or that of who called it.",
  SchedContext: "Priority and time: a budget for each period. A call lends it to the server. When the budget is used up the context waits for the next period; others may hear of that.",
  VSpace: "An address space: page tables from its pool, and at most 120 regions of MemoryObjects. Single Frames are mapped into it as well.",
  MemoryObject: "Pages of memory for regions: (2^n - 128) / 16 of them, each committed when it is first touched. Clones share pages until one of them writes.",
  Frame: "One page of memory or of device registers. Each capability maps it once.",
  DeviceMemory: "The authority to make Frames for device registers.",
  IrqControl: "The authority to put IrqHandlers on interrupt lines.",
  IrqHandler: "One of the handlers of a line. When the line fires it signals a Notification or raises a Semaphore; the line comes again when all its handlers have acknowledged.",
  Debug: "The authority to look into the machine: names, types, times, who is ready, and the messages of traced threads.",
} as const;

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

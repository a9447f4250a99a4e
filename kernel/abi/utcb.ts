// The UTCB: one pinned page for each thread, which user and kernel both see (2.03, 2.21).
//
//   byte 0                      3840        3904          3920          3960   3968           4096
//        +------------------------+-----------+-------------+-------------+------+--------------+
//        | words 4, 5, … of the   | items: 7  | where items | the user's  | kept | wait list:   |
//        | message: 480 words     | words     | arrive      | own         |      | 32 x u32     |
//        +------------------------+-----------+-------------+-------------+------+--------------+
//
// Words 0 to 3 travel in a2..a5; message word i >= 4 is UTCB word i - 4.
//
// An item names a capability to send: slot number in the low 32 bits, in bits 32 to 37 the rights that the copy
// may have (0: all). Arriving ones go into consecutive empty slots of the CNode `receiveCNode` (a slot number)
// from `receiveSlot` on; with `receiveSlot` 0 none is taken. An Untyped moves, all else is copied.
//
// So many of the 480 words as `kept` says, the last ones, are the owner's: a message that arrives is cut before them, and
// its tag counts what came. There lie outer frames while an inner one is written or read (2.20): userland/lib/frame.ts.
//
// RecvAny waits at the endpoints whose slot numbers are in the wait list.
export const utcbLayout = {
  maxUntyped: 480,
  maxTyped: 7,
  maxWaits: 32,
  items: 3840,
  receiveCNode: 3904,
  receiveSlot: 3912,
  own: 3920,
  kept: 3960,
  waitList: 3968,
  bytes: 4096,
} as const;

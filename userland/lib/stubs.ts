// Generated from kernel/abi by `npm run generate`. Do not edit.
//
// Capabilities are slot numbers of the caller's CSpace. Below zero: minus a KernelError.

/// Sets bits of a notification: the capability's badge, or `bits` where it has none. Never blocks.
/// Errors: InvalidCapability, MissingRight.
export function signal(notification: u64, bits: u64): i64 {
  return asm<i64>`ecall ${{ a0: notification, a1: bits, a7: 5 }}`;
}

/// Goes behind the other ready threads of the same priority.
/// Errors: none.
export function yieldTime(): i64 {
  return asm<i64>`ecall ${{ a7: 8 }}`;
}

/// Runs the operation `label` of the object that the capability names: see the invocations.
/// Errors: InvalidCapability, InvalidOperation, MissingRight.
export function invoke(object: u64, label: u64, a2: u64, a3: u64, a4: u64, a5: u64, a6: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: label, a2: a2, a3: a3, a4: a4, a5: a5, a6: a6, a7: 9 }}`;
}

/// Blocks for at least `duration`.
/// Errors: none.
export function nanoSleep(duration: u64): i64 {
  return asm<i64>`ecall ${{ a0: duration, a7: 13 }}`;
}

/// Wakes the thread that has waited longest, or adds one. Never blocks.
/// Errors: InvalidCapability, MissingRight, InvalidOperation.
export function up(semaphore: u64): i64 {
  return asm<i64>`ecall ${{ a0: semaphore, a7: 15 }}`;
}

/// Puts a copy with the rights in `rights`, derived from the original, into an empty slot.
/// Errors: InvalidCapability, InvalidArgument, MissingRight, SlotOccupied, InvalidOperation.
export function cnodeCopy(object: u64, slot: u64, fromCNode: u64, fromSlot: u64, rights: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: slot, a3: fromCNode, a4: fromSlot, a5: rights, a1: 16, a7: 9 }}`;
}

/// Copies and sets the badge, which a capability gets once.
/// Errors: InvalidCapability, InvalidArgument, MissingRight, SlotOccupied, InvalidOperation.
export function cnodeMint(object: u64, slot: u64, fromCNode: u64, fromSlot: u64, rights: u64, badge: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: slot, a3: fromCNode, a4: fromSlot, a5: rights, a6: badge, a1: 17, a7: 9 }}`;
}

/// Moves a capability to an empty slot; what is derived from it stays derived, and who waits through it waits on. InvalidOperation: it is an Endpoint's, with Recv, and more than 512 threads receive there.
/// Errors: InvalidCapability, InvalidArgument, SlotOccupied, InvalidOperation.
export function cnodeMove(object: u64, slot: u64, fromCNode: u64, fromSlot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: slot, a3: fromCNode, a4: fromSlot, a1: 18, a7: 9 }}`;
}

/// Empties a slot. The last capability takes its object along. Who waits through the capability gets Gone, and from the first step on it has no rights any more.
/// Errors: InvalidArgument, Restart.
export function cnodeDelete(object: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: slot, a1: 20, a7: 9 }}`;
}

/// Deletes everything derived from the capability in the slot. Who waits to send through one of them gets Gone.
/// Errors: InvalidArgument, Restart.
export function cnodeRevoke(object: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: slot, a1: 21, a7: 9 }}`;
}

/// Makes an object of 2^sizeBits bytes (0: the type's own size), at most 64 KiB but for an Untyped, and puts its capability into the slot.
/// Errors: InvalidCapability, InvalidArgument, SlotOccupied, OutOfMemory.
export function untypedRetype(object: u64, type: u64, sizeBits: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: type, a3: sizeBits, a4: cnode, a5: slot, a1: 32, a7: 9 }}`;
}

/// Sets memory aside for `count` objects of 2^sizeBits bytes, and makes the AllocRight to them.
/// Errors: InvalidArgument, SlotOccupied, OutOfMemory.
export function untypedMakeRights(object: u64, type: u64, sizeBits: u64, count: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: type, a3: sizeBits, a4: count, a5: cnode, a6: slot, a1: 33, a7: 9 }}`;
}

/// The block, which has no children, keeps its lower half; the slot gets the upper one.
/// Errors: InvalidArgument, InvalidOperation, SlotOccupied.
export function untypedSplit(object: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: cnode, a3: slot, a1: 34, a7: 9 }}`;
}

/// Joins the block with its buddy, both without children; the other slot is empty then.
/// Errors: InvalidCapability, InvalidArgument, InvalidOperation, MissingRight.
export function untypedMerge(object: u64, other: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: other, a1: 35, a7: 9 }}`;
}

/// a0 has how many bytes of the block are in use; of a pool, without what came back to it.
/// Errors: none.
export function untypedInspect(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 37, a7: 9 }}`;
}

/// Makes a Frame capability for a page of device registers.
/// Errors: InvalidCapability, InvalidArgument, SlotOccupied.
export function deviceFrame(object: u64, paddr: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: paddr, a3: cnode, a4: slot, a1: 36, a7: 9 }}`;
}

/// Makes one of the objects; there is a right less then.
/// Errors: InvalidArgument, SlotOccupied, OutOfMemory.
export function allocRightCreate(object: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: cnode, a3: slot, a1: 40, a7: 9 }}`;
}

/// Moves `count` of the rights into another slot, fewer than all.
/// Errors: InvalidArgument, SlotOccupied.
export function allocRightSplit(object: u64, count: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: count, a3: cnode, a4: slot, a1: 41, a7: 9 }}`;
}

/// Takes the rights of another slot, which were split off, and of which none is used yet.
/// Errors: InvalidCapability, InvalidArgument, InvalidOperation, MissingRight.
export function allocRightMerge(object: u64, other: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: other, a1: 42, a7: 9 }}`;
}

/// a0 has how many are left.
/// Errors: none.
export function allocRightCount(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 43, a7: 9 }}`;
}

/// Maps the frame; page tables come from the VSpace's pool. Never both writable and executable.
/// Errors: InvalidCapability, InvalidArgument, MissingRight, SlotOccupied, OutOfMemory.
export function frameMap(object: u64, vspace: u64, vaddr: u64, rights: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: vspace, a3: vaddr, a4: rights, a1: 48, a7: 9 }}`;
}

/// Undoes FrameMap.
/// Errors: InvalidArgument.
export function frameUnmap(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 49, a7: 9 }}`;
}

/// Makes a thread runnable that has a VSpace.
/// Errors: InvalidOperation.
export function tcbResume(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 65, a7: 9 }}`;
}

/// Stops a thread. What it waited for, and a call that it served, fail with Gone.
/// Errors: none.
export function tcbSuspend(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 66, a7: 9 }}`;
}

/// Gives a stopped thread that has none of them its CSpace, VSpace, UTCB frame (no device's) and (unless 0) the endpoint that gets its faults.
/// Errors: InvalidCapability, InvalidOperation, MissingRight.
export function tcbSetSpace(object: u64, cnode: u64, vspace: u64, utcb: u64, faultEndpoint: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: cnode, a3: vspace, a4: utcb, a5: faultEndpoint, a1: 67, a7: 9 }}`;
}

/// Sets where a stopped thread starts: pc, sp, a0 and tp.
/// Errors: InvalidOperation.
export function tcbWriteRegisters(object: u64, ip: u64, sp: u64, argument: u64, tp: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: ip, a3: sp, a4: argument, a5: tp, a1: 70, a7: 9 }}`;
}

/// A signal of the notification then also wakes the thread from Recv and ReplyRecv.
/// Errors: InvalidCapability, InvalidOperation, MissingRight.
export function tcbBindNotification(object: u64, notification: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: notification, a1: 73, a7: 9 }}`;
}

/// Makes a stopped thread the handler of portals: it waits for calls, and starts each with this stack.
/// Errors: InvalidOperation.
export function tcbServe(object: u64, sp: u64, tp: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: sp, a3: tp, a1: 74, a7: 9 }}`;
}

/// The highest priority that the thread may give to SchedContexts, at most the caller's own; a new thread has 0.
/// Errors: InvalidArgument, MissingRight.
export function tcbSetMaxPriority(object: u64, priority: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: priority, a1: 75, a7: 9 }}`;
}

/// Faults with exception code c then go to the Portal or Endpoint in slot base + c of the thread's own CSpace; 0: none.
/// Errors: none.
export function tcbSetFaultPortals(object: u64, base: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: base, a1: 76, a7: 9 }}`;
}

/// The hart that the thread runs on, from 0 on; a new thread has its maker's. InvalidArgument: there are not so many. InvalidOperation: the thread waits at an endpoint, calls, or has a caller to reply to, for messages stay on a hart.
/// Errors: InvalidArgument, InvalidOperation.
export function tcbSetAffinity(object: u64, hart: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: hart, a1: 77, a7: 9 }}`;
}

/// Sets priority (0 to 63, at most the caller's maximum) and the time it may use: `budget` in each `period`.
/// Errors: InvalidArgument, MissingRight.
export function schedContextConfigure(object: u64, priority: u64, budget: u64, period: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: priority, a3: budget, a4: period, a1: 80, a7: 9 }}`;
}

/// Gives the context to a thread that has none.
/// Errors: InvalidCapability, InvalidOperation.
export function schedContextBind(object: u64, tcb: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: tcb, a1: 81, a7: 9 }}`;
}

/// When the budget is used up, the thread that runs on it faults with code Timeout to this endpoint, instead of waiting for the next period in silence. 0: no more.
/// Errors: InvalidCapability, MissingRight, InvalidOperation.
export function schedContextSetTimeout(object: u64, endpoint: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: endpoint, a1: 82, a7: 9 }}`;
}

/// Takes the context from its thread.
/// Errors: none.
export function schedContextUnbind(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 83, a7: 9 }}`;
}

/// Whoever waits to send with the badge of this capability gets Gone; the others wait on. The capability has a badge. Restart: call again.
/// Errors: InvalidOperation, Restart.
export function endpointCancelBadgedSends(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 106, a7: 9 }}`;
}

/// Calls through the portal enter the handler thread at `ip` with `id` in a0.
/// Errors: InvalidCapability, InvalidArgument, InvalidOperation, MissingRight.
export function portalBind(object: u64, tcb: u64, ip: u64, id: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: tcb, a3: ip, a4: id, a1: 104, a7: 9 }}`;
}

/// Sets what the handler gets in a0.
/// Errors: InvalidArgument.
export function portalSetId(object: u64, id: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: id, a1: 105, a7: 9 }}`;
}

/// How many messages it holds at most; at first as many as its memory has room for.
/// Errors: InvalidArgument.
export function channelSetLimit(object: u64, limit: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: limit, a1: 108, a7: 9 }}`;
}

/// Puts an IrqHandler on an interrupt line. Up to 32 handlers may share a line.
/// Errors: InvalidCapability, InvalidArgument, InvalidOperation.
export function irqControlGet(object: u64, irq: u64, handler: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: irq, a3: handler, a1: 96, a7: 9 }}`;
}

/// Says that the interrupt is dealt with; the line comes again when all its handlers have.
/// Errors: InvalidOperation.
export function irqAck(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 97, a7: 9 }}`;
}

/// The Notification that gets bit irq % 64, or the Semaphore that goes up, when the line fires. Enables the line, on the caller's hart.
/// Errors: InvalidCapability, InvalidOperation, MissingRight.
export function irqSetHandler(object: u64, notification: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: notification, a1: 98, a7: 9 }}`;
}

/// No notification any more.
/// Errors: none.
export function irqClear(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 99, a7: 9 }}`;
}

/// Gives pages offset to offset + count - 1 memory now, which else happens when they are first touched.
/// Errors: InvalidArgument, OutOfMemory, Restart.
export function memoryObjectCommit(object: u64, offset: u64, count: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: offset, a3: count, a1: 144, a7: 9 }}`;
}

/// Takes the memory of pages back, mapped or not; they read as zero when they are touched again.
/// Errors: InvalidArgument, Restart.
export function memoryObjectDecommit(object: u64, offset: u64, count: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: offset, a3: count, a1: 145, a7: 9 }}`;
}

/// Names the pool that the object's pages and clones come from: a fresh Untyped, or one that is a pool already.
/// Errors: InvalidCapability, InvalidOperation.
export function memoryObjectSetPool(object: u64, untyped: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: untyped, a1: 146, a7: 9 }}`;
}

/// Makes a MemoryObject with the same content, which shares the pages until either writes.
/// Errors: InvalidArgument, InvalidOperation, SlotOccupied, OutOfMemory, Restart.
export function memoryObjectClone(object: u64, cnode: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: cnode, a3: slot, a1: 147, a7: 9 }}`;
}

/// a0 has the number of committed pages.
/// Errors: none.
export function memoryObjectInspect(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 148, a7: 9 }}`;
}

/// Sets what may be done in the region that starts at `vaddr`.
/// Errors: InvalidArgument, InvalidOperation, MissingRight, Restart.
export function vspaceProtect(object: u64, vaddr: u64, rights: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: vaddr, a3: rights, a1: 149, a7: 9 }}`;
}

/// Unmaps the region that starts at `vaddr`.
/// Errors: InvalidArgument, Restart.
export function vspaceUnmap(object: u64, vaddr: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: vaddr, a1: 150, a7: 9 }}`;
}

/// Maps `count` pages of a MemoryObject from page `offset` on: a region. Page tables come from the VSpace's pool. OutOfMemory: the pool is empty, there are 120 regions, or 32 of this MemoryObject, whose clones share its pages too.
/// Errors: InvalidCapability, InvalidArgument, InvalidOperation, MissingRight, SlotOccupied, OutOfMemory, Restart.
export function vspaceMapMO(object: u64, vaddr: u64, memoryObject: u64, offset: u64, count: u64, rights: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: vaddr, a3: memoryObject, a4: offset, a5: count, a6: rights, a1: 151, a7: 9 }}`;
}

/// Names the pool that page tables come from: a fresh Untyped, or one that is a pool already. Revoking the Untyped unmaps everything.
/// Errors: InvalidCapability, InvalidOperation.
export function vspaceSetPool(object: u64, untyped: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: untyped, a1: 152, a7: 9 }}`;
}

/// Clones every region that starts from `start` up to `end` into an empty VSpace that no thread is in. All or nothing; Restart: call again.
/// Errors: InvalidCapability, InvalidArgument, InvalidOperation, MissingRight, OutOfMemory, Gone, Restart.
export function vspaceForkRange(object: u64, child: u64, start: u64, end: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: child, a3: start, a4: end, a1: 154, a7: 9 }}`;
}

/// Names a thread by sixteen bytes.
/// Errors: InvalidCapability.
export function debugSetName(object: u64, tcb: u64, first: u64, second: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: tcb, a3: first, a4: second, a1: 176, a7: 9 }}`;
}

/// a0 has the word of the capability in a slot: type, rights and badge; 0 where it is empty.
/// Errors: none.
export function debugIdentify(object: u64, slot: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: slot, a1: 177, a7: 9 }}`;
}

/// Writes three words for each SchedContext that is ready on this hart to the caller's UTCB: its priority and the name of its thread. a0: how many.
/// Errors: InvalidOperation.
export function debugDumpScheduler(object: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a1: 178, a7: 9 }}`;
}

/// a0 has the nanoseconds that the thread's SchedContext has used.
/// Errors: InvalidCapability, InvalidOperation.
export function debugUtilisation(object: u64, tcb: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: tcb, a1: 179, a7: 9 }}`;
}

/// The frame that gets the event ring (kernel/abi/ring.ts); 0: none.
/// Errors: InvalidCapability, MissingRight.
export function debugSetRing(object: u64, frame: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: frame, a1: 180, a7: 9 }}`;
}

/// Whether the thread's messages are written to the event ring. They take the slow path then.
/// Errors: InvalidCapability.
export function debugTrace(object: u64, tcb: u64, on: u64): i64 {
  return asm<i64>`ecall ${{ a0: object, a2: tcb, a3: on, a1: 181, a7: 9 }}`;
}

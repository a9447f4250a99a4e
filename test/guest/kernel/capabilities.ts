// Capabilities: rights, copies, badges, moves, deletion, revocation, and what holds itself.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, recv, send } from "../../../userland/lib/message.js";
import {
  cnodeCopy, cnodeDelete, cnodeMint, cnodeMove, cnodeRevoke, frameMap, frameUnmap, irqAck, nanoSleep, schedContextBind, schedContextConfigure, signal, tcbBindNotification,
  tcbResume, tcbSetSpace, tcbSuspend, tcbWriteRegisters, untypedRetype, vspaceSetPool,
} from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, SELF, arena, copyOf, deleteAll, endGroup, mintOf, newEndpoint, newNotification, newObject, newObjectFrom, newSlot, newSlots, newThread, newThreadIn, newVSpace, revokeAll, startThread, startWorld, stop } from "./lib/world.js";

const SR: u64 = Right.Send | Right.Recv;

class Shared {
  results: Arr<i64, 4>;
  endpoint: u64;
  laps: Atomic<u64>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  rights();
  endGroup();
  slots();
  endGroup();
  types();
  endGroup();
  moves();
  endGroup();
  wakes();
  endGroup();
  restarts();
  endGroup();
  nested();
  endGroup();
  holdThemselves();
  endGroup();
  cycles();
  endGroup();
  lostSpace();
  endGroup();
  suicides();
  endGroup();
  endReport();
}

function rights(): void {
  const e = newEndpoint(), n = newNotification();
  const m = zeroed<Message>();
  fails("Send without Send", send(copyOf(e, Right.Recv), ref(m)), KernelError.MissingRight);
  fails("Call without Send", call(copyOf(e, Right.Recv | Right.Grant), ref(m)), KernelError.MissingRight);
  fails("Recv without Recv", recv(copyOf(e, Right.Send), ref(m)), KernelError.MissingRight);
  fails("Signal without Send", signal(copyOf(n, Right.Recv), 1), KernelError.MissingRight);
  const sendOnly = copyOf(e, Right.Send | Right.Grant);
  const more = newSlot();
  succeeds("a copy may ask for more than there is", cnodeCopy(SELF, more, SELF, sendOnly, Right.All));
  fails("but rights only shrink", recv(more, ref(m)), KernelError.MissingRight);
  const none = copyOf(e, SR);
  fails("copy without Grant", cnodeCopy(SELF, newSlot(), SELF, none, Right.All), KernelError.MissingRight);
  fails("mint without Grant", cnodeMint(SELF, newSlot(), SELF, none, Right.All, 1), KernelError.MissingRight);
  const badged = mintOf(e, Right.All, 7);
  fails("a badge is given once", cnodeMint(SELF, newSlot(), SELF, badged, Right.All, 8), KernelError.InvalidArgument);
  fails("to a copy too", cnodeMint(SELF, newSlot(), SELF, copyOf(badged, Right.All), Right.All, 8), KernelError.InvalidArgument);
  fails("a badge has 48 bits", cnodeMint(SELF, newSlot(), SELF, e, Right.All, u64(1) << 48), KernelError.InvalidArgument);
  succeeds("all of them", cnodeMint(SELF, newSlot(), SELF, e, Right.All, (u64(1) << 48) - 1));
  fails("a CNode has no badge", cnodeMint(SELF, newSlot(), SELF, newObject(ObjectType.CNode, 7), Right.All, 1), KernelError.InvalidOperation);
  fails("an Untyped is not copied", cnodeCopy(SELF, newSlot(), SELF, newObject(ObjectType.Untyped, 12), Right.All), KernelError.InvalidOperation);
  const t = newThread(waiter, 0, LOW);
  const space = newThread(waiter, 0, LOW);
  const fresh = newObject(ObjectType.Tcb, 0);
  fails("a CSpace needs Grant", tcbSetSpace(fresh, copyOf(SELF, 0), BootSlot.VSpace, t.frame, 0), KernelError.MissingRight);
  fails("a VSpace needs Grant", tcbSetSpace(fresh, SELF, copyOf(BootSlot.VSpace, 0), t.frame, 0), KernelError.MissingRight);
  fails("a UTCB needs Grant and Write", tcbSetSpace(fresh, SELF, BootSlot.VSpace, copyOf(t.frame, Right.Grant | Right.Read), 0), KernelError.MissingRight);
  fails("a fault endpoint needs Send and Grant", tcbSetSpace(fresh, SELF, BootSlot.VSpace, t.frame, copyOf(e, SR)), KernelError.MissingRight);
  succeeds("after errors nothing is set", tcbSetSpace(fresh, SELF, BootSlot.VSpace, t.frame, e));
  fails("a space is set once", tcbSetSpace(fresh, SELF, BootSlot.VSpace, space.frame, e), KernelError.InvalidOperation);
  fails("a Notification is bound with Recv", tcbBindNotification(fresh, copyOf(n, Right.Send)), KernelError.MissingRight);
}

function slots(): void {
  const cnode = newObject(ObjectType.CNode, 7), e = newEndpoint(), empty = newSlot();
  succeeds("the last slot of a CNode", cnodeCopy(cnode, 3, SELF, e, Right.All));
  fails("the slot behind it", cnodeCopy(cnode, 4, SELF, e, Right.All), KernelError.InvalidArgument);
  fails("a slot far away", cnodeCopy(cnode, ~u64(0), SELF, e, Right.All), KernelError.InvalidArgument);
  fails("a slot that wraps around", cnodeCopy(cnode, (u64(1) << 59) + 1, SELF, e, Right.All), KernelError.InvalidArgument);
  fails("slot 0 as target", cnodeCopy(cnode, 0, SELF, e, Right.All), KernelError.InvalidArgument);
  fails("slot 0 as source", cnodeCopy(cnode, 1, SELF, 0, Right.All), KernelError.InvalidArgument);
  fails("slot 0 to delete", cnodeDelete(cnode, 0), KernelError.InvalidArgument);
  fails("slot 0 to revoke", cnodeRevoke(cnode, 0), KernelError.InvalidArgument);
  fails("an occupied slot", cnodeCopy(cnode, 3, SELF, e, Right.All), KernelError.SlotOccupied);
  fails("an empty source", cnodeCopy(cnode, 1, SELF, empty, Right.All), KernelError.InvalidCapability);
  fails("an empty source to move", cnodeMove(cnode, 1, SELF, empty), KernelError.InvalidArgument);
  fails("a source that is no CNode", cnodeCopy(cnode, 1, e, 1, Right.All), KernelError.InvalidArgument);
  fails("a target that is no CNode", cnodeCopy(e, 1, SELF, e, Right.All), KernelError.InvalidCapability);
  fails("an empty target", cnodeCopy(empty, 1, SELF, e, Right.All), KernelError.InvalidCapability);
  succeeds("an empty slot may be deleted", cnodeDelete(cnode, 1));
  succeeds("and revoked", cnodeRevoke(cnode, 1));
  const m = zeroed<Message>();
  fails("IPC through slot 0", call(0, ref(m)), KernelError.InvalidCapability);
  fails("IPC past the CSpace", call(1 << 20, ref(m)), KernelError.InvalidCapability);
  fails("IPC far past the CSpace", call(~u64(0), ref(m)), KernelError.InvalidCapability);
  fails("Signal on an Endpoint", signal(e, 1), KernelError.InvalidCapability);
}

/// Every invocation with a capability of a wrong type.
function types(): void {
  const e = newEndpoint();
  let refused: u64 = 0;
  const results: readonly i64[] = [
    cnodeCopy(e, 1, SELF, e, 0), cnodeMint(e, 1, SELF, e, 0, 1), cnodeMove(e, 1, SELF, e), cnodeDelete(e, 1), cnodeRevoke(e, 1),
    untypedRetype(e, ObjectType.Endpoint, 0, SELF, newSlot()), frameMap(e, BootSlot.VSpace, 0x1000, Right.Read), frameUnmap(e), tcbResume(e), tcbSuspend(e),
    tcbSetSpace(e, SELF, BootSlot.VSpace, BootSlot.Utcb, 0), tcbWriteRegisters(e, 0, 0, 0, 0), tcbBindNotification(e, e), schedContextConfigure(e, 1, 1000000, 1000000),
    schedContextBind(e, BootSlot.Tcb), irqAck(e), vspaceSetPool(e, arena()),
  ];
  for (const result of results) if (result === -KernelError.InvalidCapability) refused += 1;
  equal("invocations of the wrong type are refused", refused, 17);
  const context = newObject(ObjectType.SchedContext, 0), tcb = newObject(ObjectType.Tcb, 0);
  fails("a context is bound to threads", schedContextBind(context, e), KernelError.InvalidCapability);
  fails("a thread without a VSpace does not run", tcbResume(tcb), KernelError.InvalidOperation);
  succeeds("a context is bound", schedContextBind(context, tcb));
  fails("once", schedContextBind(context, newObject(ObjectType.Tcb, 0)), KernelError.InvalidOperation);
  fails("to a thread that has none", schedContextBind(newObject(ObjectType.SchedContext, 0), tcb), KernelError.InvalidOperation);
  fails("64 is no priority", schedContextConfigure(context, 64, 1000000, 1000000), KernelError.InvalidArgument);
  fails("256 is not 0", schedContextConfigure(context, 256, 1000000, 1000000), KernelError.InvalidArgument);
  fails("a budget longer than its period", schedContextConfigure(context, 1, 1000000, 999999), KernelError.InvalidArgument);
  fails("no budget", schedContextConfigure(context, 1, 0, 1000000), KernelError.InvalidArgument);
  fails("an endless period", schedContextConfigure(context, 1, 1000000, ~u64(0)), KernelError.InvalidArgument);
}

function moves(): void {
  const e = newEndpoint(), to = newSlot();
  const badged = mintOf(e, Right.All, 5);
  const child = copyOf(badged, Right.All);
  succeeds("a capability moves", cnodeMove(SELF, to, SELF, badged));
  const m = zeroed<Message>();
  fails("and is no longer where it was", call(badged, ref(m)), KernelError.InvalidCapability);
  succeeds("revoking it where it is now", cnodeRevoke(SELF, to));
  fails("takes what was derived", call(child, ref(m)), KernelError.InvalidCapability);
  fails("to an occupied slot", cnodeMove(SELF, e, SELF, to), KernelError.SlotOccupied);
  fails("to itself", cnodeMove(SELF, to, SELF, to), KernelError.SlotOccupied);
  // a -> b -> c; b goes, c stays derived from a.
  const b = copyOf(e, Right.All), c = copyOf(b, Right.All);
  succeeds("the middle goes", cnodeDelete(SELF, b));
  shared.endpoint = c;
  startThread(waiter, c, HIGH);
  succeeds("what it was derived from is revoked", cnodeRevoke(SELF, e));
  fails("with what was derived from it", call(c, ref(m)), KernelError.InvalidCapability);
}

function waiter(endpoint: u64): never {
  const m = zeroed<Message>();
  shared.results[0] = 1;
  shared.results[0] = call(endpoint, ref(m));
  stop();
}

function second(endpoint: u64): never {
  const m = zeroed<Message>();
  shared.results[1] = 1;
  shared.results[1] = call(endpoint, ref(m));
  stop();
}

/// Threads that blocked through a capability that is revoked wake, and no others (1.33).
function wakes(): void {
  const e = newEndpoint();
  const a = mintOf(e, Right.All, 1), b = mintOf(e, Right.All, 2);
  const derived = copyOf(a, Right.All);
  startThread(waiter, derived, HIGH);
  startThread(second, b, HIGH);
  revokeAll(a);
  fails("who blocked through what is revoked finds Gone", shared.results[0], KernelError.Gone);
  equal("who blocked through another goes on waiting", u64(shared.results[1]), 1);
  const moved = newSlot();
  cnodeMove(SELF, moved, SELF, b);
  const other = mintOf(e, Right.All, 3);
  deleteAll(other);
  equal("and through one that moved", u64(shared.results[1]), 1);
  deleteAll(moved);
  fails("until that goes", shared.results[1], KernelError.Gone);
  const m = zeroed<Message>();
  startThread(second, a, HIGH);
  recv(e, ref(m));
  equal("the endpoint lives", u64(m.badge), 1);
}

/// More steps than a call may take: the kernel says Restart in between.
function restarts(): void {
  const cnode = newObject(ObjectType.CNode, 15), e = newEndpoint();
  for (let i: u64 = 1; i <= 250; i++) cnodeCopy(cnode, i, SELF, e, Right.All);
  let calls: u64 = 1;
  while (cnodeRevoke(SELF, e) === -KernelError.Restart) calls += 1;
  check("a revoke of 250 takes a few calls", calls > 2 && calls <= 50);
  for (let i: u64 = 1; i <= 250; i++) cnodeCopy(cnode, i, SELF, e, Right.All);
  calls = 1;
  while (cnodeDelete(SELF, cnode) === -KernelError.Restart) calls += 1;
  check("so does deleting a CNode with 250", calls > 2 && calls <= 50);
  const m = zeroed<Message>();
  fails("which is gone", cnodeDelete(cnode, 1), KernelError.InvalidCapability);
  fails("and leaves the endpoint", call(copyOf(e, Right.Recv), ref(m)), KernelError.MissingRight);
}

function nested(): void {
  const memory = newObject(ObjectType.Untyped, 20), outer = newObjectFrom(memory, ObjectType.CNode, 7);
  const next = newSlot();
  let innermost = outer;
  // Each holds the only capability of the next.
  for (let depth: u64 = 0; depth < 200; depth++) {
    const inner = newSlot();
    untypedRetype(memory, ObjectType.CNode, 7, SELF, inner);
    cnodeMove(innermost, 2, SELF, inner);
    const reach = newSlot();
    cnodeCopy(SELF, reach, innermost, 2, Right.All);
    if (innermost !== outer) deleteAll(innermost);
    innermost = reach;
  }
  // cnodeCopy reads through capabilities of this CSpace alone, so the innermost is reached by its copy.
  succeeds("200 CNodes nest", cnodeCopy(innermost, 1, SELF, newEndpoint(), Right.All));
  deleteAll(innermost);
  deleteAll(outer);
  succeeds("and go with the first", untypedRetype(memory, ObjectType.Untyped, 20, SELF, next));
  endGroup();

  const second = newObject(ObjectType.Untyped, 20);
  let holder = newObjectFrom(second, ObjectType.CNode, 7);
  for (let depth: u64 = 0; depth < 200; depth++) {
    const inner = newObjectFrom(second, ObjectType.CNode, 7);
    cnodeCopy(inner, 2, SELF, holder, Right.All);
    deleteAll(holder);
    holder = inner;
  }
  revokeAll(second);
  succeeds("and with their memory", untypedRetype(second, ObjectType.Untyped, 20, SELF, newSlot()));
}

function holdThemselves(): void {
  const memory = newObject(ObjectType.Untyped, 16), whole = newSlot();
  const cnode = newObjectFrom(memory, ObjectType.CNode, 8);
  cnodeCopy(cnode, 3, SELF, cnode, Right.All);
  cnodeCopy(cnode, 5, SELF, cnode, Right.All);
  cnodeCopy(cnode, 6, SELF, newEndpoint(), Right.All);
  deleteAll(cnode);
  revokeAll(memory);
  succeeds("a CNode that holds itself goes with its memory", untypedRetype(memory, ObjectType.Untyped, 16, SELF, whole));
  deleteAll(whole);

  // A thread whose CSpace holds its Tcb, its SchedContext and the CSpace itself.
  const space = newObjectFrom(memory, ObjectType.CNode, 8), tcb = newObjectFrom(memory, ObjectType.Tcb, 0), context = newObjectFrom(memory, ObjectType.SchedContext, 0);
  const frame = newObjectFrom(memory, ObjectType.Frame, 0);
  tcbSetSpace(tcb, space, BootSlot.VSpace, frame, 0);
  schedContextConfigure(context, HIGH, 1_000_000, 1_000_000);
  schedContextBind(context, tcb);
  cnodeMove(space, 1, SELF, tcb);
  cnodeMove(space, 2, SELF, context);
  cnodeCopy(space, 3, SELF, space, Right.All);
  cnodeMove(space, 4, SELF, frame);
  deleteAll(space);
  revokeAll(memory);
  succeeds("so does a thread that holds itself", untypedRetype(memory, ObjectType.Untyped, 16, SELF, whole));
}

/// Circles of CNodes whose memory is in different Untypeds, destroyed with Restart at each possible place:
/// what is freed is used again at once.
function cycles(): void {
  let good = true, reused: u64 = 0;
  for (let padding: u64 = 94; padding < 104; padding++) {
    const first = newObject(ObjectType.Untyped, 12), other = newObject(ObjectType.Untyped, 16);
    const a = newObjectFrom(first, ObjectType.CNode, 8), c = newObjectFrom(other, ObjectType.CNode, 9), b = newObjectFrom(other, ObjectType.CNode, 9);
    cnodeMove(a, 2, SELF, b);
    const bCopy = newSlot();
    cnodeCopy(SELF, bCopy, a, 2, Right.All);
    cnodeMove(bCopy, 1, SELF, c);
    const cCopy = newSlot();
    cnodeCopy(SELF, cCopy, bCopy, 1, Right.All);
    cnodeMove(cCopy, 4, SELF, a);
    cnodeDelete(SELF, cCopy);
    cnodeDelete(SELF, bCopy);
    const slots = newSlots(padding);
    for (let i: u64 = 0; i < padding; i++) untypedRetype(other, ObjectType.Endpoint, 0, SELF, slots + i);
    const frame = newSlot();
    while (cnodeRevoke(SELF, other) === -KernelError.Restart) {
      if (untypedRetype(first, ObjectType.Frame, 0, SELF, frame) >= 0) reused += 1;
    }
    if (untypedRetype(first, ObjectType.Frame, 0, SELF, frame) >= 0) reused += 1;
    if (untypedRetype(other, ObjectType.Untyped, 16, SELF, newSlot()) < 0) good = false;
    endGroup();
  }
  check("circles of CNodes go with a part of their memory", good);
  equal("and the other part is free then", reused, 10);
}

function spinner(_: u64): never {
  for (;;) shared.laps.fetchAdd(1);
}

/// A thread that lost one of its capabilities must not get others beside those that it kept.
function lostSpace(): void {
  const vspace = newVSpace(), cnode = newObject(ObjectType.CNode, 8);
  const t = newThreadIn(cnode, vspace, 0, spinner, 0, LOW);
  deleteAll(t.frame);
  revokeAll(vspace);
  fails("a thread that lost its VSpace does not run", tcbResume(t.tcb), KernelError.InvalidOperation);
  const frame = newObject(ObjectType.Frame, 0), other = newObject(ObjectType.CNode, 8);
  fails("nor gets another beside what it kept", tcbSetSpace(t.tcb, other, BootSlot.VSpace, frame, 0), KernelError.InvalidOperation);
  deleteAll(t.tcb);

  const mapped = newThread(callsWithWords, newEndpoint(), HIGH);
  revokeAll(mapped.frame);
  tcbResume(mapped.tcb);
  fails("a thread that lost its UTCB sends no words from it", shared.results[2], KernelError.InvalidArgument);

  const alone = newObject(ObjectType.CNode, 8);
  const u = newThreadIn(alone, BootSlot.VSpace, 0, callsNothing, 0, HIGH);
  deleteAll(alone);
  tcbResume(u.tcb);
  fails("a thread keeps its CSpace alive", shared.results[3], KernelError.InvalidCapability);
}

function callsWithWords(endpoint: u64): never {
  const m = zeroed<Message>();
  m.tag = 5;
  shared.results[2] = call(endpoint, ref(m));
  stop();
}

function callsNothing(_: u64): never {
  const m = zeroed<Message>();
  shared.results[3] = call(3, ref(m));
  for (;;) nanoSleep(1_000_000_000);
}

class Victim {
  slot: u64;
  memory: u64;
}
const victim = zeroed<Victim>();

function deletesOwn(_: u64): never {
  shared.results[0] = 1;
  deleteAll(victim.slot);
  shared.results[0] = 2;
  for (;;) shared.laps.fetchAdd(1);
}

function revokesOwn(_: u64): never {
  shared.results[0] = 1;
  revokeAll(victim.memory);
  shared.results[0] = 2;
  for (;;) {}
}

/// Threads that destroy what they run on.
function suicides(): void {
  const own = newThread(deletesOwn, 0, HIGH);
  victim.slot = own.tcb;
  tcbResume(own.tcb);
  equal("a thread that deletes its Tcb is gone", u64(shared.results[0]), 1);

  const timeless = newThread(deletesOwn, 0, HIGH);
  victim.slot = timeless.context;
  tcbResume(timeless.tcb);
  equal("one that deletes its SchedContext stands still", u64(shared.results[0]), 1);
  const context = newObject(ObjectType.SchedContext, 0);
  schedContextConfigure(context, HIGH, 10_000_000, 10_000_000);
  victim.slot = 0;
  tcbSuspend(timeless.tcb);
  succeeds("and gets another", schedContextBind(context, timeless.tcb));
  deleteAll(timeless.tcb);

  const cnode = newObject(ObjectType.CNode, 10);
  const t = newThreadIn(cnode, BootSlot.VSpace, 0, deletesSpace, 0, HIGH);
  cnodeCopy(cnode, 1, SELF, cnode, Right.All);
  cnodeCopy(cnode, 2, SELF, t.tcb, Right.All);
  deleteAll(cnode);
  tcbResume(t.tcb);
  equal("a thread that empties its CSpace to the last can do nothing more", shared.laps.load(), 3);
  deleteAll(t.tcb);

  const all = newObject(ObjectType.Untyped, 17);
  const tcb = newObjectFrom(all, ObjectType.Tcb, 0), time = newObjectFrom(all, ObjectType.SchedContext, 0), frame = newObjectFrom(all, ObjectType.Frame, 0);
  const w = newThread(revokesOwn, 0, HIGH);
  deleteAll(w.tcb);
  tcbSetSpace(tcb, SELF, BootSlot.VSpace, frame, 0);
  tcbWriteRegisters(tcb, u64.of(revokesOwn), w.utcb + 4096, 0, w.utcb);
  schedContextConfigure(time, HIGH, 10_000_000, 10_000_000);
  schedContextBind(time, tcb);
  victim.memory = all;
  tcbResume(tcb);
  equal("a thread that revokes its own memory is gone", u64(shared.results[0]), 1);
  succeeds("and the memory is free", untypedRetype(all, ObjectType.Untyped, 17, SELF, newSlot()));
}

function deletesSpace(_: u64): never {
  shared.laps.store(0);
  if (cnodeDelete(1, 2) === 0) shared.laps.fetchAdd(1);
  if (cnodeDelete(1, 1) === 0) shared.laps.fetchAdd(1);
  if (cnodeDelete(1, 1) === -KernelError.InvalidCapability) shared.laps.fetchAdd(1);
  for (;;) nanoSleep(1_000_000_000);
}

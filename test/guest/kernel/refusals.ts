// Each invocation with each thing wrong that can be: another type, a right too few, slots that are not there, pages not
// aligned, what overlaps, far too large, pointers into the kernel; by a thread with a UTCB and by one whose UTCB has gone.
// It is refused with an error that its row of kernel/abi names; and then the invocation, with nothing wrong, works, so
// that nothing had changed. A row without an entry in `setups` is a type error.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { invocations, type Invocations } from "../../../kernel/abi/invocations.js";
import { ObjectType, Right, capabilityWord } from "../../../kernel/abi/objects.js";
import { requirements } from "../../../kernel/abi/requirements.js";
import {
  cnodeCopy, debugIdentify, debugSetRing, frameMap, invoke, irqControlGet, irqSetHandler, memoryObjectSetPool, schedContextUnbind, untypedMakeRights, untypedSplit,
  allocRightSplit, tcbResume, tcbSetMaxPriority, vspaceMapMO,
} from "../../../userland/lib/stubs.js";
import { Line } from "../../../userland/lib/line.js";
import { check, endReport } from "./lib/check.js";
import { ArgumentKind, argumentKinds, errorMasks, labels, names } from "./lib/invocation-rows.js";
import {
  HIGH, LOW, PAGE_SIZE, SELF, WINDOW, deleteAll, endGroup, mintOf, newEndpoint, newNotification, newObject, newSlot, newThread, newVSpace, revokeAll, startWorld, stop,
} from "./lib/world.js";

const KERNEL: u64 = 0xffff_ffc0_8020_0000, RAM: u64 = 0x8000_0000, DEVICE: u64 = 0x1000_0000, USER_END: u64 = 1 << 38;
/// Where this program itself is mapped.
const OWN_PAGE: u64 = 0x1_0000;
const MS: u64 = 1_000_000;
const RW: u64 = Right.Read | Right.Write;
const IRQ: u64 = 20;
const TYPES: u64 = 19, TYPE_MASK: u64 = 31;
const MOST_LABELS: u64 = 0x400;
const ONE: u64 = 1;

/// A call that works.
class Case {
  object: u64;
  a: Arr<u64, 5>;
  /// A type that its capability argument may have as well.
  otherType: ObjectType;

  on(object: u64, first: u64, second: u64, third: u64, fourth: u64): void {
    this.object = object;
    this.a[0] = first;
    this.a[1] = second;
    this.a[2] = third;
    this.a[3] = fourth;
    this.a[4] = 0;
    this.otherType = ObjectType.Null;
  }
}

class State {
  slotCount: u64;
  emptySlot: u64;
  /// A capability of each type; 0: there is none.
  specimens: Arr<u64, 19>;
  row: usize;
  hasUtcb: boolean;
  failures: u64;
  done: boolean;
}
const state = zeroed<State>();

type Setup = (c: Ptr<Case>) => void;

layout({ virtual: OWN_PAGE, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  state.slotCount = info.slotCount;
  for (let row: usize = 0; row < labels.length; row++) {
    state.row = row;
    state.hasUtcb = true;
    tryRow();
    endGroup();
    state.hasUtcb = false;
    const t = newThread(withoutUtcb, 0, HIGH);
    tcbSetMaxPriority(t.tcb, HIGH);
    revokeAll(t.frame);
    deleteAll(t.frame);
    state.done = false;
    tcbResume(t.tcb);
    if (!state.done) failed("the thread without a UTCB does not come to its end", 0);
    endGroup();
  }
  unknownLabels();
  endReport();
}

function withoutUtcb(_argument: u64): never {
  tryRow();
  state.done = true;
  stop();
}

// ---- Calls that work ----

const setups: { readonly [K in keyof Invocations]: Setup } = {
  CNodeCopy: (c) => c.on(SELF, newSlot(), SELF, newNotification(), Right.All),
  CNodeMint: (c) => {
    c.on(SELF, newSlot(), SELF, newEndpoint(), Right.All);
    c.a[4] = 5;
  },
  CNodeMove: (c) => c.on(SELF, newSlot(), SELF, newNotification(), 0),
  CNodeDelete: (c) => c.on(SELF, newNotification(), 0, 0, 0),
  CNodeRevoke: (c) => c.on(SELF, newNotification(), 0, 0, 0),
  UntypedRetype: (c) => c.on(newObject(ObjectType.Untyped, 12), ObjectType.Notification, 0, SELF, newSlot()),
  UntypedMakeRights: (c) => {
    c.on(newObject(ObjectType.Untyped, 12), ObjectType.Endpoint, 0, 4, SELF);
    c.a[4] = newSlot();
  },
  UntypedSplit: (c) => c.on(newObject(ObjectType.Untyped, 13), SELF, newSlot(), 0, 0),
  UntypedMerge: (c) => {
    const block = newObject(ObjectType.Untyped, 13), half = newSlot();
    untypedSplit(block, SELF, half);
    c.on(block, half, 0, 0, 0);
  },
  UntypedInspect: (c) => c.on(newObject(ObjectType.Untyped, 12), 0, 0, 0, 0),
  DeviceFrame: (c) => c.on(BootSlot.DeviceMemory, DEVICE, SELF, newSlot(), 0),
  AllocRightCreate: (c) => c.on(newRights(), SELF, newSlot(), 0, 0),
  AllocRightSplit: (c) => c.on(newRights(), 2, SELF, newSlot(), 0),
  AllocRightMerge: (c) => {
    const rights = newRights(), part = newSlot();
    allocRightSplit(rights, 2, SELF, part);
    c.on(rights, part, 0, 0, 0);
  },
  AllocRightCount: (c) => c.on(newRights(), 0, 0, 0, 0),
  FrameMap: (c) => c.on(newObject(ObjectType.Frame, 0), BootSlot.VSpace, freePage(), RW, 0),
  FrameUnmap: (c) => {
    const frame = newObject(ObjectType.Frame, 0);
    frameMap(frame, BootSlot.VSpace, freePage(), RW);
    c.on(frame, 0, 0, 0, 0);
  },
  TcbResume: (c) => c.on(newThread(idles, 0, LOW).tcb, 0, 0, 0, 0),
  TcbSuspend: (c) => c.on(newThread(idles, 0, LOW).tcb, 0, 0, 0, 0),
  TcbSetSpace: (c) => c.on(newObject(ObjectType.Tcb, 0), SELF, BootSlot.VSpace, newObject(ObjectType.Frame, 0), newEndpoint()),
  TcbWriteRegisters: (c) => c.on(newObject(ObjectType.Tcb, 0), 1, 2, 3, 4),
  TcbBindNotification: (c) => c.on(newObject(ObjectType.Tcb, 0), newNotification(), 0, 0, 0),
  TcbServe: (c) => {
    const t = newThread(idles, 0, LOW);
    schedContextUnbind(t.context);
    c.on(t.tcb, t.utcb, 0, 0, 0);
  },
  TcbSetMaxPriority: (c) => c.on(newObject(ObjectType.Tcb, 0), LOW, 0, 0, 0),
  TcbSetFaultPortals: (c) => c.on(newObject(ObjectType.Tcb, 0), 100, 0, 0, 0),
  TcbSetAffinity: (c) => c.on(newObject(ObjectType.Tcb, 0), 0, 0, 0, 0),
  SchedContextConfigure: (c) => c.on(newObject(ObjectType.SchedContext, 0), LOW, MS, 2 * MS, 0),
  SchedContextBind: (c) => c.on(newObject(ObjectType.SchedContext, 0), newObject(ObjectType.Tcb, 0), 0, 0, 0),
  SchedContextSetTimeout: (c) => c.on(newObject(ObjectType.SchedContext, 0), newEndpoint(), 0, 0, 0),
  SchedContextUnbind: (c) => c.on(newObject(ObjectType.SchedContext, 0), 0, 0, 0, 0),
  EndpointCancelBadgedSends: (c) => c.on(mintOf(newEndpoint(), Right.All, 7), 0, 0, 0, 0),
  PortalBind: (c) => c.on(newObject(ObjectType.Portal, 0), newObject(ObjectType.Tcb, 0), OWN_PAGE, 7, 0),
  PortalSetId: (c) => c.on(newObject(ObjectType.Portal, 0), 7, 0, 0, 0),
  ChannelSetLimit: (c) => c.on(newObject(ObjectType.Channel, 9), 2, 0, 0, 0),
  IrqControlGet: (c) => c.on(BootSlot.IrqControl, IRQ, newObject(ObjectType.IrqHandler, 0), 0, 0),
  IrqAck: (c) => c.on(newLineHandler(), 0, 0, 0, 0),
  IrqSetHandler: (c) => {
    c.on(newLineHandler(), newNotification(), 0, 0, 0);
    c.otherType = ObjectType.Semaphore;
  },
  IrqClear: (c) => {
    const handler = newLineHandler();
    irqSetHandler(handler, newNotification());
    c.on(handler, 0, 0, 0, 0);
  },
  MemoryObjectCommit: (c) => c.on(newMemory(), 0, 2, 0, 0),
  MemoryObjectDecommit: (c) => c.on(newMemory(), 0, 2, 0, 0),
  MemoryObjectSetPool: (c) => c.on(newObject(ObjectType.MemoryObject, 12), newObject(ObjectType.Untyped, 14), 0, 0, 0),
  MemoryObjectClone: (c) => c.on(newMemory(), SELF, newSlot(), 0, 0),
  MemoryObjectInspect: (c) => c.on(newMemory(), 0, 0, 0, 0),
  VSpaceProtect: (c) => c.on(BootSlot.VSpace, newRegion(), Right.Read, 0, 0),
  VSpaceUnmap: (c) => c.on(BootSlot.VSpace, newRegion(), 0, 0, 0),
  VSpaceMapMO: (c) => {
    c.on(BootSlot.VSpace, freePage(), newMemory(), 0, 1);
    c.a[4] = RW;
  },
  VSpaceSetPool: (c) => c.on(newObject(ObjectType.VSpace, 0), newObject(ObjectType.Untyped, 14), 0, 0, 0),
  VSpaceForkRange: (c) => c.on(BootSlot.VSpace, newVSpace(), 0, USER_END, 0),
  DebugSetName: (c) => c.on(BootSlot.Debug, newObject(ObjectType.Tcb, 0), 1, 2, 0),
  DebugIdentify: (c) => c.on(BootSlot.Debug, SELF, 0, 0, 0),
  DebugDumpScheduler: (c) => c.on(BootSlot.Debug, 0, 0, 0, 0),
  DebugUtilisation: (c) => c.on(BootSlot.Debug, newThread(idles, 0, LOW).tcb, 0, 0, 0),
  DebugSetRing: (c) => c.on(BootSlot.Debug, newObject(ObjectType.Frame, 0), 0, 0, 0),
  DebugTrace: (c) => c.on(BootSlot.Debug, newObject(ObjectType.Tcb, 0), 1, 0, 0),
};
const setupTable = tableOf(invocations, setups, noSetup);

function noSetup(_c: Ptr<Case>): void {
  panic("a label is none of an invocation");
}

function idles(_argument: u64): never {
  for (;;) {}
}

function newRights(): u64 {
  const slot = newSlot();
  untypedMakeRights(newObject(ObjectType.Untyped, 12), ObjectType.Endpoint, 0, 4, SELF, slot);
  return slot;
}

function newLineHandler(): u64 {
  const handler = newObject(ObjectType.IrqHandler, 0);
  irqControlGet(BootSlot.IrqControl, IRQ, handler);
  return handler;
}

function newMemory(): u64 {
  const mo = newObject(ObjectType.MemoryObject, 12);
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 15));
  return mo;
}

function newRegion(): u64 {
  const vaddr = freePage();
  vspaceMapMO(BootSlot.VSpace, vaddr, newMemory(), 0, 1, RW);
  return vaddr;
}

class Pages {
  next: u64;
}
const pages = zeroed<Pages>();

function freePage(): u64 {
  pages.next = (pages.next + 1) % 64;
  return WINDOW + pages.next * PAGE_SIZE;
}

// ---- What is wrong with them ----

function tryRow(): void {
  const row = state.row, label: u64 = labels[row], c = zeroed<Case>();
  state.failures = 0;
  state.emptySlot = newSlot();
  for (let type: u64 = 1; type < TYPES; type++) state.specimens[type] = newSpecimen(unsafe.enumOf<ObjectType>(type));
  setupTable[label](ref(c));
  tryObjects(ref(c), label);
  for (let index: usize = 0; index < 5; index++) tryArgument(ref(c), index);
  const line = zeroed<Line>();
  line.text(names[row]);
  line.text(state.hasUtcb ? " refuses what is wrong" : " refuses it without a UTCB");
  check(unsafe.text(line.content()), state.failures === 0);
  let result = send(ref(c));
  while (result === -KernelError.Restart) result = send(ref(c));
  const works = label === invocations.DebugDumpScheduler.number && !state.hasUtcb ? result === -KernelError.InvalidOperation : result >= 0;
  if (label === invocations.DebugSetRing.number) debugSetRing(BootSlot.Debug, 0);
  const after = zeroed<Line>();
  after.text(names[row]);
  after.text(state.hasUtcb ? " works then" : " works then, too");
  check(unsafe.text(after.content()), works);
}

function newSpecimen(type: ObjectType): u64 {
  switch (type) {
    case ObjectType.IrqControl: return BootSlot.IrqControl;
    case ObjectType.DeviceMemory: return BootSlot.DeviceMemory;
    case ObjectType.Debug: return BootSlot.Debug;
    case ObjectType.AllocRight: return newRights();
    case ObjectType.Null: case ObjectType.Pool: return 0;
    case ObjectType.Untyped: case ObjectType.MemoryObject: return newObject(type, 12);
    case ObjectType.CNode: return newObject(type, 8);
    case ObjectType.Channel: return newObject(type, 9);
    default: return newObject(type, 0);
  }
}

function send(c: Ptr<Case>): i64 {
  return invoke(c.object, labels[state.row], c.a[0], c.a[1], c.a[2], c.a[3], c.a[4]);
}

function failed(what: string, result: i64): void {
  state.failures += 1;
  const line = zeroed<Line>();
  line.text(names[state.row]);
  line.text(", ");
  line.text(what);
  line.text(": ");
  line.hexadecimal(u64(result));
  check(unsafe.text(line.content()), false);
}

function isNamed(result: i64): boolean {
  return result < 0 && result > -16 && ((errorMasks[state.row] >>> u64(-result)) & 1) !== 0;
}

/// It must fail, with an error that the row names.
function refused(c: Ptr<Case>, what: string): void {
  const result = send(c);
  if (!isNamed(result)) failed(what, result);
}

function refusedWith(c: Ptr<Case>, error: KernelError, what: string): void {
  const result = send(c);
  if (result !== -error) failed(what, result);
}

/// Numbers of slots that name nothing.
const NO_SLOTS: readonly u64[] = [0, 0xffff, 1 << 16, u64(1) << 32, u64(1) << 63, u64.MAX, KERNEL];
const ODD_WORDS: readonly u64[] = [1, 3, u64(1) << 63, u64.MAX, KERNEL];
const TOO_LARGE: readonly u64[] = [u64(1) << 32, u64(1) << 40, u64(1) << 63, u64.MAX, KERNEL];

function typeIn(slot: u64): u64 {
  return u64(debugIdentify(BootSlot.Debug, slot)) & TYPE_MASK;
}

function tryObjects(c: Ptr<Case>, label: u64): void {
  const object = c.object, required: u64 = requirements[label], type = required & TYPE_MASK, rights = required >>> capabilityWord.rights.at;
  for (let other: u64 = 1; other < TYPES; other++) {
    if (other === type || state.specimens[other] === 0) continue;
    c.object = state.specimens[other];
    refusedWith(c, KernelError.InvalidCapability, "an object of another type");
  }
  for (const slot of NO_SLOTS) {
    c.object = slot;
    refusedWith(c, KernelError.InvalidCapability, "no object");
  }
  c.object = state.slotCount;
  refusedWith(c, KernelError.InvalidCapability, "a slot behind the last");
  c.object = state.emptySlot;
  refusedWith(c, KernelError.InvalidCapability, "an empty slot");
  for (let bit: u64 = 0; bit < 6; bit++) {
    const right = ONE << bit, copy = newSlot();
    if ((rights & right) === 0 || cnodeCopy(SELF, copy, SELF, object, Right.All & ~right) < 0) continue;
    c.object = copy;
    refusedWith(c, KernelError.MissingRight, "a right too few");
    deleteAll(copy);
  }
  c.object = object;
}

function kindOf(index: usize): ArgumentKind {
  if (index >= 5) return ArgumentKind.None;
  return unsafe.enumOf<ArgumentKind>((argumentKinds[state.row] >>> (4 * index)) & 15);
}

function tryArgument(c: Ptr<Case>, index: usize): void {
  const good = c.a[index];
  switch (kindOf(index)) {
    case ArgumentKind.None:
      return;
    case ArgumentKind.Capability:
      tryCapabilities(c, index);
      break;
    case ArgumentKind.Slot:
      trySlots(c, index);
      break;
    case ArgumentKind.Vaddr:
      tryEach(c, index, [0, good + 1, good + 8, good + 0x800, USER_END, KERNEL, u64(1) << 63, u64.MAX], "an address that is none of a page");
      tryEach(c, index, [OWN_PAGE], "a page that is in use");
      break;
    case ArgumentKind.Paddr:
      tryEach(c, index, [good + 1, good + 8, RAM, RAM + 0x20_0000, KERNEL, u64(1) << 63, u64.MAX], "an address that is none of a device");
      break;
    case ArgumentKind.Number:
      tryEach(c, index, TOO_LARGE, "far too large");
      break;
    case ArgumentKind.Badge:
      tryEach(c, index, [u64(1) << 48, u64(1) << 63, u64.MAX, KERNEL], "more than a badge has room for");
      break;
    case ArgumentKind.Access:
      tryEach(c, index, [0, RW | Right.Execute, Right.Write, 64, Right.Send, KERNEL, u64.MAX], "access that there is not");
      break;
    case ArgumentKind.Nanoseconds:
      tryEach(c, index, [0, u64(1) << 63, u64.MAX, KERNEL], "time that there is not");
      break;
    case ArgumentKind.Word:
      tryWords(index);
      break;
  }
  c.a[index] = good;
}

function tryEach(c: Ptr<Case>, index: usize, values: readonly u64[], what: string): void {
  for (const value of values) {
    c.a[index] = value;
    refused(c, what);
  }
}

function tryCapabilities(c: Ptr<Case>, index: usize): void {
  const good = c.a[index], type = typeIn(good);
  for (let other: u64 = 1; other < TYPES; other++) {
    if (other === type || other === u64(c.otherType) || state.specimens[other] === 0) continue;
    c.a[index] = state.specimens[other];
    refused(c, "an argument of another type");
  }
  // Slot 0 may say that there is to be none.
  tryEach(c, index, NO_SLOTS.slice(1), "an argument that is no capability");
  tryEach(c, index, [state.slotCount, state.emptySlot], "an argument that is an empty slot");
  const copy = newSlot();
  const asks = kindOf(index + 1) === ArgumentKind.Slot || (errorMasks[state.row] & (1 << KernelError.MissingRight)) !== 0;
  if (!asks || cnodeCopy(SELF, copy, SELF, good, Right.None) < 0) return;
  c.a[index] = copy;
  refused(c, "an argument with no right");
  deleteAll(copy);
}

function trySlots(c: Ptr<Case>, index: usize): void {
  const good = c.a[index];
  tryEach(c, index, NO_SLOTS, "a slot that there is not");
  tryEach(c, index, [state.slotCount], "a slot behind the last");
  // Where something is to be put, or where something is to be taken from.
  if (typeIn(good) === ObjectType.Null) tryEach(c, index, [state.specimens[ObjectType.Notification]], "a slot that is in use");
  else if (index > 0) tryEach(c, index, [state.emptySlot], "a slot that is empty");
}

/// Anything may do: it works, or is refused. Each time on new objects.
function tryWords(index: usize): void {
  for (const value of ODD_WORDS) {
    const c = zeroed<Case>();
    setupTable[labels[state.row]](ref(c));
    c.a[index] = value;
    const result = send(ref(c));
    if (result < 0 && !isNamed(result)) failed("a word that is odd", result);
  }
}

function unknownLabels(): void {
  let good = true, row: usize = 0;
  for (let label: u64 = 0; label < MOST_LABELS; label++) {
    let isKnown = false;
    for (row = 0; row < labels.length; row++) if (labels[row] === label) isKnown = true;
    if (!isKnown && invoke(SELF, label, 0, 0, 0, 0, 0) !== -KernelError.InvalidOperation) good = false;
  }
  for (const label of TOO_LARGE) if (invoke(SELF, label, 0, 0, 0, 0, 0) !== -KernelError.InvalidOperation) good = false;
  check("labels of no invocation are refused", good);
}

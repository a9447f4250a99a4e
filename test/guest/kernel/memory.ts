// Memory: Untyped, Frames and address spaces.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { KernelLabel, ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, labelOf, recv, send } from "../../../userland/lib/message.js";
import { cnodeDelete, cnodeMove, cnodeRevoke, deviceFrame, frameMap, frameUnmap, nanoSleep, tcbResume, tcbSetSpace, tcbSuspend, untypedRetype, vspaceSetPool } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, PAGE_SIZE, SELF, WINDOW, arena, copyOf, deleteAll, dropSlots, endGroup, newEndpoint, newObject, newObjectFrom, newSlot, newThread, newThreadIn, newTwinSpace, newTwinSpaceWith, newVSpace, revokeAll, startWorld, stop } from "./lib/world.js";

const RW: u64 = Right.Read | Right.Write;
const RX: u64 = Right.Read | Right.Execute;
const FETCH: u64 = 12, LOAD: u64 = 13, STORE: u64 = 15;

class Shared {
  laps: Atomic<u64>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  sizes();
  endGroup();
  reuse();
  endGroup();
  cleared();
  endGroup();
  maps();
  endGroup();
  sharedPage();
  endGroup();
  frames();
  endGroup();
  devices();
  endGroup();
  pools();
  endGroup();
  destroyedWhileRunning();
  endGroup();
  asids();
  endGroup();
  endReport();
}

function retype(untyped: u64, type: u64, bits: u64): i64 {
  return untypedRetype(untyped, type, bits, SELF, newSlot());
}

function sizes(): void {
  const memory = newObject(ObjectType.Untyped, 18);
  succeeds("retype to Untyped", retype(memory, ObjectType.Untyped, 12));
  succeeds("retype to CNode", retype(memory, ObjectType.CNode, 10));
  succeeds("retype to Endpoint", retype(memory, ObjectType.Endpoint, 0));
  succeeds("retype to Tcb", retype(memory, ObjectType.Tcb, 0));
  succeeds("retype to SchedContext", retype(memory, ObjectType.SchedContext, 0));
  succeeds("retype to VSpace", retype(memory, ObjectType.VSpace, 0));
  succeeds("retype to Frame", retype(memory, ObjectType.Frame, 0));
  succeeds("retype to Notification", retype(memory, ObjectType.Notification, 0));
  succeeds("retype to IrqHandler", retype(memory, ObjectType.IrqHandler, 0));
  succeeds("a type's own size may be said", retype(memory, ObjectType.Frame, 12));
  succeeds("the smallest Untyped", retype(memory, ObjectType.Untyped, 5));
  succeeds("the smallest CNode", retype(memory, ObjectType.CNode, 6));
  fails("retype to nothing", retype(memory, ObjectType.Null, 0), KernelError.InvalidArgument);
  fails("retype to IrqControl", retype(memory, ObjectType.IrqControl, 0), KernelError.InvalidArgument);
  fails("retype to DeviceMemory", retype(memory, ObjectType.DeviceMemory, 0), KernelError.InvalidArgument);
  fails("retype to a type past the last", retype(memory, 31, 0), KernelError.InvalidArgument);
  fails("retype to a type far past it", retype(memory, ~u64(0), 0), KernelError.InvalidArgument);
  fails("an Endpoint of another size", retype(memory, ObjectType.Endpoint, 5), KernelError.InvalidArgument);
  fails("a Frame of 2 MiB", retype(memory, ObjectType.Frame, 21), KernelError.InvalidArgument);
  fails("an Untyped too small", retype(memory, ObjectType.Untyped, 4), KernelError.InvalidArgument);
  fails("an Untyped of no size", retype(memory, ObjectType.Untyped, 0), KernelError.InvalidArgument);
  fails("a CNode too small", retype(memory, ObjectType.CNode, 5), KernelError.InvalidArgument);
  fails("a CNode too large", retype(memory, ObjectType.CNode, 21), KernelError.InvalidArgument);
  fails("a size of 41", retype(memory, ObjectType.Untyped, 41), KernelError.InvalidArgument);
  fails("a size of 64", retype(memory, ObjectType.Untyped, 64), KernelError.InvalidArgument);
  fails("a size that is 12 in its low bits", retype(memory, ObjectType.Untyped, (u64(1) << 32) + 12), KernelError.InvalidArgument);
  fails("more than there is", retype(memory, ObjectType.Untyped, 18), KernelError.OutOfMemory);
  fails("much more", retype(memory, ObjectType.Untyped, 40), KernelError.OutOfMemory);
  fails("an occupied slot", untypedRetype(memory, ObjectType.Endpoint, 0, SELF, memory), KernelError.SlotOccupied);
  fails("no CNode", untypedRetype(memory, ObjectType.Endpoint, 0, memory, newSlot()), KernelError.InvalidArgument);
  fails("slot 0", untypedRetype(memory, ObjectType.Endpoint, 0, SELF, 0), KernelError.InvalidArgument);
  fails("a slot past the last", untypedRetype(memory, ObjectType.Endpoint, 0, SELF, u64(1) << 30), KernelError.InvalidArgument);
}

function reuse(): void {
  const memory = newObject(ObjectType.Untyped, 14);
  for (let i: u64 = 0; i < 4; i++) retype(memory, ObjectType.Frame, 0);
  fails("16 KiB are four Frames", retype(memory, ObjectType.Frame, 0), KernelError.OutOfMemory);
  revokeAll(memory);
  const first = newSlot(), second = newSlot();
  succeeds("after revoke there is room", untypedRetype(memory, ObjectType.Untyped, 13, SELF, first));
  succeeds("for both halves", untypedRetype(memory, ObjectType.Untyped, 13, SELF, second));
  const frame = newObjectFrom(first, ObjectType.Frame, 0);
  cnodeDelete(SELF, first);
  fails("a block whose halves are in use is full", retype(memory, ObjectType.Frame, 0), KernelError.OutOfMemory);
  cnodeDelete(SELF, second);
  fails("also where a grandchild is left", retype(memory, ObjectType.Frame, 0), KernelError.OutOfMemory);
  cnodeDelete(SELF, frame);
  succeeds("and starts anew without", retype(memory, ObjectType.Untyped, 14));
}

function words(vaddr: u64): Many<u64> {
  return unsafe.many<u64>(vaddr);
}

function cleared(): void {
  const memory = newObject(ObjectType.Untyped, 12);
  const frame = newObjectFrom(memory, ObjectType.Frame, 0);
  succeeds("a Frame is mapped", frameMap(frame, BootSlot.VSpace, WINDOW, RW));
  let zero = true;
  for (let i: usize = 0; i < 512; i++) {
    if (words(WINDOW)[i] !== 0) zero = false;
    words(WINDOW)[i] = ~u64(0);
  }
  check("and clear", zero);
  revokeAll(memory);
  const again = newObjectFrom(memory, ObjectType.Frame, 0);
  succeeds("its place is free after revoke", frameMap(again, BootSlot.VSpace, WINDOW, RW));
  for (let i: usize = 0; i < 512; i++) if (words(WINDOW)[i] !== 0) zero = false;
  check("and the memory is clear once more", zero);
}

function maps(): void {
  const frame = newObject(ObjectType.Frame, 0), other = newObject(ObjectType.Frame, 0);
  const vspace = newVSpace();
  fails("writable and executable", frameMap(frame, vspace, WINDOW, RW | Right.Execute), KernelError.InvalidArgument);
  fails("not readable", frameMap(frame, vspace, WINDOW, Right.Write), KernelError.InvalidArgument);
  fails("only executable", frameMap(frame, vspace, WINDOW, Right.Execute), KernelError.InvalidArgument);
  fails("no rights", frameMap(frame, vspace, WINDOW, 0), KernelError.InvalidArgument);
  fails("rights that are none", frameMap(frame, vspace, WINDOW, Right.Read | Right.Send), KernelError.InvalidArgument);
  fails("rights past the last", frameMap(frame, vspace, WINDOW, Right.Read | 64), KernelError.InvalidArgument);
  fails("page 0", frameMap(frame, vspace, 0, RW), KernelError.InvalidArgument);
  fails("no page's start", frameMap(frame, vspace, WINDOW + 8, RW), KernelError.InvalidArgument);
  fails("the first page past the user's", frameMap(frame, vspace, 0x40_0000_0000, RW), KernelError.InvalidArgument);
  fails("an address that is none", frameMap(frame, vspace, 0x8000_0000_0000, RW), KernelError.InvalidArgument);
  fails("the kernel's memory", frameMap(frame, vspace, 0xffff_ffc0_8020_0000, RW), KernelError.InvalidArgument);
  fails("the last page of all", frameMap(frame, vspace, 0xffff_ffff_ffff_f000, RW), KernelError.InvalidArgument);
  fails("more than the capability's rights", frameMap(copyOf(frame, Right.Read | Right.Grant), vspace, WINDOW, RW), KernelError.MissingRight);
  fails("execution without the right", frameMap(copyOf(frame, RW), vspace, WINDOW, RX), KernelError.MissingRight);
  fails("into no VSpace", frameMap(frame, SELF, WINDOW, RW), KernelError.InvalidCapability);
  fails("an unmapped Frame is not unmapped", frameUnmap(frame), KernelError.InvalidArgument);
  succeeds("the last page of the user", frameMap(frame, vspace, 0x3f_ffff_f000, RW));
  fails("a Frame is mapped once", frameMap(frame, vspace, WINDOW, RW), KernelError.SlotOccupied);
  fails("a place is used once", frameMap(other, vspace, 0x3f_ffff_f000, RW), KernelError.SlotOccupied);
  succeeds("unmap", frameUnmap(frame));
  succeeds("the place is free", frameMap(other, vspace, 0x3f_ffff_f000, RW));
  const poolless = newObject(ObjectType.VSpace, 0);
  fails("a VSpace without a pool has no page tables", frameMap(frame, poolless, WINDOW, RW), KernelError.OutOfMemory);
  const small = newObject(ObjectType.Untyped, 14);
  fails("a pool without children", vspaceSetPool(poolless, arena()), KernelError.InvalidOperation);
  succeeds("a pool of three pages", vspaceSetPool(poolless, small));
  fails("a second one", vspaceSetPool(poolless, newObject(ObjectType.Untyped, 13)), KernelError.InvalidOperation);
  succeeds("maps a page", frameMap(frame, poolless, WINDOW, RW));
  fails("not one of another gigabyte", frameMap(copyOf(frame, Right.All), poolless, 0x9000_0000, RW), KernelError.OutOfMemory);
  succeeds("one beside it", frameMap(copyOf(frame, Right.All), poolless, WINDOW + PAGE_SIZE, RW));
}

/// Writes to the window, then reads back what the other side wrote.
function writer(_: u64): never {
  words(WINDOW)[0] = 0x1111;
  while (unsafe.ptr<Reg<u64>>(WINDOW + 8).read() !== 0x2222) nanoSleep(100_000);
  words(WINDOW)[2] = 0x3333;
  stop();
}

function sharedPage(): void {
  const frame = newObject(ObjectType.Frame, 0), vspace = newTwinSpace();
  const copy = copyOf(frame, Right.All);
  frameMap(frame, BootSlot.VSpace, WINDOW, RW);
  frameMap(copy, vspace, WINDOW, RW);
  const t = newThreadIn(SELF, vspace, 0, writer, 0, HIGH);
  tcbResume(t.tcb);
  equal("one address space sees what the other writes", words(WINDOW)[0], 0x1111);
  words(WINDOW)[1] = 0x2222;
  nanoSleep(2_000_000);
  equal("both ways", words(WINDOW)[2], 0x3333);
}

/// Where a fault handler looks.
function touches(address: u64): never {
  unsafe.ptr<Reg<u64>>(address).read();
  stop();
}
function writes(address: u64): never {
  unsafe.ptr<Reg<u64>>(address).write(1);
  stop();
}
function jumps(address: u64): never {
  asm`jr ${address}`;
  stop();
}

/// The exception of a thread that runs `entry`; 0: none.
function faultOf(entry: (address: u64) => never, address: u64): u64 {
  const faults = newEndpoint();
  const t = newThreadIn(SELF, BootSlot.VSpace, faults, entry, address, HIGH);
  tcbResume(t.tcb);
  // Behind the fault, where there is one.
  tcbResume(newThread(sender, faults, LOW).tcb);
  const m = zeroed<Message>();
  recv(faults, ref(m));
  const cause = labelOf(ref(m)) === KernelLabel.Fault && m.words[2] === address ? m.words[0] : 0;
  deleteAll(t.tcb);
  return cause;
}

function sender(endpoint: u64): never {
  const m = zeroed<Message>();
  send(endpoint, ref(m));
  stop();
}

function frames(): void {
  equal("no page, load", faultOf(touches, WINDOW), LOAD);
  equal("no page, store", faultOf(writes, WINDOW), STORE);
  equal("no page, fetch", faultOf(jumps, WINDOW), FETCH);
  equal("the kernel's memory, load", faultOf(touches, 0xffff_ffc0_8020_0000), LOAD);
  equal("the kernel's memory, store", faultOf(writes, 0xffff_ffc0_8020_0000), STORE);
  equal("the kernel's memory, fetch", faultOf(jumps, 0xffff_ffc0_8020_0000), FETCH);
  endGroup();
  const frame = newObject(ObjectType.Frame, 0);
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read);
  equal("a readable page, load", faultOf(touches, WINDOW), 0);
  equal("a readable page, store", faultOf(writes, WINDOW), STORE);
  equal("a readable page, fetch", faultOf(jumps, WINDOW), FETCH);
  frameUnmap(frame);
  frameMap(frame, BootSlot.VSpace, WINDOW, RW);
  equal("a writable page, store", faultOf(writes, WINDOW), 0);
  equal("a writable page, fetch", faultOf(jumps, WINDOW), FETCH);
  frameUnmap(frame);
  equal("an unmapped page, load", faultOf(touches, WINDOW), LOAD);
  frameMap(frame, BootSlot.VSpace, WINDOW, RX);
  equal("an executable page, store", faultOf(writes, WINDOW), STORE);
  deleteAll(frame);
  equal("a deleted Frame, load", faultOf(touches, WINDOW), LOAD);
}

function devices(): void {
  const frame = newSlot();
  succeeds("the first page of the devices", deviceFrame(BootSlot.DeviceMemory, 0, SELF, frame));
  succeeds("is mapped", frameMap(frame, BootSlot.VSpace, WINDOW, RW));
  succeeds("and unmapped", frameUnmap(frame));
  deleteAll(frame);
  fails("RAM is no device", deviceFrame(BootSlot.DeviceMemory, 0x8000_0000, SELF, newSlot()), KernelError.InvalidArgument);
  fails("nor is what lies between pages", deviceFrame(BootSlot.DeviceMemory, 0x1000_0004, SELF, newSlot()), KernelError.InvalidArgument);
  fails("nor what lies far away", deviceFrame(BootSlot.DeviceMemory, ~u64(4095), SELF, newSlot()), KernelError.InvalidArgument);
  const registers = newSlot();
  deviceFrame(BootSlot.DeviceMemory, 0x1000_0000, SELF, registers);
  fails("a device is not executed", frameMap(registers, BootSlot.VSpace, WINDOW, RX), KernelError.MissingRight);
  const tcb = newObject(ObjectType.Tcb, 0);
  fails("a device is no UTCB", tcbSetSpace(tcb, SELF, BootSlot.VSpace, registers, 0), KernelError.InvalidCapability);
  deleteAll(registers);
}

function spinner(_: u64): never {
  for (;;) shared.laps.fetchAdd(1);
}

/// The memory of page tables goes away under an address space, and is used for something else.
function pools(): void {
  const memory = newObject(ObjectType.Untyped, 18), faults = newEndpoint();
  const space = newTwinSpaceWith(newObjectFrom(memory, ObjectType.Untyped, 16));
  const t = newThreadIn(SELF, space, faults, spinner, 0, LOW);
  shared.laps.store(0);
  tcbResume(t.tcb);
  nanoSleep(5_000_000);
  check("a thread runs in a space with a pool", shared.laps.load() > 0);
  revokeAll(memory);
  frameMap(newObjectFrom(memory, ObjectType.Frame, 0), BootSlot.VSpace, WINDOW, RW);
  for (let i: usize = 0; i < 512; i++) words(WINDOW)[i] = ~u64(0);
  const m = zeroed<Message>();
  recv(faults, ref(m));
  equal("it faults when the pool is gone", m.words[0], FETCH);
  succeeds("the space takes another pool", vspaceSetPool(space, newObject(ObjectType.Untyped, 14)));
  succeeds("and maps again", frameMap(newObject(ObjectType.Frame, 0), space, WINDOW, RW));
}

function destroyedWhileRunning(): void {
  const space = newTwinSpace();
  const t = newThreadIn(SELF, space, 0, spinner, 0, LOW);
  tcbResume(t.tcb);
  nanoSleep(5_000_000);
  revokeAll(space);
  deleteAll(space);
  shared.laps.store(0);
  nanoSleep(5_000_000);
  equal("a thread stops with its VSpace", shared.laps.load(), 0);

  const memory = newObject(ObjectType.Untyped, 18), own = newTwinSpaceWith(newObjectFrom(memory, ObjectType.Untyped, 16));
  const u = newThreadIn(SELF, own, 0, revokes, memory, HIGH);
  tcbResume(u.tcb);
  equal("a thread that revokes its own page tables is gone", shared.laps.load(), 1);
  succeeds("and their memory is free", retype(memory, ObjectType.Untyped, 18));
  shared.laps.store(0);
  const last = newTwinSpace();
  const w = newThreadIn(SELF, last, 0, revokes, last, HIGH);
  tcbResume(w.tcb);
  equal("a thread that revokes its own VSpace is gone", shared.laps.load(), 1);

  // With Restart at each possible place; the memory of the page tables is used again in between.
  let good = true;
  for (let padding: u64 = 95; padding < 103; padding++) {
    endGroup();
    const block = newObject(ObjectType.Untyped, 16), other = newObject(ObjectType.Untyped, 16);
    const victim = newObjectFrom(other, ObjectType.VSpace, 0);
    const pool = newObjectFrom(block, ObjectType.Untyped, 16);
    vspaceSetPool(victim, pool);
    const v = newThreadIn(SELF, victim, 0, spinner, 0, LOW);
    for (let i: u64 = 0; i < padding; i++) retype(other, ObjectType.Endpoint, 0);
    tcbResume(v.tcb);
    nanoSleep(100_000);
    const frame = newSlot();
    let free = false;
    while (cnodeRevoke(SELF, other) === -KernelError.Restart) {
      if (!free && untypedRetype(block, ObjectType.Frame, 0, SELF, frame) >= 0) {
        free = true;
        // Its page tables are gone: it must be, too.
        if (tcbResume(v.tcb) !== -KernelError.InvalidOperation) good = false;
        nanoSleep(100_000);
      }
    }
    if (tcbResume(v.tcb) !== -KernelError.InvalidOperation) good = false;
  }
  check("page tables go in one step with their threads", good);
}

function revokes(slot: u64): never {
  shared.laps.store(1);
  revokeAll(slot);
  shared.laps.store(2);
  for (;;) {}
}

/// A space for each ASID, one after the other and all at once.
function asids(): void {
  const block = newObject(ObjectType.Untyped, 24), memory = newObject(ObjectType.Untyped, 19);
  let good = true;
  for (let i: u64 = 0; i < 1100; i++) {
    const vspace = newSlot(), pool = newSlot(), frame = newSlot();
    if (untypedRetype(memory, ObjectType.VSpace, 0, SELF, vspace) < 0) good = false;
    untypedRetype(memory, ObjectType.Untyped, 14, SELF, pool);
    vspaceSetPool(vspace, pool);
    untypedRetype(memory, ObjectType.Frame, 0, SELF, frame);
    if (frameMap(frame, vspace, WINDOW, RW) < 0) good = false;
    revokeAll(memory);
    dropSlots(3);
  }
  check("1100 VSpaces one after the other", good);
  const cnode = newObject(ObjectType.CNode, 16);
  let made: u64 = 0;
  for (let i: u64 = 1; i < 1024; i++) if (untypedRetype(block, ObjectType.VSpace, 0, cnode, i) >= 0) made += 1;
  equal("1023 VSpaces at once", made, 1023);
  const last = newSlot(), pool = newObject(ObjectType.Untyped, 13);
  cnodeMove(SELF, last, cnode, 1023);
  fails("there is an ASID too few for them and main's", vspaceSetPool(last, pool), KernelError.InvalidOperation);
  fails("so nothing is mapped in the last", frameMap(newObject(ObjectType.Frame, 0), last, WINDOW, RW), KernelError.InvalidCapability);
  const tcb = newObject(ObjectType.Tcb, 0);
  fails("and no thread runs in it", tcbSetSpace(tcb, SELF, last, newObject(ObjectType.Frame, 0), 0), KernelError.InvalidCapability);
  revokeAll(block);
  const t = newThreadIn(SELF, newTwinSpace(), 0, spinner, 0, LOW);
  shared.laps.store(0);
  tcbResume(t.tcb);
  nanoSleep(5_000_000);
  tcbSuspend(t.tcb);
  check("an ASID that comes back maps what it should", shared.laps.load() > 0);
}

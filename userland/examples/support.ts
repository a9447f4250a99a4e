// What every example needs: objects out of one Untyped, threads in this address space, words on the screen. An example
// is an init of its own, so that nothing stands between it and the kernel.
import { type BootInfo, BootSlot } from "../../kernel/abi/boot-info.js";
import { ObjectType, Right } from "../../kernel/abi/objects.js";
import { Line } from "../lib/line.js";
import {
  cnodeMint, deviceFrame, frameMap, schedContextBind, schedContextConfigure, schedContextUnbind, tcbResume, tcbServe, tcbSetSpace, tcbSuspend, tcbWriteRegisters, untypedRetype,
} from "../lib/stubs.js";
import { Uart, transmit } from "../lib/uart.js";

export const SELF = BootSlot.CNode;
export const VSPACE = BootSlot.VSpace;
export const RW: u64 = Right.Read | Right.Write;
const UART_PADDR: u64 = 0x1000_0000, FINISHER_PADDR: u64 = 0x10_0000;
const UART_VADDR: u64 = 0x2000_0000, FINISHER_VADDR: u64 = 0x2000_1000;
const UTCBS: u64 = 0x2010_0000;
const FINISHER_PASS: u32 = 0x5555;
const SLICE_NS: u64 = 1_000_000;

class Stack {
  words: Arr<u64, 1024>;
}

class Support {
  memory: u64;
  nextSlot: u64;
  threads: u64;
  tcbs: Arr<u64, 16>;
  stacks: Arr<Stack, 16>;
}
const support = zeroed<Support>();

/// main's first call.
export function begin(info: Ptr<BootInfo>): void {
  let best: usize = 1;
  for (let i: usize = 1; i < info.untypedCount; i++) if (info.untypedBits[i] > info.untypedBits[best]) best = i;
  support.memory = BootSlot.FirstUntyped + best;
  support.nextSlot = info.firstEmptySlot;
  mapDevice(UART_PADDR, UART_VADDR);
  mapDevice(FINISHER_PADDR, FINISHER_VADDR);
}

function mapDevice(paddr: u64, vaddr: u64): void {
  const slot = newSlot();
  deviceFrame(BootSlot.DeviceMemory, paddr, SELF, slot);
  assert(frameMap(slot, VSPACE, vaddr, RW) >= 0, "a device can be mapped");
}

/// Turns the machine off.
export function end(): never {
  for (;;) unsafe.ptr<Reg<u32>>(FINISHER_VADDR).write(FINISHER_PASS);
}

export function uart(): Ptr<Uart> {
  return unsafe.ptr<Uart>(UART_VADDR);
}

export function say(text: string): void {
  sayBytes(text.bytes());
}

/// The text, a number, and the end of the line.
export function sayNumber(text: string, value: u64): void {
  const line = zeroed<Line>();
  line.text(text);
  line.decimal(value);
  line.text("\n");
  sayBytes(line.content());
}

export function sayBytes(bytes: readonly u8[]): void {
  transmit(uart(), bytes);
}

export function newSlot(): u64 {
  support.nextSlot += 1;
  return support.nextSlot - 1;
}

/// Size 0: the type's own.
export function make(type: ObjectType, sizeBits: u64): u64 {
  const slot = newSlot();
  assert(untypedRetype(support.memory, type, sizeBits, SELF, slot) >= 0, "there is memory");
  return slot;
}

export function badged(slot: u64, rights: u64, badge: u64): u64 {
  const to = newSlot();
  assert(cnodeMint(SELF, to, SELF, slot, rights, badge) >= 0, "a capability can be minted");
  return to;
}

export class Thread {
  tcb: u64;
  context: u64;
  stackTop: u64;
  utcb: u64;
}

/// Stopped, in this address space and CSpace.
export function thread(entry: (argument: u64) => never, argument: u64, priority: u64): Thread {
  return threadIn(VSPACE, entry, argument, priority);
}

/// The same in another address space, which has this program and the thread's stack.
export function threadIn(vspace: u64, entry: (argument: u64) => never, argument: u64, priority: u64): Thread {
  const index = support.threads;
  support.threads += 1;
  const tcb = make(ObjectType.Tcb, 0), context = make(ObjectType.SchedContext, 0), frame = make(ObjectType.Frame, 0);
  const utcb = UTCBS + index * 4096, stackTop = u64.of(ref(support.stacks[index])) + sizeof<Stack>();
  support.tcbs[index] = tcb;
  assert(frameMap(frame, vspace, utcb, RW) >= 0, "a UTCB can be mapped");
  assert(tcbSetSpace(tcb, SELF, vspace, frame, 0) >= 0, "a thread gets its space");
  tcbWriteRegisters(tcb, u64.of(entry), stackTop, argument, utcb);
  schedContextConfigure(context, priority, SLICE_NS, SLICE_NS);
  schedContextBind(context, tcb);
  return { tcb, context, stackTop, utcb };
}

export function run(entry: (argument: u64) => never, argument: u64, priority: u64): Thread {
  const t = thread(entry, argument, priority);
  tcbResume(t.tcb);
  return t;
}

/// A thread that handles portals, on its callers' time.
export function handler(): Thread {
  const t = thread(noEntry, 0, 1);
  schedContextUnbind(t.context);
  assert(tcbServe(t.tcb, t.stackTop, t.utcb) >= 0, "a thread can handle portals");
  return t;
}

function noEntry(_argument: u64): never {
  panic("a handler is entered through its portals");
}

/// Ends the thread that calls.
export function stop(): never {
  tcbSuspend(support.tcbs[(register.tp - UTCBS) / 4096]);
  for (;;) {}
}

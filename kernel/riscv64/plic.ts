// The platform-level interrupt controller (RISC-V PLIC 1.0). One context for each hart's S-mode, threshold 0.
// A line that is used is enabled for one hart, with priority 1 or, masked, 0: the kernel does not rank interrupts,
// priorities of threads do. Masking by the enable bits would not do, for the completion of a line that is not enabled is
// ignored (PLIC 1.0, chapter 9).
import { PHYSMAP_BASE } from "../memory/layout.js";
import { type Hart, hart, hartAt, harts } from "../hart.js";

export const IRQS: u64 = 96;

const BASE: u64 = PHYSMAP_BASE + 0x0c00_0000;
const ENABLES: u64 = 0x2000;
const ENABLES_BYTES: u64 = 0x80;
const CONTEXTS: u64 = 0x20_0000;
const CONTEXT_BYTES: u64 = 0x1000;

class PlicContext {
  threshold: Reg<u32>;
  claim: Reg<u32>;
}

class PlicWords {
  words: Arr<Reg<u32>, 96>;
}

// Contexts alternate between M and S of each hart.
function contextNumber(h: Ptr<Hart>): u64 {
  return 2 * h.hartId + 1;
}

function context(): Ptr<PlicContext> {
  return unsafe.ptr<PlicContext>(BASE + CONTEXTS + CONTEXT_BYTES * contextNumber(hart()));
}

function enables(h: Ptr<Hart>): Ptr<PlicWords> {
  return unsafe.ptr<PlicWords>(BASE + ENABLES + ENABLES_BYTES * contextNumber(h));
}

function priorities(): Ptr<PlicWords> {
  return unsafe.ptr<PlicWords>(BASE);
}

export function maskIrqs(): void {
  for (let irq: u32 = 1; irq < IRQS; irq++) maskIrq(irq);
}

/// This hart's context, which hears of no line yet.
export function initPlic(): void {
  for (let word: usize = 0; word < IRQS / 32; word++) enables(hart()).words[word].write(0);
  context().threshold.write(0);
}

/// The line interrupts this hart from here on, and no other.
export function takeIrq(irq: u32): void {
  const word = irq / 32, bit = u32(1) << (irq % 32);
  for (let i: u64 = 0; i < harts.count; i++) {
    const h = hartAt(i), lines = enables(h), others = lines.words[word].read() & ~bit;
    lines.words[word].write(h === hart() ? others | bit : others);
  }
}

export function maskIrq(irq: u32): void {
  priorities().words[irq].write(0);
}

export function unmaskIrq(irq: u32): void {
  priorities().words[irq].write(1);
}

/// The line that asks, 0 for none. It does not ask again before `completeIrq`.
export function claimIrq(): u32 {
  return context().claim.read();
}

export function completeIrq(irq: u32): void {
  context().claim.write(irq);
}

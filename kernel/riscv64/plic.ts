// The platform-level interrupt controller (RISC-V PLIC 1.0). One context for a hart's S-mode, threshold 0.
// Every line is enabled, with priority 1 or, masked, 0: the kernel does not rank interrupts, priorities of
// threads do. Masking by the enable bits would not do, for the completion of a line that is not enabled is
// ignored (PLIC 1.0, chapter 9).
import { PHYSMAP_BASE } from "../memory/layout.js";
import { hart } from "../hart.js";

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
function contextNumber(): u64 {
  return 2 * hart().hartId + 1;
}

function context(): Ptr<PlicContext> {
  return unsafe.ptr<PlicContext>(BASE + CONTEXTS + CONTEXT_BYTES * contextNumber());
}

function enables(): Ptr<PlicWords> {
  return unsafe.ptr<PlicWords>(BASE + ENABLES + ENABLES_BYTES * contextNumber());
}

function priorities(): Ptr<PlicWords> {
  return unsafe.ptr<PlicWords>(BASE);
}

export function maskIrqs(): void {
  for (let irq: u32 = 1; irq < IRQS; irq++) maskIrq(irq);
}

/// This hart's context.
export function initPlic(): void {
  for (let word: usize = 0; word < IRQS / 32; word++) enables().words[word].write(u32.MAX);
  context().threshold.write(0);
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

// Calls to the firmware (RISC-V SBI 2.0): timer, other harts, console for the kernel's own words, shutdown.
import { type Paddr, type Vaddr, toPaddr } from "../memory/layout.js";

enum Extension {
  LegacyPutchar = 0x01,
  Base = 0x10,
  Time = 0x54494d45,
  Ipi = 0x735049,
  RemoteFence = 0x52464e43,
  HartState = 0x48534d,
  Console = 0x4442434e,
  Reset = 0x53525354,
}
const PROBE: u64 = 3;
const CONSOLE_WRITE: u64 = 0;
const FENCE_ASID: u64 = 2;

/// [error, value]
function sbiCall(extension: u64, operation: u64, a0: u64, a1: u64, a2: u64): [i64, u64] {
  let error: i64 = 0;
  let value: u64 = 0;
  asm`ecall ${{ a0: a0, a1: a1, a2: a2, a6: operation, a7: extension }} ${{ a0: out(error), a1: out(value) }}`;
  return [error, value];
}

/// The next timer interrupt comes at `ticks`; until then none is pending.
export function setTimer(ticks: u64): void {
  sbiCall(Extension.Time, 0, ticks, 0, 0);
}

/// The hart begins at a physical address with its number in a0 and `opaque` in a1. False: there is no such hart, or it
/// runs already, or the firmware cannot start any.
export function startHart(hartId: u64, entry: Paddr, opaque: u64): boolean {
  const [error] = sbiCall(Extension.HartState, 0, hartId, entry, opaque);
  return error === 0;
}

/// The hart gets a software interrupt, which stays until it clears it.
export function sendIpi(hartId: u64): void {
  sbiCall(Extension.Ipi, 0, 1, hartId, 0);
}

/// What `sfence.vma` does, on the harts of a mask: for the pages of a range and an address space.
export function fenceOthers(harts: u64, start: Vaddr, bytes: u64, asid: u64): void {
  let error: i64 = 0;
  let value: u64 = 0;
  const operation: u64 = FENCE_ASID, extension: u64 = Extension.RemoteFence;
  asm`ecall ${{ a0: harts, a1: 0, a2: start, a3: bytes, a4: asid, a6: operation, a7: extension }} ${{ a0: out(error), a1: out(value) }}`;
}

export function writeConsole(text: string): void {
  writeBytes(text.bytes());
}

/// Firmware before SBI 2.0 has no debug console; then every byte is a legacy call.
export function writeBytes(text: readonly u8[]): void {
  const [error, found] = sbiCall(Extension.Base, PROBE, Extension.Console, 0, 0);
  if (error === 0 && found !== 0) {
    sbiCall(Extension.Console, CONSOLE_WRITE, text.length, toPaddr(u64.of(text.ptr)), 0);
    return;
  }
  for (const byte of text) sbiCall(Extension.LegacyPutchar, 0, byte, 0, 0);
}

export enum ResetReason { None = 0, SystemFailure = 1 }

export function shutdown(reason: ResetReason): never {
  sbiCall(Extension.Reset, 0, 0, reason, 0);
  for (;;) wfi();
}

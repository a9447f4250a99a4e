// How a program ends that no kernel watches: with a message where it died, and through the test device.
import { printHex } from "./console.js";
import { panicMessage } from "./panics.js";

/// The target's own.
declare function consoleWrite(text: string): void;
declare function finish(code: u64): never;

/// The test device of QEMU's virt board: 0x5555 ends the machine well, (code << 16) | 0x3333 does not.
const FINISHER: u64 = 0x10_0000;
const BREAKPOINT = 3;
const EXIT_GUEST_DIED = 125;

/// A failed check, or a trap that nothing handles.
export function died(cause: u64, pc: u64, value: u64): never {
  const message = panicMessage(pc);
  if (cause === BREAKPOINT && message.length > 0) {
    consoleWrite("panic: ");
    consoleWrite(message);
  } else {
    consoleWrite("unhandled trap: cause ");
    printHex(cause);
    consoleWrite(", pc ");
    printHex(pc);
    consoleWrite(", value ");
    printHex(value);
  }
  consoleWrite("\n");
  finish(EXIT_GUEST_DIED);
}

export function endMachine(code: u64): void {
  unsafe.ptr<Reg<u32>>(FINISHER).write(code === 0 ? 0x5555 : (u32(code) << 16) | 0x3333);
}

// What a test program prints and how it ends. It has the UART and the test finisher to itself.
import { type BootInfo, BootSlot } from "../../../../kernel/abi/boot-info.js";
import { Right } from "../../../../kernel/abi/objects.js";
import { Line } from "../../../../userland/lib/line.js";
import { deviceFrame, frameMap } from "../../../../userland/lib/stubs.js";
import { Uart, drain, transmit } from "../../../../userland/lib/uart.js";

const UART_PADDR: u64 = 0x1000_0000;
const FINISHER_PADDR: u64 = 0x10_0000;
export const UART_VADDR: u64 = 0x2000_0000;
const FINISHER_VADDR: u64 = 0x2000_1000;
const FINISHER_PASS: u32 = 0x5555, FINISHER_FAIL: u32 = 0x1_3333;

class Report {
  passed: u64;
  failed: u64;
}
const report = zeroed<Report>();

export function uart(): Ptr<Uart> {
  return unsafe.ptr<Uart>(UART_VADDR);
}

/// Uses the two slots from `slot` on.
export function startReport(_info: Ptr<BootInfo>, slot: u64): void {
  deviceFrame(BootSlot.DeviceMemory, UART_PADDR, BootSlot.CNode, slot);
  frameMap(slot, BootSlot.VSpace, UART_VADDR, Right.Read | Right.Write);
  deviceFrame(BootSlot.DeviceMemory, FINISHER_PADDR, BootSlot.CNode, slot + 1);
  frameMap(slot + 1, BootSlot.VSpace, FINISHER_VADDR, Right.Read | Right.Write);
}

function print(line: Ptr<Line>): void {
  transmit(uart(), line.content());
}

export function check(name: string, good: boolean): void {
  const line = zeroed<Line>();
  line.text(good ? "ok " : "FAILED ");
  line.text(name);
  line.text("\n");
  count(good);
  print(ref(line));
}

export function equal(name: string, found: u64, wanted: u64): void {
  if (found === wanted) {
    check(name, true);
    return;
  }
  const line = zeroed<Line>();
  line.text("FAILED ");
  line.text(name);
  line.text(": ");
  line.hexadecimal(found);
  line.text(", not ");
  line.hexadecimal(wanted);
  line.text("\n");
  count(false);
  print(ref(line));
}

/// A syscall's result: a KernelError that it should have.
export function fails(name: string, found: i64, error: u64): void {
  equal(name, u64(-found), error);
}

export function succeeds(name: string, found: i64): void {
  if (found >= 0) check(name, true);
  else equal(name, u64(-found), 0);
}

function count(good: boolean): void {
  if (good) report.passed += 1;
  else report.failed += 1;
}

export function endReport(): never {
  const line = zeroed<Line>();
  line.decimal(report.passed);
  line.text(" passed, ");
  line.decimal(report.failed);
  line.text(" failed\n");
  print(ref(line));
  drain(uart());
  for (;;) unsafe.ptr<Reg<u32>>(FINISHER_VADDR).write(report.failed === 0 ? FINISHER_PASS : FINISHER_FAIL);
}

// Traps in words: for --trace, and for the message when a guest dies.

import type { LineTable, ElfSymbol } from "../machine/loader.js";
import type { MachineOptions } from "../machine/machine.js";
import type { Outcome } from "../machine/outcome.js";

const exceptions: Readonly<Record<number, string>> = {
  0: "instruction address misaligned",
  1: "instruction access fault",
  2: "illegal instruction",
  3: "breakpoint",
  4: "load address misaligned",
  5: "load access fault",
  6: "store address misaligned",
  7: "store access fault",
  8: "environment call from U-mode",
  9: "environment call from S-mode",
  11: "environment call from M-mode",
  12: "instruction page fault",
  13: "load page fault",
  15: "store page fault",
};
const interrupts: Readonly<Record<number, string>> = {
  1: "supervisor software interrupt",
  3: "machine software interrupt",
  5: "supervisor timer interrupt",
  7: "machine timer interrupt",
  9: "supervisor external interrupt",
  11: "machine external interrupt",
};
const modes: Readonly<Record<number, string>> = { 0: "U", 1: "S", 3: "M" };

/// mcause or scause in words.
export function causeName(cause: bigint): string {
  const number = Number(BigInt.asUintN(63, cause));
  const isInterrupt = cause >> 63n !== 0n;
  return (isInterrupt ? interrupts : exceptions)[number] ?? `${isInterrupt ? "interrupt" : "exception"} ${number}`;
}

/// "0x80000010 (main+0x10)"
export function placeOf(address: bigint, symbols: readonly ElfSymbol[]): string {
  const hex = `0x${BigInt.asUintN(64, address).toString(16)}`;
  const symbol = symbols.findLast((symbol) => symbol.kind !== "object" && symbol.address <= address);
  if (!symbol || (symbol.size > 0n && address >= symbol.address + symbol.size)) return hex;
  const offset = address - symbol.address;
  return `${hex} (${symbol.name}${offset === 0n ? "" : `+0x${offset.toString(16)}`})`;
}

export function describeDeath(
  death: Extract<Outcome, { kind: "died" }>,
  symbols: readonly ElfSymbol[],
  lines: LineTable | undefined,
): string {
  const { hart, pc, cause, detail } = death;
  const value = detail === 0n ? "" : `, value 0x${BigInt.asUintN(64, detail).toString(16)}`;
  const source = lines?.at(pc);
  return (
    `the guest died: hart ${hart}, ${causeName(cause)} at ${placeOf(pc, symbols)}${value}\n` +
    (source ? `  at ${source.file}:${source.line}\n` : "") +
    "  help: nothing handles this trap; set mtvec or stvec, or see what led here: --trace"
  );
}

/// What a machine needs to tell of each trap and each ignored write.
export function traceTo(write: (line: string) => void, symbols: readonly ElfSymbol[]): Pick<MachineOptions, "observer" | "romStore"> {
  return {
    observer: {
      trapped: ({ id }, { interrupt, cause, pc, value, from, to }) => {
        const name = causeName((interrupt ? 1n << 63n : 0n) | BigInt(cause));
        const detail = value === 0n ? "" : `, value 0x${value.toString(16)}`;
        write(`trap: hart ${id} ${modes[from]} to ${modes[to]}: ${name} at ${placeOf(pc, symbols)}${detail}`);
      },
    },
    romStore: ({ id, pc }, paddr) =>
      write(`ignored: hart ${id} wrote to the boot ROM, 0x${paddr.toString(16)}, at ${placeOf(pc, symbols)}`),
  };
}

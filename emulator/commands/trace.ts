// Traps in words: for --trace, and for the message when a guest dies.

import type { HartObserver } from "../cpu/trap.js";
import { decode, fieldsOf } from "../isa/decode.js";
import { format } from "../isa/text.js";
import type { TraceKind } from "./trace-kinds.js";
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

/// What a machine needs to tell of what happens, a line each: the kind, the hart, and no times, so that two traces can be
/// compared. `readCode` gives the bytes at a hart's pc.
export function traceTo(
  write: (line: string) => void, kinds: ReadonlySet<TraceKind>, symbols: readonly ElfSymbol[], readCode: (hart: number, pc: bigint) => Uint8Array | undefined,
): Pick<MachineOptions, "observer" | "romStore"> {
  const hex = (value: bigint | number) => `0x${value.toString(16)}`;
  const observer: HartObserver = {
    ...(kinds.has("instructions") && {
      executing: ({ id, pc, privilege }) => write(`inst: hart ${id} ${modes[privilege]} ${placeOf(pc, symbols)}: ${instructionAt(pc, readCode(id, pc))}`),
    }),
    ...(kinds.has("csrs") && {
      csrAccessed: ({ id, pc }, name, old, written) => write(`csr: hart ${id} ${name} ${hex(old)}${written === undefined ? "" : ` -> ${hex(written)}`} before ${placeOf(pc, symbols)}`),
    }),
    ...(kinds.has("devices") && {
      deviceAccessed: ({ id, pc }, device, access, byteOffset, bytes, value) =>
        write(`device: hart ${id} ${access} ${device}+${hex(byteOffset)} ${bytes * 8} bits ${hex(value)} at ${placeOf(pc, symbols)}`),
    }),
    ...(kinds.has("traps") && trapObserver(write, symbols)),
  };
  return {
    observer,
    ...(kinds.has("devices") && { romStore: ({ id, pc }, paddr) => write(`ignored: hart ${id} wrote to the boot ROM, ${hex(paddr)}, at ${placeOf(pc, symbols)}`) }),
  };
}

function instructionAt(pc: bigint, bytes: Uint8Array | undefined): string {
  if (!bytes) return "not mapped";
  const word = bytes.reduceRight((word, byte) => (word << 8) | byte, 0);
  const decoded = decode(word);
  return decoded ? format(decoded.form, fieldsOf(decoded.form, word), Number(BigInt.asIntN(64, pc))) : `illegal ${(word >>> 0).toString(16)}`;
}

function trapObserver(write: (line: string) => void, symbols: readonly ElfSymbol[]): HartObserver {
  return {
      trapped: ({ id }, { interrupt, cause, pc, value, from, to }) => {
        const name = causeName((interrupt ? 1n << 63n : 0n) | BigInt(cause));
        const detail = value === 0n ? "" : `, value 0x${value.toString(16)}`;
        write(`trap: hart ${id} ${modes[from]} to ${modes[to]}: ${name} at ${placeOf(pc, symbols)}${detail}`);
      },
  };
}

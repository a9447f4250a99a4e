// Text: sizes and encoding of a whole program's code. Everything starts in its
// shortest form, and what does not reach grows until nothing changes. An
// instruction has up to three sizes: compressed, whole, and a pair (a branch
// over a jump, a call through a register).
//
// Where data lies changes no size: addresses are auipc pairs, always whole.

import { encode } from "../../emulator/isa/encode.js";
import type { Operands } from "../../emulator/isa/row.js";
import { rowByMnemonic } from "../../emulator/isa/table.js";
import type { Location } from "../ir/types.js";
import { Refusal } from "../refusal.js";
import { encodeCompressed } from "./compress.js";
import type { Piece } from "./expand.js";
import type { DebugScope, DebugSource } from "../object/debug.js";
import { type FrameLayout, ra } from "./machine.js";

const NOP = 0x0001;
const BRANCH_REACH = 4096,
  JUMP_REACH = 1 << 20;
const opposite: Record<string, string> = { beq: "bne", bne: "beq", blt: "bge", bge: "blt", bltu: "bgeu", bgeu: "bltu" };

/// A function, ready for layout.
export interface FunctionCode {
  readonly name: string;
  /// In the ELF.
  readonly symbol: string;
  readonly section: string;
  readonly align: number;
  readonly pieces: readonly Piece[];
  readonly location: Location | undefined;
  /// For the debugger.
  readonly source?: DebugSource | undefined;
  readonly scope?: DebugScope | undefined;
  readonly frame?: FrameLayout | undefined;
}

/// A function's place; offsets count from the start of the text.
export interface Placed {
  readonly code: FunctionCode;
  readonly start: number;
  readonly end: number;
  /// Where each piece begins.
  readonly offsets: readonly number[];
}

export interface Text {
  readonly size: number;
  readonly functions: readonly Placed[];
  /// The offset of a function or label.
  offsetOf(name: string): number | undefined;
  /// The bytes, when the rest of the program has its place. With `unresolved`, what has none is left to a linker.
  write(offsetOf: (name: string) => number | undefined, unresolved?: (reference: TextReference) => void): Uint8Array;
}

/// An instruction whose operand a linker fills in.
export interface TextReference {
  readonly offset: number;
  readonly kind: "call" | "jump" | "high" | "lowLoad" | "lowStore";
  readonly name: string;
  readonly addend: number;
  /// Of a low part: where its auipc lies.
  readonly high: number;
}

const sectionOrder = [".text.start", ".text.trap", ".text", ".text.cold"];

interface Word {
  readonly word: number;
  readonly bytes: 2 | 4;
}

/// `isOpen`: jumps and calls may leave for places that only a linker knows.
export function layOutText(functions: readonly FunctionCode[], isOpen = false): Text {
  const ordered = [...functions].sort((a, b) => rank(a) - rank(b));
  const fixed = new Map<Piece, Word>();
  const sizes = new Map<Piece, number>();
  for (const { pieces } of ordered) {
    for (const piece of pieces) {
      if (piece.mnemonic === "") continue;
      if (!piece.to) fixed.set(piece, encodeFixed(piece));
      sizes.set(piece, fixed.get(piece)?.bytes ?? (piece.to!.part === "offset" ? 2 : 4));
    }
  }
  for (;;) {
    const { placed, labels, size } = place(ordered, sizes);
    const grown = grow(placed, labels, sizes, isOpen);
    if (grown) continue;
    const write: Text["write"] = (offsetOf, unresolved) =>
      writeText(placed, sizes, fixed, size, (name) => labels.get(name) ?? offsetOf(name), unresolved);
    return { size, functions: placed, offsetOf: (name) => labels.get(name), write };
  }
}

/// Sections that are not named above lie with .text.
function rank(code: FunctionCode): number {
  const known = sectionOrder.indexOf(code.section);
  return known < 0 ? sectionOrder.indexOf(".text") : known;
}

function place(
  functions: readonly FunctionCode[],
  sizes: ReadonlyMap<Piece, number>,
): { placed: Placed[]; labels: Map<string, number>; size: number } {
  const labels = new Map<string, number>();
  let at = 0;
  const placed = functions.map((code): Placed => {
    at = Math.ceil(at / code.align) * code.align;
    const start = at;
    const offsets = code.pieces.map((piece) => {
      const offset = at;
      if (piece.labels) for (const label of piece.labels) labels.set(label, offset);
      at += sizes.get(piece) ?? 0;
      return offset;
    });
    labels.set(code.name, start);
    labels.set(code.symbol, start);
    return { code, start, end: at, offsets };
  });
  return { placed, labels, size: at };
}

/// Gives room to what does not reach; false where everything does.
function grow(placed: readonly Placed[], labels: ReadonlyMap<string, number>, sizes: Map<Piece, number>, isOpen: boolean): boolean {
  let grown = false;
  for (const { code, offsets } of placed) {
    code.pieces.forEach((piece, index) => {
      if (piece.to?.part !== "offset" || sizes.get(piece) === 8) return;
      const target = labels.get(piece.to.name);
      if (target === undefined && !isOpen) throw new Refusal("TM4004", piece.to.name, piece.location);
      const needed = target === undefined ? 8 : sizeOf(piece, target + piece.to.addend - offsets[index]!);
      if (needed <= sizes.get(piece)!) return;
      sizes.set(piece, needed);
      grown = true;
    });
  }
  return grown;
}

function sizeOf({ mnemonic, operands }: Piece, distance: number): number {
  const isLocal = mnemonic in opposite;
  if (Math.abs(distance) >= (isLocal ? BRANCH_REACH : JUMP_REACH) - 8) return 8;
  return encodeCompressed(rowByMnemonic.get(mnemonic)!, { ...operands, offset: distance }) === undefined ? 4 : 2;
}

function encodeFixed({ mnemonic, operands, location }: Piece): Word {
  const row = rowByMnemonic.get(mnemonic)!;
  const short = encodeCompressed(row, operands);
  if (short !== undefined) return { word: short, bytes: 2 };
  try {
    return { word: encode(row, operands), bytes: row.pattern.length as 2 | 4 };
  } catch (error) {
    // What selection makes always fits, so this is a line of the user's.
    if (error instanceof RangeError) throw new Refusal("TM4001", error.message, location);
    throw error;
  }
}

function writeText(
  placed: readonly Placed[],
  sizes: ReadonlyMap<Piece, number>,
  fixed: ReadonlyMap<Piece, Word>,
  size: number,
  offsetOf: (name: string) => number | undefined,
  unresolved?: (reference: TextReference) => void,
): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = ({ word, bytes }: Word) => {
    if (bytes === 2) view.setUint16(at, word, true);
    else view.setUint32(at, word, true);
    at += bytes;
  };
  for (const { code, start, offsets } of placed) {
    while (at < start) put({ word: NOP, bytes: 2 });
    let high = 0;
    code.pieces.forEach((piece, index) => {
      if (piece.mnemonic === "") return;
      const known = fixed.get(piece);
      if (known) return put(known);
      // An address's low part counts from its auipc, the piece before it.
      if (piece.to!.part === "high") high = offsets[index]!;
      const target = offsetOf(piece.to!.name);
      if (target === undefined && unresolved) {
        unresolved(referenceOf(piece, offsets[index]!, high));
        return encodeTo(piece, 0, sizes.get(piece)!).forEach(put);
      }
      if (target === undefined) throw new Refusal("TM4004", piece.to!.name, piece.location);
      const from = piece.to!.part === "low" ? high : offsets[index]!;
      encodeTo(piece, target + piece.to!.addend - from, sizes.get(piece)!).forEach(put);
    });
  }
  return bytes;
}

function referenceOf({ mnemonic, to }: Piece, at: number, high: number): TextReference {
  const { part, name, addend } = to!;
  const of = (kind: TextReference["kind"], offset = at): TextReference => ({ offset, kind, name, addend, high });
  if (part === "high") return of("high");
  if (part === "low") return of(/^f?s[bhwd]$/.test(mnemonic) ? "lowStore" : "lowLoad");
  // A branch goes over a jump.
  return mnemonic in opposite ? of("jump", at + 4) : of("call");
}

/// The instruction in as many bytes as it was granted.
function encodeTo({ mnemonic, operands, to }: Piece, distance: number, bytes: number): Word[] {
  const row = (name: string) => rowByMnemonic.get(name)!;
  const whole = (name: string, more: Operands): Word => ({ word: encode(row(name), { ...operands, ...more }), bytes: 4 });
  const low = (distance << 20) >> 20;
  if (to!.part === "high") return [whole(mnemonic, { upper: (distance - low) | 0 })];
  if (to!.part === "low") return [whole(mnemonic, { imm: low })];
  if (bytes === 2) return [{ word: encodeCompressed(row(mnemonic), { ...operands, offset: distance })!, bytes: 2 }];
  if (bytes === 4) return [whole(mnemonic, { offset: distance })];
  const over = opposite[mnemonic];
  if (over) return [whole(over, { offset: 8 }), { word: encode(row("jal"), { rd: 0, offset: distance - 4 }), bytes: 4 }];
  // A call through its own link register; a jump has no register to spare, but t1 is dead where one leaves a function.
  const link = operands.rd === ra ? ra : 6;
  return [
    { word: encode(row("auipc"), { rd: link, upper: (distance - low) | 0 }), bytes: 4 },
    { word: encode(row("jalr"), { rd: operands.rd!, rs1: link, imm: low }), bytes: 4 },
  ];
}

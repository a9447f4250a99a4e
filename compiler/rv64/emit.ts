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
  readonly offsets: Int32Array;
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

/// What of a function's text is the same wherever it lies: kept with code that an earlier run made.
interface Shape {
  /// By piece; undefined where the rest of the program has a say.
  readonly fixed: readonly (Word | undefined)[];
  /// Bytes of each piece, when everything is near.
  readonly least: Uint8Array;
  readonly labels: ReadonlyMap<string, number>;
  /// Pieces whose size depends on a distance, and to which piece where that is the function's own.
  readonly jumps: readonly { readonly index: number; readonly to: number | undefined }[];
}
const shapes = new WeakMap<FunctionCode, Shape>();

function shapeOf(code: FunctionCode): Shape {
  const known = shapes.get(code);
  if (known) return known;
  const { pieces } = code;
  const fixed: (Word | undefined)[] = [];
  const least = new Uint8Array(pieces.length);
  const labels = new Map<string, number>();
  pieces.forEach((piece, index) => {
    const { mnemonic, to } = piece;
    const word = mnemonic === "" || to ? undefined : encodeFixed(piece);
    fixed.push(word);
    least[index] = mnemonic === "" ? 0 : (word?.bytes ?? (to!.part === "offset" ? 2 : 4));
    if (piece.labels) for (const label of piece.labels) labels.set(label, index);
  });
  const jumps: { index: number; to: number | undefined }[] = [];
  pieces.forEach(({ mnemonic, to }, index) => {
    if (mnemonic !== "" && to?.part === "offset") jumps.push({ index, to: labels.get(to.name) });
  });
  const made = { fixed, least, labels, jumps };
  shapes.set(code, made);
  return made;
}

/// A function on its way to its place.
interface Placing {
  readonly code: FunctionCode;
  readonly shape: Shape;
  readonly sizes: Uint8Array;
  readonly offsets: Int32Array;
  start: number;
  end: number;
}

/// `isOpen`: jumps and calls may leave for places that only a linker knows.
export function layOutText(functions: readonly FunctionCode[], isOpen = false): Text {
  const ordered = [...functions].sort((a, b) => rank(a) - rank(b));
  const all = ordered.map((code): Placing => {
    const shape = shapeOf(code);
    return { code, shape, sizes: shape.least.slice(), offsets: new Int32Array(code.pieces.length), start: 0, end: 0 };
  });
  let size = place(all);
  const labels = labelsOf(all);
  const targetOf = (name: string) => {
    const found = labels.get(name);
    return found && (found.piece === undefined ? found.of.start : found.of.offsets[found.piece]!);
  };
  while (grow(all, targetOf, isOpen)) size = place(all);
  const write: Text["write"] = (offsetOf, unresolved) => writeText(all, size, (name) => targetOf(name) ?? offsetOf(name), unresolved);
  return { size, functions: all, offsetOf: targetOf, write };
}

/// A function's own name is that of its start, whatever label has it too.
function labelsOf(all: readonly Placing[]): Map<string, { of: Placing; piece: number | undefined }> {
  const labels = new Map<string, { of: Placing; piece: number | undefined }>();
  for (const of of all) {
    for (const [name, piece] of of.shape.labels) labels.set(name, { of, piece });
    for (const name of [of.code.name, of.code.symbol]) labels.set(name, { of, piece: undefined });
  }
  return labels;
}

/// Sections that are not named above lie with .text.
function rank(code: FunctionCode): number {
  const known = sectionOrder.indexOf(code.section);
  return known < 0 ? sectionOrder.indexOf(".text") : known;
}

/// Puts one after the other; how many bytes all have.
function place(all: readonly Placing[]): number {
  let at = 0;
  for (const placing of all) {
    const { code, sizes, offsets } = placing;
    at = Math.ceil(at / code.align) * code.align;
    placing.start = at;
    for (let index = 0; index < sizes.length; index++) {
      offsets[index] = at;
      at += sizes[index]!;
    }
    placing.end = at;
  }
  return at;
}

/// Gives room to what does not reach; false where everything does.
function grow(all: readonly Placing[], targetOf: (name: string) => number | undefined, isOpen: boolean): boolean {
  let grown = false;
  for (const { code, shape, sizes, offsets } of all) {
    for (const { index, to } of shape.jumps) {
      const size = sizes[index]!;
      if (size === 8) continue;
      const piece = code.pieces[index]!;
      const target = to === undefined ? targetOf(piece.to!.name) : offsets[to]!;
      if (target === undefined && !isOpen) throw new Refusal("TM4004", piece.to!.name, piece.location);
      const needed = target === undefined ? 8 : sizeOf(piece, target + piece.to!.addend - offsets[index]!, size);
      if (needed <= size) continue;
      sizes[index] = needed;
      grown = true;
    }
  }
  return grown;
}

/// At least `size`.
function sizeOf({ mnemonic, operands }: Piece, distance: number, size: number): number {
  const isLocal = mnemonic in opposite;
  if (Math.abs(distance) >= (isLocal ? BRANCH_REACH : JUMP_REACH) - 8) return 8;
  if (size === 4) return 4;
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
  all: readonly Placing[],
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
  for (const { code, shape, sizes, start, offsets } of all) {
    while (at < start) put({ word: NOP, bytes: 2 });
    let high = 0;
    code.pieces.forEach((piece, index) => {
      if (piece.mnemonic === "") return;
      const known = shape.fixed[index];
      if (known) return put(known);
      // An address's low part counts from its auipc, the piece before it.
      if (piece.to!.part === "high") high = offsets[index]!;
      const target = offsetOf(piece.to!.name);
      if (target === undefined && unresolved) {
        unresolved(referenceOf(piece, offsets[index]!, high));
        return encodeTo(piece, 0, sizes[index]!).forEach(put);
      }
      if (target === undefined) throw new Refusal("TM4004", piece.to!.name, piece.location);
      const from = piece.to!.part === "low" ? high : offsets[index]!;
      encodeTo(piece, target + piece.to!.addend - from, sizes[index]!).forEach(put);
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

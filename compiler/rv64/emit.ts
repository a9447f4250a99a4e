// Layout and encoding of a whole program: everything starts in its shortest
// form, and what does not reach grows until nothing changes. An instruction
// has up to three sizes: compressed, whole, and a branch over a jump.

import { encode } from "../../emulator/isa/encode.js";
import type { Operands } from "../../emulator/isa/row.js";
import { rowByMnemonic } from "../../emulator/isa/table.js";
import type { Data } from "../ir/types.js";
import { encodeCompressed } from "./compress.js";
import { expand, type Piece } from "./expand.js";
import type { MachineFunc } from "./machine.js";

const PAGE = 4096;
const opposite: Record<string, string> = { beq: "bne", bne: "beq", blt: "bge", bge: "blt", bltu: "bgeu", bgeu: "bltu" };

export interface Labelled {
  readonly label: string;
  readonly pieces: Piece[];
}
export interface Image {
  readonly text: Uint8Array;
  /// Where data starts; zeros are a part of it.
  readonly dataAddress: number;
  readonly data: Uint8Array;
  readonly symbols: ReadonlyMap<string, number>;
}

export const labelled = (fn: MachineFunc): Labelled[] =>
  fn.blocks.map((block, index) => ({ label: index === 0 ? fn.name : block.label, pieces: block.code.flatMap(expand) }));

export function layOut(blocks: readonly Labelled[], data: readonly Data[], base: number): Image {
  const sizes = new Map<Piece, number>(blocks.flatMap(({ pieces }) => pieces.map((piece) => [piece, 2] as const)));
  for (;;) {
    const symbols = new Map<string, number>();
    let address = base;
    for (const { label, pieces } of blocks) {
      symbols.set(label, address);
      for (const piece of pieces) address += sizes.get(piece)!;
    }
    const dataAddress = Math.ceil(address / PAGE) * PAGE;
    let dataEnd = dataAddress;
    for (const { name, size, align } of data) {
      dataEnd = Math.ceil(dataEnd / align) * align;
      symbols.set(name, dataEnd);
      dataEnd += size;
    }
    const image: Image = {
      text: new Uint8Array(address - base),
      dataAddress,
      data: new Uint8Array(dataEnd - dataAddress),
      symbols,
    };
    if (write(blocks, sizes, base, image)) {
      for (const { name, bytes } of data) if (bytes) image.data.set(bytes, symbols.get(name)! - dataAddress);
      return image;
    }
  }
}

/// Writes the text; false where a piece had to grow.
function write(
  blocks: readonly Labelled[],
  sizes: Map<Piece, number>,
  base: number,
  { text, symbols }: Image,
): boolean {
  const view = new DataView(text.buffer);
  let address = base;
  let fits = true;
  for (const { pieces } of blocks) {
    let high = 0;
    for (const piece of pieces) {
      // An address's low part counts from its auipc, the piece before it.
      if (piece.to?.part === "high") high = address;
      const words = encodePiece(piece, piece.to?.part === "low" ? high : address, symbols);
      const size = words.reduce((sum, { bytes }) => sum + bytes, 0);
      const granted = sizes.get(piece)!;
      if (size > granted) {
        sizes.set(piece, size);
        fits = false;
      } else if (fits) {
        let at = address - base;
        for (const { word, bytes } of size < granted ? wide(piece, address, symbols) : words) {
          if (bytes === 2) view.setUint16(at, word, true);
          else view.setUint32(at, word, true);
          at += bytes;
        }
      }
      address += granted;
    }
  }
  return fits;
}

type Words = { word: number; bytes: 2 | 4 }[];

function encodePiece(piece: Piece, address: number, symbols: ReadonlyMap<string, number>): Words {
  const row = rowByMnemonic.get(piece.mnemonic)!;
  const operands = resolve(piece, address, symbols);
  const short = piece.to && piece.to.part !== "offset" ? undefined : encodeCompressed(row, operands);
  return short === undefined ? wide(piece, address, symbols) : [{ word: short, bytes: 2 }];
}

/// Without compression: used also where a compressed form appeared after others had grown.
function wide(piece: Piece, address: number, symbols: ReadonlyMap<string, number>): Words {
  const operands = resolve(piece, address, symbols);
  const over = opposite[piece.mnemonic];
  if (over && Math.abs(operands.offset!) >= PAGE) {
    const skip = encode(rowByMnemonic.get(over)!, { ...operands, offset: 8 });
    return [
      { word: skip, bytes: 4 },
      { word: encode(rowByMnemonic.get("jal")!, { rd: 0, offset: operands.offset! - 4 }), bytes: 4 },
    ];
  }
  return [{ word: encode(rowByMnemonic.get(piece.mnemonic)!, operands), bytes: 4 }];
}

function resolve({ operands, to }: Piece, address: number, symbols: ReadonlyMap<string, number>): Operands {
  if (!to) return operands;
  const target = symbols.get(to.name);
  if (target === undefined) throw new Error(`no symbol ${to.name}`);
  const distance = target + to.addend - address;
  const low = (distance << 20) >> 20;
  if (to.part === "offset") return { ...operands, offset: distance };
  return to.part === "high" ? { ...operands, upper: distance - low } : { ...operands, imm: low };
}

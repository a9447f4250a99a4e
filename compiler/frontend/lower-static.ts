// Static data: constant expressions as bytes, and relocations where they hold addresses.

import type { Data } from "../ir/types.js";
import { bytesSymbol } from "./lower-expression.js";
import type { ModuleLowering } from "./lowering.js";
import type { Expr, Global, Part } from "./tree.js";
import { alignOf, integerOf, sizeOf, wrapTo } from "./types.js";

interface Writing {
  readonly module: ModuleLowering;
  readonly bytes: DataView;
  readonly relocations: { offset: number; symbol: string; addend: number }[];
}

export function lowerGlobal(module: ModuleLowering, { name, type, readonly, initial, bytes: made, relocations }: Global): Data {
  const size = sizeOf(type);
  // What is copied in words lies on words.
  const align = Math.max(alignOf(type), [8, 4, 2].find((bytes) => bytes <= size) ?? 1);
  if (made) return { name, size, align, bytes: made, readonly, relocations };
  const bytes = new Uint8Array(size);
  const writing: Writing = { module, bytes: new DataView(bytes.buffer), relocations: [] };
  if (initial) write(writing, initial, 0);
  const isZero = writing.relocations.length === 0 && bytes.every((byte) => byte === 0);
  return {
    name,
    size,
    align,
    bytes: isZero && !readonly ? undefined : bytes,
    readonly,
    relocations: writing.relocations,
  };
}

function write(writing: Writing, expr: Expr, offset: number): void {
  switch (expr.kind) {
    case "const": {
      const integer = integerOf(expr.type);
      const value = integer ? wrapTo(expr.value, integer) : expr.value;
      for (let byte = 0; byte < sizeOf(expr.type); byte++)
        writing.bytes.setUint8(offset + byte, Number((value >> BigInt(8 * byte)) & 0xffn));
      break;
    }
    case "symbol":
      writing.relocations.push({ offset, symbol: expr.symbol, addend: expr.addend });
      break;
    case "bytes":
      writing.relocations.push({ offset, symbol: bytesSymbol(writing, expr.bytes), addend: 0 });
      writing.bytes.setBigUint64(offset + 8, BigInt(expr.bytes.length), true);
      break;
    case "slice":
      write(writing, expr.pointer, offset);
      write(writing, expr.length, offset + 8);
      break;
    case "aggregate":
      for (const part of expr.parts) {
        if (part.bits) writeBits(writing, part, offset);
        else write(writing, part.value, offset + part.offset);
      }
      break;
    default:
      throw new Error(`${expr.kind} in static data`);
  }
}

/// A part of an integer: only its own bits.
function writeBits(writing: Writing, { value, offset, bits }: Part, base: number): void {
  if (value.kind !== "const" || !bits) throw new Error(`${value.kind} in static data`);
  const held = BigInt.asUintN(bits.width, value.value) << BigInt(bits.shift);
  for (let byte = 0; byte < sizeOf(value.type); byte++) {
    const at = base + offset + byte;
    writing.bytes.setUint8(at, writing.bytes.getUint8(at) | Number((held >> BigInt(8 * byte)) & 0xffn));
  }
}

// What an expression at the top level is when the program begins: elements and fields of static data are what was
// written there, for nothing at the top level changes them.

import { zero } from "./coerce.js";
import { binary, compare, constant, convert, isStaticValue, not, word } from "./fold.js";
import type { Expr, Global, Part, Place } from "./tree.js";
import { isAggregate, sizeOf, u8, type Type } from "./types.js";

/// The program, which finds static data by its symbol.
interface Statics {
  staticNamed(symbol: string): Global | undefined;
}

/// Undefined where the compiler does not know it. 
export function beginningOf(expr: Expr, statics: Statics): Expr | undefined {
  const again = (inner: Expr) => beginningOf(inner, statics);
  if (isStaticValue(expr)) return expr;
  switch (expr.kind) {
    case "aggregate": {
      const parts = expr.parts.map((part) => ({ ...part, value: again(part.value) }));
      return parts.every((part): part is Part => part.value !== undefined) ? { ...expr, parts } : undefined;
    }
    case "narrow":
      return expr.trap === undefined ? again(expr.operand) : undefined;
    case "compare": {
      const [left, right] = [again(expr.left), again(expr.right)];
      return left && right && known(compare(expr.op, left, right));
    }
    case "not": {
      const operand = again(expr.operand);
      return operand && known(not(operand));
    }
    case "conditional": {
      const condition = again(expr.condition);
      return condition?.kind === "const" ? again(condition.value !== 0n ? expr.yes : expr.otherwise) : undefined;
    }
    case "read":
      return contentOf(expr.place, statics);
    case "convert": {
      const operand = again(expr.operand);
      return operand && known(convert(operand, expr.type));
    }
    case "binary": {
      const [left, right] = [again(expr.left), again(expr.right)];
      return left && right && known(binary(expr.type, expr.op, left, right));
    }
    case "length": {
      const slice = again(expr.of);
      return slice?.kind === "slice" ? again(slice.length) : slice?.kind === "bytes" ? word(slice.bytes.length) : undefined;
    }
    default:
      return undefined;
  }
}
const known = (expr: Expr): Expr | undefined => (isStaticValue(expr) ? expr : undefined);

function contentOf(place: Place, statics: Statics): Expr | undefined {
  switch (place.kind) {
    case "global":
      return place.global.comptime === undefined ? place.global.initial : undefined;
    case "field": {
      const base = place.bits ? undefined : contentOf(place.base, statics);
      return base && partAt(base, place.offset, place.type);
    }
    case "index": {
      const index = beginningOf(place.index, statics);
      if (index?.kind !== "const") return undefined;
      const { base } = place;
      if (base.kind === "arr") return base.place.type.kind === "arr" ? element(contentOf(base.place, statics), base.place.type.length, index.value, place.type) : undefined;
      const slice = beginningOf(base.value, statics);
      if (slice?.kind === "bytes") return index.value < slice.bytes.length ? constant(u8, BigInt(slice.bytes[Number(index.value)]!)) : undefined;
      if (slice?.kind !== "slice" || slice.length.kind !== "const" || slice.pointer.kind !== "symbol" || slice.pointer.addend !== 0) return undefined;
      return element(statics.staticNamed(slice.pointer.symbol)?.initial, slice.length.value, index.value, place.type);
    }
    default:
      return undefined;
  }
}

function element(list: Expr | undefined, length: bigint, index: bigint, type: Type): Expr | undefined {
  return list && index >= 0n && index < length ? partAt(list, Number(index) * sizeOf(type), type) : undefined;
}

/// What an aggregate holds there; zeros where nothing was written.
function partAt(whole: Expr, offset: number, type: Type): Expr | undefined {
  if (whole.kind !== "aggregate") return undefined;
  const part = whole.parts.find(({ offset: from, value }) => from <= offset && offset < from + sizeOf(value.type));
  if (!part) return zero(type);
  if (part.bits) return undefined;
  return isAggregate(part.value.type) && sizeOf(part.value.type) > sizeOf(type) ? partAt(part.value, offset - part.offset, type) : part.value;
}

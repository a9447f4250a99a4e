// What an expression at the top level is when the program begins: elements and fields of static data are what was
// written there, for nothing at the top level changes them.

import { zero } from "./coerce.js";
import { binary, constant, convert, isStaticValue, word } from "./fold.js";
import type { Expr, Global, Place } from "./tree.js";
import { isAggregate, sizeOf, u8, type Type } from "./types.js";

/// Undefined where the compiler does not know it. `named` finds static data.
export function beginningOf(expr: Expr, named: (symbol: string) => Global | undefined): Expr | undefined {
  const again = (inner: Expr) => beginningOf(inner, named);
  if (isStaticValue(expr)) return expr;
  switch (expr.kind) {
    case "read":
      return contentOf(expr.place, named);
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

function contentOf(place: Place, named: (symbol: string) => Global | undefined): Expr | undefined {
  switch (place.kind) {
    case "global":
      return place.global.comptime === undefined ? place.global.initial : undefined;
    case "field": {
      const base = place.bits ? undefined : contentOf(place.base, named);
      return base && partAt(base, place.offset, place.type);
    }
    case "index": {
      const index = beginningOf(place.index, named);
      if (index?.kind !== "const") return undefined;
      const { base } = place;
      if (base.kind === "arr") return base.place.type.kind === "arr" ? element(contentOf(base.place, named), base.place.type.length, index.value, place.type) : undefined;
      const slice = beginningOf(base.value, named);
      if (slice?.kind === "bytes") return index.value < slice.bytes.length ? constant(u8, BigInt(slice.bytes[Number(index.value)]!)) : undefined;
      if (slice?.kind !== "slice" || slice.length.kind !== "const" || slice.pointer.kind !== "symbol" || slice.pointer.addend !== 0) return undefined;
      return element(named(slice.pointer.symbol)?.initial, slice.length.value, index.value, place.type);
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

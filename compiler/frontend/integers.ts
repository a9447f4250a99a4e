// The functions of the integer types: u8(x) and its kin, checked, tryFrom, counting bits.

import type { ts } from "#typescript";
import { aggregate } from "./coerce.js";
import { isLiteral, literalValue, needsContext } from "./constants.js";
import { elaborate, elaborateAs, elaboratePresent } from "./expressions.js";
import { binary, boolean, compare, conditional, constant, convert, readOf, word } from "./fold.js";
import { toInteger } from "./floats.js";
import { runtimeCall } from "./functions.js";
import { limit } from "./library.js";
import type { Scope } from "./scope.js";
import type { Expr, Local } from "./tree.js";
import { optionOf } from "./struct-types.js";
import { i64, integerOf, integers, typeText, u64, voidType, wrapTo, type IntType } from "./types.js";

export function integerCall(scope: Scope, node: ts.CallExpression, name: string): Expr | undefined {
  const [head = "", method] = name.split(".");
  const type = integers.get(head);
  const [first, second] = node.arguments;
  if (!type || !first) return undefined;
  if (!method) return conversion(scope, first, type);
  switch (method) {
    case "of":
      return address(scope, first, type);
    case "checked":
    case "tryFrom":
    case "saturating":
      return fitting(scope, node, first, type, method);
    case "mulHigh":
      return binary(u64, "mulHigh", elaborateAs(scope, first, u64), elaborateAs(scope, second as ts.Expression, u64));
    default:
      return counting(scope, node, first, type, method);
  }
}

/// `u8(x)` wraps; a literal keeps its own width until then, so `u8(0x1ff)` is 0xff.
function conversion(scope: Scope, node: ts.Expression, type: IntType): Expr {
  if (isLiteral(scope.program, node)) return constant(type, wrapTo(literalValue(scope.program, node), type));
  // What has a type of its own keeps it until it is converted.
  const operand = elaboratePresent(scope, node, needsContext(scope.program, node) ? type : undefined);
  if (operand.type.kind === "float") return toInteger(scope, operand, type);
  if (!integerOf(operand.type) && operand.type.kind !== "bool")
    return scope.fail(node, "TM2003", `${typeText(operand.type)}, needed an integer`);
  // `u8(a + b)` says that it wraps.
  return convert(operand.kind === "binary" ? { ...operand, wraps: true } : operand, type);
}

function address(scope: Scope, node: ts.Expression, type: IntType): Expr {
  const operand = elaborate(scope, node);
  if (!["ptr", "many", "func", "null"].includes(operand.type.kind))
    return scope.fail(node, "TM2003", `${typeText(operand.type)}, needed a pointer`);
  return convert(operand, type);
}

/// Sums, differences and products of 32 bits and fewer are made with 64, so that what they lose is seen;
/// those of 64 bits are tested for overflow.
function fitting(
  scope: Scope,
  node: ts.CallExpression,
  argument: ts.Expression,
  type: IntType,
  method: "checked" | "tryFrom" | "saturating",
): Expr {
  const given = elaboratePresent(scope, argument, isLiteral(scope.program, argument) ? i64 : undefined);
  const { value, bindings: operands, condition, expr } = exact(scope, given);
  const from = integerOf(value.type) ?? scope.fail(argument, "TM2003", typeText(value.type));
  const local = scope.fresh("value", from);
  const read: Expr = { kind: "read", type: from, place: { kind: "local", type: from, local } };
  const result = convert(read, type);
  const same = compare("eq", convert(result, from), read);
  const losesSign = from.signed && !type.signed && type.bits >= from.bits;
  const gainsSign = !from.signed && type.signed && type.bits <= from.bits;
  const sign = losesSign
    ? compare("ge", read, constant(from, 0n))
    : gainsSign
      ? compare("ge", result, constant(type, 0n))
      : boolean(true);
  const fits = both(both(same, sign), condition);
  const bindings = [...operands, { local, value: convert(value, from) }];
  if (method === "saturating") {
    const limits = conditional(type, isBelow(expr, read, operands), constant(type, limit(type, "MIN")), constant(type, limit(type, "MAX")));
    return { kind: "let", type, bindings, body: conditional(type, fits, result, limits) };
  }
  if (method === "checked") {
    const check: Expr = {
      kind: "check",
      type: voidType,
      condition: fits,
      reason: `value does not fit in ${type.name}`,
      location: scope.program.locationOf(node),
    };
    return { kind: "let", type, bindings, body: { kind: "sequence", type, first: [check], last: result } };
  }
  const option = optionOf(type);
  const body: Expr = {
    kind: "conditional",
    type: option,
    condition: fits,
    yes: aggregate(option, { present: boolean(true), value: result }),
    otherwise: { kind: "aggregate", type: option, parts: [] },
  };
  return { kind: "let", type: option, bindings, body };
}

function wrapping(type: IntType, op: "add" | "sub" | "mul", left: Expr, right: Expr): Expr {
  const value = binary(type, op, left, right);
  return value.kind === "binary" ? { ...value, wraps: true } : value;
}
const both = (left: Expr, right: Expr): Expr =>
  right.kind === "const" ? left : { kind: "logical", type: { kind: "bool" }, op: "and", left, right };

/// Of a value that does not fit: it is below what does.
function isBelow(expr: Expr, value: Expr, operands: Exact["bindings"]): Expr {
  const type = integerOf(value.type)!;
  const [left, right] = operands.map(({ local }): Expr => readOf({ kind: "local", type: local.type, local }));
  const isNegative = (of: Expr) => compare("lt", of, constant(of.type, 0n));
  // Nothing overflowed in 64 bits: the sign is right.
  if (!left || !right || expr.kind !== "binary") return type.signed ? isNegative(value) : boolean(false);
  if (!type.signed) return boolean(expr.op === "sub");
  return expr.op === "mul" ? isNegative(binary(type, "xor", left, right)) : isNegative(left);
}

interface Exact {
  readonly value: Expr;
  /// The operation as it was written.
  readonly expr: Expr;
  readonly bindings: { local: Local; value: Expr }[];
  /// It did not overflow.
  readonly condition: Expr;
}
function exact(scope: Scope, expr: Expr): Exact {
  const type = integerOf(expr.type);
  const plain: Exact = { value: expr, expr, bindings: [], condition: boolean(true) };
  if (expr.kind !== "binary" || !type || (expr.op !== "add" && expr.op !== "sub" && expr.op !== "mul")) return plain;
  if (type.bits < 64) {
    const wide = type.signed || expr.op === "sub" ? i64 : u64;
    return { ...plain, value: wrapping(wide, expr.op, convert(expr.left, wide), convert(expr.right, wide)) };
  }
  const bindings = [expr.left, expr.right].map((value) => ({ local: scope.fresh("operand", type), value }));
  const [left, right] = bindings.map(
    ({ local }): Expr => ({ kind: "read", type, place: { kind: "local", type, local } }),
  ) as [Expr, Expr];
  const value = wrapping(type, expr.op, left, right);
  return { value, expr, bindings, condition: noOverflow(type, expr.op, left, right, value) };
}

function noOverflow(type: IntType, op: "add" | "sub" | "mul", left: Expr, right: Expr, result: Expr): Expr {
  const zero = constant(type, 0n);
  const differ = (a: Expr, b: Expr) => binary(type, "xor", a, b);
  if (op === "mul") {
    const high = binary(type, "mulHigh", left, right);
    return compare("eq", high, type.signed ? binary(type, "shr", result, constant(u64, 63n)) : zero);
  }
  if (!type.signed) return op === "add" ? compare("ge", result, left) : compare("ge", left, right);
  const lost =
    op === "add" ? [differ(result, left), differ(result, right)] : [differ(left, right), differ(left, result)];
  return compare("ge", binary(type, "and", lost[0]!, lost[1]!), zero);
}

/// By the 64-bit function of the runtime, corrected for the width.
function counting(
  scope: Scope,
  node: ts.CallExpression,
  argument: ts.Expression,
  type: IntType,
  method: string,
): Expr | undefined {
  const value = convert(elaborateAs(scope, argument, type), u64);
  const spare = BigInt(64 - type.bits);
  switch (method) {
    case "countLeadingZeros": {
      const count = runtimeCall(scope, node, "countLeadingZeros", [value]);
      return spare === 0n ? count : binary(u64, "sub", count, word(spare));
    }
    case "countTrailingZeros":
      return runtimeCall(scope, node, "countTrailingZeros", [
        spare === 0n ? value : binary(u64, "or", value, word(1n << BigInt(type.bits))),
      ]);
    case "popCount":
      return runtimeCall(scope, node, "popCount", [value]);
    default:
      return undefined;
  }
}

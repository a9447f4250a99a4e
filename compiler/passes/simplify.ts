// One value to a simpler one: constants, identities, addresses. GVN calls this
// on every value it meets; the operands are simple already.

import { bitsOf, evaluateOp, inverse, isComparison, isTest, operationOf, wrap, type PureOp } from "../ir/ops.js";
import { newValue, type Func, type MemoryType, type Op, type Type, type Value } from "../ir/types.js";

export interface Maker {
  constant(type: Type, imm: bigint): Value;
  /// A new value, simplified and numbered in its turn.
  make(value: Value): Value;
}

/// Whether an address so far from a symbol is in reach of `auipc`, wherever the symbol lies in the image.
const isReachable = (addend: bigint) => addend > -(1n << 30n) && addend < 1n << 30n;

const isConst = (value: Value | undefined): value is Value => value?.op === "const";

/// What `value` equals, or undefined where it is simple; may change its operands in place.
export function simplify(fn: Func, value: Value, maker: Maker): Value | undefined {
  const operation = operationOf(value.op);
  if (!operation) return foldAddress(value);
  const type = value.type as Type;
  let [left, right] = value.args as [Value, Value];
  if (value.args.every(isConst))
    return maker.constant(type, evaluateOp(value.op as PureOp, left.type as Type, type, left.imm, right?.imm ?? 0n));
  if (operation.commutative && isConst(left)) value.args = [left, right] = [right, left];
  const make = (op: Op, resultType: Type, ...args: Value[]) => maker.make(newValue(fn, op, resultType, args, { location: value.location }));
  if (operation.arity === 1) return simplifyExtension(value, left, make);
  if (left === right && (value.op === "sub" || value.op === "xor")) return maker.constant(type, 0n);
  if (left === right && (value.op === "and" || value.op === "or" || value.op === "fcopysign")) return left;
  if (!isConst(right)) return undefined;
  const { imm } = right;
  const constant = (imm: bigint) => maker.constant(type, wrap(type, imm));
  const power = imm > 0n && (imm & (imm - 1n)) === 0n ? BigInt(imm.toString(2).length - 1) : undefined;
  switch (value.op) {
    case "add":
    case "or":
    case "xor":
      if (imm === 0n) return left;
      if (value.op === "add" && left.op === "global" && isReachable(left.imm + imm))
        return maker.make(newValue(fn, "global", "i64", [], { symbol: left.symbol, imm: left.imm + imm, location: value.location }));
      if (value.op === left.op && isConst(left.args[1]))
        return make(
          value.op,
          type,
          left.args[0] as Value,
          constant(evaluateOp(value.op, type, type, left.args[1].imm, imm)),
        );
      return undefined;
    case "sub":
      return make("add", type, left, constant(-imm));
    case "mul":
      if (imm === 0n) return right;
      return power === undefined ? undefined : make("shl", type, left, constant(power));
    case "and":
      if (imm === 0n) return right;
      if (covers(imm, maximum(left))) return left;
      if (left.op === "trunc" && imm > 0n)
        return make("trunc", "i32", make("and", "i64", left.args[0] as Value, maker.constant("i64", imm)));
      return undefined;
    case "shl":
    case "shru":
    case "shrs": {
      const amount = imm & BigInt(bitsOf(type) - 1);
      if (amount === 0n) return left;
      return amount === imm ? undefined : make(value.op, type, left, constant(amount));
    }
    case "divu":
      return power === undefined ? undefined : make("shru", type, left, constant(power));
    case "remu":
      return power === undefined ? undefined : make("and", type, left, constant(imm - 1n));
    case "ne":
    case "eq":
      if (imm === 0n && isTest(left.op) && value.op === "ne") return left;
      if (imm === 0n && isComparison(left.op)) return make(inverse[left.op], "i32", ...left.args);
      return undefined;
    case "ltu":
      if ((maximum(left) ?? imm) < imm) return maker.constant("i32", 1n);
      return imm === 1n ? make("eq", "i32", left, maker.constant(left.type as Type, 0n)) : undefined;
    case "geu":
      return imm === 0n ? maker.constant("i32", 1n) : undefined;
    default:
      return undefined;
  }
}

function simplifyExtension(
  value: Value,
  operand: Value,
  make: (op: Op, type: Type, ...args: Value[]) => Value,
): Value | undefined {
  const bound = maximum(operand);
  const source = operand.args[0] as Value;
  switch (value.op) {
    case "zext8":
    case "sext8":
      return bound !== undefined && bound <= (value.op === "zext8" ? 0xffn : 0x7fn) ? operand : undefined;
    case "zext16":
    case "sext16":
      return bound !== undefined && bound <= (value.op === "zext16" ? 0xffffn : 0x7fffn) ? operand : undefined;
    case "trunc":
      return operand.op === "sext" || operand.op === "zext" ? source : undefined;
    case "ftobits":
      return operand.op === "frombits" ? source : undefined;
    case "frombits":
      return operand.op === "ftobits" ? source : undefined;
    case "fneg":
      return operand.op === "fneg" ? source : undefined;
    case "zext":
    case "sext":
      if (operand.op === "trunc" && (maximum(source) ?? 1n << 31n) < 1n << 31n) return source;
      // Free in the machine, where an i32 is sign-extended already.
      return value.op === "zext" && bound !== undefined ? make("sext", "i64", operand) : undefined;
    default:
      return undefined;
  }
}

const ignored: Record<MemoryType, readonly string[]> = {
  u8: ["zext8", "sext8"],
  s8: ["zext8", "sext8"],
  u16: ["zext16", "sext16"],
  s16: ["zext16", "sext16"],
  i32: [],
  i64: [],
  f32: [],
  f64: [],
};

/// Constant distances move into loads and stores; a store ignores what it does not keep.
function foldAddress(value: Value): undefined {
  if (value.op !== "load" && value.op !== "store") return;
  const [address, stored] = value.args as [Value, Value?];
  if (address.op === "add" && isConst(address.args[1]) && isNear(value.imm + address.args[1].imm)) {
    value.args[0] = address.args[0] as Value;
    value.imm += address.args[1].imm;
  }
  if (stored && ignored[value.memory].includes(stored.op)) value.args[1] = stored.args[0] as Value;
}

/// Fits a load's 12-bit offset.
const isNear = (offset: bigint) => BigInt.asIntN(12, offset) === offset;
const covers = (mask: bigint, bound: bigint | undefined) =>
  bound !== undefined && (mask & (mask + 1n)) === 0n && mask >= bound;

/// The largest that a value can be, where it is known not to be negative.
/// `known` may say more of some values than they show by themselves.
export function maximum(value: Value, depth = 4, known?: ReadonlyMap<Value, bigint>): bigint | undefined {
  const told = known?.get(value);
  if (told !== undefined) return told;
  const [left, right] = value.args;
  const of = (operand: Value | undefined) => (operand && depth > 0 ? maximum(operand, depth - 1, known) : undefined);
  const limit = value.type === "i32" ? (1n << 31n) - 1n : (1n << 63n) - 1n;
  const fitting = (bound: bigint | undefined) => (bound !== undefined && bound <= limit ? bound : undefined);
  if (isTest(value.op)) return 1n;
  switch (value.op) {
    case "const":
      return value.imm >= 0n ? value.imm : undefined;
    case "load":
      return value.memory === "u8" ? 0xffn : value.memory === "u16" ? 0xffffn : undefined;
    case "zext8":
      return 0xffn;
    case "zext16":
      return 0xffffn;
    case "zext":
      return of(left) ?? (1n << 32n) - 1n;
    case "sext":
      return of(left);
    case "trunc":
      return fitting(of(left));
    case "and": {
      const [a, b] = [of(left), of(right)];
      return a === undefined ? b : b === undefined ? a : a < b ? a : b;
    }
    case "shru":
      return isConst(right) && right.imm > 0n ? (of(left) ?? limit * 2n + 1n) >> right.imm : of(left);
    case "remu":
      return isConst(right) && right.imm > 0n ? right.imm - 1n : undefined;
    case "divu": {
      const a = of(left);
      return a !== undefined && isConst(right) && right.imm > 0n ? a / right.imm : a;
    }
    case "shl": {
      const a = of(left);
      return a !== undefined && isConst(right) && right.imm >= 0n && right.imm < 64n ? fitting(a << right.imm) : undefined;
    }
    case "add":
    case "mul": {
      const [a, b] = [of(left), of(right)];
      return a === undefined || b === undefined ? undefined : fitting(value.op === "add" ? a + b : a * b);
    }
    case "or":
    case "xor": {
      const [a, b] = [of(left), of(right)];
      return a === undefined || b === undefined
        ? undefined
        : fitting((1n << BigInt((a > b ? a : b).toString(2).length)) - 1n);
    }
    default:
      return undefined;
  }
}

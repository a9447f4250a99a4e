// Arithmetic of the IR as WebAssembly. Where the machine has a result and
// WebAssembly traps or has another one, a few operations more make up for it.

import { bitsOf, operationOf, type FloatType, type Type } from "../ir/ops.js";
import type { Value } from "../ir/types.js";
import type { Body } from "./body.js";
import { arithmetic, code, division, minimum, notEqual, simple, simpleOf, toFloat, toInteger } from "./opcodes.js";

/// The second of a pair of opcodes is that for 64 bits.
export const second = (type: Type): 0 | 1 => (bitsOf(type) === 64 ? 1 : 0);

export class OperationWriter {
  constructor(private readonly body: Body) {}

  /// Leaves the result on the stack.
  write(value: Value, left: Value, right: Value): void {
    const { op } = value;
    const type = value.type!;
    const from = left.type!;
    const binary = operationOf(op)!.arity === 2;
    const operands = () => {
      this.body.get(left);
      if (binary) this.body.get(right);
    };
    if (op in division) return this.divide(op as keyof typeof division, type, left, right);
    const same = simpleOf(op);
    if (same) {
      operands();
      return this.body.op(same[second(from)]);
    }
    if (op in arithmetic) {
      operands();
      this.body.op(arithmetic[op]![second(from)]);
      return this.canonical(type as FloatType);
    }
    if (op in minimum) return this.extreme(op as keyof typeof minimum, type as FloatType, left, right);
    switch (op) {
      case "sext":
      case "zext":
        operands();
        return this.body.op(op === "sext" ? code.i64ExtendI32S : code.i64ExtendI32U);
      case "trunc":
        operands();
        return this.body.op(code.i32WrapI64);
      case "zext8":
      case "zext16":
        operands();
        this.body.constant(type, op === "zext8" ? 0xffn : 0xffffn);
        return this.body.op(simple.and[second(type)]);
      case "itofs":
      case "itofu":
        operands();
        return this.body.op(toFloat[`${op} ${from} ${type}`]!);
      case "ftois":
      case "ftoiu":
        // A NaN gives the largest.
        this.body.constant(type, op === "ftoiu" ? -1n : (1n << BigInt(bitsOf(type) - 1)) - 1n);
        operands();
        this.body.op(code.truncSaturating, toInteger[`${op} ${from} ${type}`]!);
        operands();
        operands();
        return this.body.op(notEqual[from as FloatType], code.select);
      case "mulhu":
      case "mulhs":
        return this.multiplyHigh(op, type, left, right);
    }
    throw new Error(`no WebAssembly for ${op}`);
  }

  /// RISC-V's NaN in place of any other, on the stack.
  private canonical(type: FloatType): void {
    const result = this.body.fresh(type);
    this.body.local(code.localSet, result);
    this.body.constant(type, type === "f32" ? 0x7fc00000n : 0x7ff8000000000000n);
    for (let times = 0; times < 3; times++) this.body.local(code.localGet, result);
    this.body.op(notEqual[type], code.select);
  }

  /// The other one where one is no number.
  private extreme(op: keyof typeof minimum, type: FloatType, left: Value, right: Value): void {
    const isNoNumber = (value: Value) => {
      this.body.get(value);
      this.body.get(value);
      this.body.op(notEqual[type]);
    };
    this.body.get(right);
    this.body.get(left);
    this.body.get(left);
    this.body.get(right);
    this.body.op(minimum[op][second(type)]);
    isNoNumber(right);
    this.body.op(code.select);
    isNoNumber(left);
    this.body.op(code.select);
    this.canonical(type);
  }

  /// Division traps in WebAssembly where the machine has a result: by zero, and MIN / -1.
  private divide(op: keyof typeof division, type: Type, left: Value, right: Value): void {
    const width = second(type);
    const isSigned = op === "divs" || op === "rems";
    const is = (value: bigint) => {
      this.body.get(right);
      this.body.constant(type, value);
      this.body.op(simple.eq[width]);
    };
    const isDivision = op === "divs" || op === "divu";
    if (isDivision) this.body.constant(type, -1n);
    else this.body.get(left);
    if (op === "divs") {
      this.body.constant(type, 0n);
      this.body.get(left);
      this.body.op(simple.sub[width]);
    }
    this.body.get(left);
    this.body.constant(type, 1n);
    this.body.get(right);
    is(0n);
    if (isSigned) {
      is(-1n);
      this.body.op(simple.or[0]);
    }
    this.body.op(code.select, division[op][width]);
    if (op === "divs") {
      const quotient = this.body.fresh(type);
      const negated = this.body.fresh(type);
      this.body.local(code.localSet, quotient);
      this.body.local(code.localSet, negated);
      this.body.local(code.localGet, negated);
      this.body.local(code.localGet, quotient);
      is(-1n);
      this.body.op(code.select);
    }
    is(0n);
    this.body.op(code.select);
  }

  private multiplyHigh(op: "mulhu" | "mulhs", type: Type, left: Value, right: Value): void {
    if (type === "i32") {
      for (const value of [left, right]) {
        this.body.get(value);
        this.body.op(op === "mulhu" ? code.i64ExtendI32U : code.i64ExtendI32S);
      }
      this.body.op(simple.mul[1]);
      this.body.constant("i64", 32n);
      return this.body.op(simple.shru[1], code.i32WrapI64);
    }
    // Of 32-bit halves; the signed product is less by the other operand for each negative one.
    const half = (value: Value, high: boolean) => {
      this.body.get(value);
      this.body.constant("i64", high ? 32n : 0xffff_ffffn);
      this.body.op(simple[high ? "shru" : "and"][1]);
    };
    const product = (a: boolean, b: boolean) => {
      half(left, a);
      half(right, b);
      this.body.op(simple.mul[1]);
    };
    const shifted = (index: number, op: "shru" | "and") => {
      this.body.local(code.localGet, index);
      this.body.constant("i64", op === "shru" ? 32n : 0xffff_ffffn);
      this.body.op(simple[op][1]);
    };
    const [middle, low] = [this.body.fresh("i64"), this.body.fresh("i64")];
    product(true, false);
    product(false, false);
    this.body.constant("i64", 32n);
    this.body.op(simple.shru[1], simple.add[1]);
    this.body.local(code.localSet, middle);
    product(false, true);
    shifted(middle, "and");
    this.body.op(simple.add[1]);
    this.body.local(code.localSet, low);
    product(true, true);
    shifted(middle, "shru");
    shifted(low, "shru");
    this.body.op(simple.add[1], simple.add[1]);
    if (op === "mulhu") return;
    for (const [sign, other] of [
      [left, right],
      [right, left],
    ] as const) {
      this.body.get(other);
      this.body.get(sign);
      this.body.constant("i64", 63n);
      this.body.op(simple.shrs[1], simple.and[1], simple.sub[1]);
    }
  }
}

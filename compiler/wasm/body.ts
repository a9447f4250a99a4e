// The code of one function under construction: operations are appended, values
// live in locals of their own.

import { Bytes } from "../../emulator/wasm/bytes.js";
import { bitsOf, type Type } from "../ir/ops.js";
import type { Value } from "../ir/types.js";
import { code } from "./opcodes.js";

export class Body {
  readonly out = new Bytes();
  readonly locals: Type[];
  readonly places = new Map<Value, number>();

  constructor(params: readonly Type[]) {
    this.locals = [...params];
  }

  op(...bytes: number[]): void {
    this.out.append(bytes);
  }
  local(operation: number, index: number): void {
    this.op(operation);
    this.out.unsigned(index);
  }
  fresh(type: Type): number {
    return this.locals.push(type) - 1;
  }
  placeOf(value: Value): number {
    const known = this.places.get(value) ?? this.fresh(value.type!);
    this.places.set(value, known);
    return known;
  }

  constant(type: Type, value: bigint): void {
    switch (type) {
      case "i32":
        this.op(code.i32Const);
        return this.signed(BigInt.asIntN(32, value));
      case "i64":
        this.op(code.i64Const);
        return this.signed(BigInt.asIntN(64, value));
      default: {
        this.op(type === "f32" ? code.f32Const : code.f64Const);
        for (let bit = 0; bit < bitsOf(type); bit += 8) this.out.byte(Number((value >> BigInt(bit)) & 0xffn));
      }
    }
  }
  signed(value: bigint): void {
    for (; value < -64n || value > 63n; value >>= 7n) this.out.byte(Number(value & 0x7fn) | 0x80);
    this.out.byte(Number(value & 0x7fn));
  }

  /// Pushes a value.
  get(value: Value): void {
    if (value.op === "const") this.constant(value.type!, value.imm);
    else this.local(code.localGet, this.placeOf(value));
  }
  set(value: Value): void {
    this.local(code.localSet, this.placeOf(value));
  }
}

// A function body under construction: values become bytes, labels become depths.
//
// Labels are absolute (the depth at which the block was opened), so code can
// name the block it means from anywhere inside and the depth is worked out here.

import { F32, F64, I32, I64, Op, type Value, ValueType } from "../isa/value.js";
import { Bytes } from "./bytes.js";

export type Label = number & { readonly brand: "label" };

const Control = { unreachable: 0x00, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f, callIndirect: 0x11, localSet: 0x21 } as const;
const NO_RESULT = 0x40;

/// Locals of one function: parameters first, then whatever is asked for. Temporaries are used again after `releaseTemporaries`.
export class Locals {
  readonly types: number[];
  readonly #free = new Map<number, number[]>();
  readonly #inUse: { type: number; index: number }[] = [];

  constructor(readonly parameters: readonly number[]) {
    this.types = [...parameters];
  }

  add(type: number): number {
    return this.types.push(type) - 1;
  }

  temporary(type: number): number {
    const index = this.#free.get(type)?.pop() ?? this.add(type);
    this.#inUse.push({ type, index });
    return index;
  }

  releaseTemporaries(): void {
    for (const { type, index } of this.#inUse.splice(0)) {
      const free = this.#free.get(type) ?? [];
      free.push(index);
      this.#free.set(type, free);
    }
  }
}

export class Code {
  readonly #out = new Bytes();
  #depth = 0;

  get bytes(): Uint8Array<ArrayBuffer> { return this.#out.content; }

  value(value: Value): void {
    const { opcode, inputs, immediate } = value;
    if (opcode === Op.if) return this.#choice(value);
    for (const input of inputs) this.value(input);
    this.#out.byte(opcode);
    if (opcode === Op.i32Const || opcode === Op.i64Const) this.#out.signed(immediate);
    else if (opcode === Op.f64Const) this.#out.double(immediate);
    else if (opcode === Op.localGet || opcode === Op.call) this.#out.unsigned(immediate);
    else if (opcode >= Op.i32Load && opcode <= Op.i64Store32) this.#memory(immediate);
  }

  set(local: number, value: Value): void {
    this.value(value);
    this.#out.byte(Control.localSet);
    this.#out.unsigned(local);
  }

  store(opcode: number, address: Value, offset: number, value: Value): void {
    this.value(address);
    this.value(value);
    this.#out.byte(opcode);
    this.#memory(offset);
  }

  block(): Label { return this.#open(Control.block); }
  loop(): Label { return this.#open(Control.loop); }
  if(condition: I32): Label {
    this.value(condition);
    return this.#open(Control.if);
  }
  else(): void { this.#out.byte(Control.else); }
  end(): void {
    this.#out.byte(Control.end);
    this.#depth--;
  }

  br(label: Label): void {
    this.#out.byte(Control.br);
    this.#out.unsigned(this.#depth - label);
  }
  brIf(label: Label, condition: I32): void {
    this.value(condition);
    this.#out.byte(Control.brIf);
    this.#out.unsigned(this.#depth - label);
  }
  /// Goes to the label at the index; beyond them, to the last.
  brTable(index: I32, labels: readonly Label[]): void {
    this.value(index);
    this.#out.byte(Control.brTable);
    this.#out.unsigned(labels.length - 1);
    for (const label of labels) this.#out.unsigned(this.#depth - label);
  }
  return(value: Value): void {
    this.value(value);
    this.#out.byte(Control.return);
  }
  unreachable(): void { this.#out.byte(Control.unreachable); }
  /// Calls through table 0; the result stays on the stack for `setFromStack`.
  callIndirect(type: number, index: I32, parameters: readonly Value[]): void {
    for (const parameter of parameters) this.value(parameter);
    this.value(index);
    this.#out.byte(Control.callIndirect);
    this.#out.unsigned(type);
    this.#out.unsigned(0);
  }
  setFromStack(local: number): void {
    this.#out.byte(Control.localSet);
    this.#out.unsigned(local);
  }

  append(other: Code): void {
    this.#out.append(other.bytes);
  }

  #choice({ inputs, type }: Value): void {
    const [condition, then, otherwise] = inputs as [Value, Value, Value];
    this.value(condition);
    this.#out.byte(Control.if);
    this.#out.byte(type);
    this.value(then);
    this.#out.byte(Control.else);
    this.value(otherwise);
    this.#out.byte(Control.end);
  }

  #open(opcode: number): Label {
    this.#out.byte(opcode);
    this.#out.byte(NO_RESULT);
    return ++this.#depth as Label;
  }

  /// Alignment is a hint that guests would not keep, so it says 1.
  #memory(offset: number): void {
    this.#out.byte(0);
    this.#out.unsigned(offset);
  }
}

/// The value of a local, of the type it was made with. There is one for each index.
export const localI32 = remembering((index) => new I32(Op.localGet, [], index));
export const localI64 = remembering((index) => new I64(Op.localGet, [], index));
export const localF32 = remembering((index) => new F32(Op.localGet, [], index));
export const localF64 = remembering((index) => new F64(Op.localGet, [], index));

function remembering<V extends Value>(make: (index: number) => V): (index: number) => V {
  const made: V[] = [];
  return (index) => {
    while (made.length <= index) made.push(make(made.length));
    return made[index] as V;
  };
}

export function localLike<V extends Value>(value: V, index: number): V {
  const { type } = value;
  const local = type === ValueType.i32 ? localI32(index) : type === ValueType.i64 ? localI64(index) : type === ValueType.f32 ? localF32(index) : localF64(index);
  return local as Value as V;
}

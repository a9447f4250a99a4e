// Two machines in step: the same run with the JIT and with the interpreter,
// compared after every slice, so that a fault of an engine shows where it is
// and not where it hurts. Everything that comes from outside goes to both.
//
// Harts are compared after each slice, devices and RAM more rarely, since they are large.

import type { Hart } from "../cpu/hart.js";
import { Layout } from "../cpu/layout.js";
import { operandKinds } from "../isa/operand.js";
import type { Machine } from "../machine/machine.js";
import type { Outcome } from "../machine/outcome.js";

/// Long enough that compiled code runs, short enough to look through.
const SLICE = 2000;
/// Slices between two looks at devices and RAM.
const LONG_LOOK = 2000;

export interface Difference {
  readonly kind: "differs";
  /// The machines were the same after so many instructions, and not after so many.
  readonly from: number;
  readonly to: number;
  /// What differs, with the first machine's value and the second's.
  readonly what: readonly string[];
}

export class Lockstep {
  #same = 0;
  /// Instructions when devices and RAM were last the same.
  #sameThroughout = 0;
  #slices = 0;

  constructor(private readonly one: Machine, private readonly other: Machine) {}

  /// Runs both machines by at most so many instructions.
  run(instructions: number): Outcome | Difference {
    for (let left = instructions; ; ) {
      const before = this.one.retired;
      const outcome = this.one.run(Math.min(left, SLICE)), its = this.other.run(Math.min(left, SLICE));
      left -= this.one.retired - before;
      const isOver = outcome.kind !== "budget" || left <= 0;
      const what = [
        ...(JSON.stringify(outcome, bigintText) === JSON.stringify(its, bigintText) ? [] : [`outcome: ${outcome.kind} and ${its.kind}`]),
        ...(this.one.retired === this.other.retired ? [] : [`instructions: ${this.one.retired} and ${this.other.retired}`]),
        ...hartDifferences(this.one, this.other),
      ];
      if (what.length > 0) return this.#difference(this.#same, what);
      this.#same = this.one.retired;
      if (isOver || ++this.#slices % LONG_LOOK === 0) {
        const throughout = [...deviceDifferences(this.one, this.other), ...memoryDifferences(this.one, this.other)];
        if (throughout.length > 0) return this.#difference(this.#sameThroughout, throughout);
        this.#sameThroughout = this.one.retired;
      }
      if (isOver) return outcome;
    }
  }

  #difference(from: number, what: readonly string[]): Difference { return { kind: "differs", from, to: this.one.retired, what }; }
}

/// What differs in the harts of two machines of one shape; the first machine's value goes first.
export function hartDifferences(one: Machine, other: Machine): string[] {
  return one.harts.flatMap((hart, id) => {
    const twin = other.harts[id] as Hart;
    if (firstDifference(hart.save(), twin.save()) === undefined) return [];
    const mine = registersOf(hart), its = registersOf(twin);
    const names = Object.keys(mine).filter((name) => mine[name] !== its[name]);
    return names.length > 0 ? names.map((name) => `hart ${id}, ${name}: ${hex(mine[name])} and ${hex(its[name])}`) : [`hart ${id}: state that no register shows`];
  });
}

export function deviceDifferences(one: Machine, other: Machine): string[] {
  return JSON.stringify(one.board.save(), bigintText) === JSON.stringify(other.board.save(), bigintText) ? [] : ["the devices' state"];
}

export function memoryDifferences({ memory }: Machine, other: Machine): string[] {
  const at = firstDifference(memory.bytes.subarray(Layout.ram), other.memory.bytes.subarray(Layout.ram));
  return at === undefined ? [] : [`memory from ${hex(BigInt(memory.paddrOf(Layout.ram + at)))} on`];
}

function bigintText(_: string, value: unknown): unknown { return typeof value === "bigint" ? value.toString() : value; }
function hex(value: bigint | undefined): string { return `0x${(value ?? 0n).toString(16)}`; }

/// Of arrays of the same length, a multiple of four: the first place, up to four bytes early.
function firstDifference(one: Uint8Array, other: Uint8Array): number | undefined {
  const mine = new Int32Array(one.buffer, one.byteOffset, one.length / 4), its = new Int32Array(other.buffer, other.byteOffset, other.length / 4);
  for (let index = 0; index < mine.length; index++) if (mine[index] !== its[index]) return index * 4;
  return undefined;
}

function registersOf(hart: Hart): Record<string, bigint> {
  const numbered = (read: (number: number) => bigint, name: (number: number) => string) => Object.fromEntries(Array.from({ length: 32 }, (_, number) => [name(number), read(number)]));
  return {
    pc: hart.pc, privilege: BigInt(hart.privilege),
    ...numbered((number) => hart.readRegister(number), (number) => operandKinds.rd.print(number)),
    ...numbered((number) => hart.readFloatRegister(number), (number) => operandKinds.frd.print(number)),
    ...hart.csrs(),
  };
}

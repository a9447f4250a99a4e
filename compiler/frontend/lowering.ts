// The state of lowering one function: where its locals are, and where in the source it is.

import { Builder, type Variable } from "../ir/builder.js";
import type { Data, Func, Location, Op, Type as IrType, Value } from "../ir/types.js";
import { leavesOf } from "./representation.js";
import type { Expr, Local } from "./tree.js";
import { sizeOf, type Type } from "./types.js";

/// A local is the variables of its leaves, a slot of the frame, or behind an address.
export type Home =
  | { kind: "variables"; variables: Variable[] }
  | { kind: "slot"; symbol: string; size: number }
  | { kind: "address"; variable: Variable };

/// What all functions of a module share.
export interface ModuleLowering {
  readonly boundsChecks: boolean;
  /// Constant bytes by their text.
  readonly strings: Map<string, Data>;
}

export class Lowering {
  readonly builder: Builder;
  readonly homes = new Map<Local, Home>();
  readonly cleanups: Expr[] = [];
  location: Location | undefined;
  private slots = 0;

  constructor(
    readonly fn: Func,
    readonly module: ModuleLowering,
  ) {
    this.builder = new Builder(fn);
  }

  emit(op: Op, type: IrType | undefined, args: Value[], more: Partial<Value> = {}): Value {
    return this.builder.emit(op, type, args, { location: this.location, ...more });
  }
  constant(type: IrType, value: bigint): Value {
    return this.builder.constant(type, BigInt.asIntN(type === "i32" ? 32 : 64, value));
  }
  /// Traps unless the condition holds.
  check(condition: Value, reason: string): void {
    if (condition.op === "const" && condition.imm !== 0n) return;
    this.emit("check", undefined, [condition], { reason });
  }
  /// A new place in the frame.
  slotName(): string {
    return `${this.slots++}`;
  }
  slot(symbol: string, size: number): Value {
    return this.emit("slot", "i64", [], { symbol, imm: BigInt(Math.max(size, 1)) });
  }

  /// Where a local lives, from its first use on.
  homeOf(local: Local): Home {
    const known = this.homes.get(local);
    if (known) return known;
    const leaves = leavesOf(local.type);
    const home: Home =
      leaves && !local.inMemory
        ? { kind: "variables", variables: leaves.map(({ type }) => ({ type })) }
        : { kind: "slot", symbol: this.slotName(), size: sizeOf(local.type) };
    this.homes.set(local, home);
    return home;
  }

  at<T>(location: Location | undefined, work: () => T): T {
    const outer = this.location;
    this.location = location ?? outer;
    const result = work();
    this.location = outer;
    return result;
  }
}

export const isFlat = (type: Type): boolean => leavesOf(type) !== undefined;

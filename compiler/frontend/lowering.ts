// The state of lowering one function: where its locals are, and where in the source it is.

import { wrap } from "../ir/ops.js";
import { Builder, type Variable } from "../ir/builder.js";
import { inMemory, locationAt, type Point, type SourceHome, type SourceScope } from "../ir/debug.js";
import type { Data, Func, Location, Op, Type as IrType, Value } from "../ir/types.js";
import { memoryBytes } from "../ir/types.js";
import type { DebugTypes } from "./debug-types.js";
import type { MadeSlices } from "./made-slices.js";
import { leavesOf } from "./representation.js";
import type { Expr, Local } from "./tree.js";
import { alignOf, sizeOf, type Type } from "./types.js";

/// What a slot of the frame is aligned on, in bytes.
const SLOT_ALIGN = 8;

/// A local is the variables of its leaves, a slot of the frame, or behind an address.
export type Home =
  | { kind: "variables"; variables: Variable[] }
  | { kind: "slot"; symbol: string; declared: Variable }
  | { kind: "address"; variable: Variable };

/// What all functions of a module share.
export interface ModuleLowering {
  readonly boundsChecks: boolean;
  readonly overflowChecks: boolean;
  /// Functions call each other as C does.
  readonly likeC: boolean;
  readonly files: readonly string[];
  /// Where the library lies, whose arithmetic wraps on purpose.
  readonly library: string;
  /// To note what the variables are at each instruction; undefined: nothing of it.
  readonly debug: DebugTypes | undefined;
  /// Every local stays in memory, for the debugger, whatever becomes of its value.
  readonly keepVariables: boolean;
  /// What comptime made, once it has run.
  readonly slices: MadeSlices;
  /// Constant bytes by their text.
  readonly strings: Map<string, Data>;
}

export class Lowering {
  readonly builder: Builder;
  readonly homes = new Map<Local, Home>();
  readonly cleanups: Expr[] = [];
  /// Arithmetic of this function traps where its result does not fit.
  checksOverflow = false;
  /// Variables that the debugger knows here; undefined where it knows none.
  scope: SourceScope | undefined;
  private place: Location | undefined;
  private stamped: Location | undefined;
  private point: Extract<Point, { kind: "lowered" }> | undefined;
  private slots = 0;

  constructor(
    readonly fn: Func,
    readonly module: ModuleLowering,
  ) {
    this.builder = new Builder(fn);
    this.scope = fn.debug;
  }

  /// Where in the source the next instruction comes from, and what the variables are there.
  get location(): Location | undefined {
    const { place, scope } = this;
    if (!scope || !place) return place;
    const { assigned } = this.builder;
    // Places where nothing changed share their point.
    if (this.point?.scope !== scope || this.point.assigned !== assigned) this.point = { kind: "lowered", scope, assigned, flow: this.builder };
    const { point, stamped } = this;
    if (stamped?.point !== point || stamped.line !== place.line || stamped.column !== place.column || stamped.file !== place.file)
      this.stamped = locationAt(place, point);
    return this.stamped;
  }
  set location(place: Location | undefined) {
    this.place = place;
  }

  /// A scope of its own for the variables that `work` declares.
  inScope(work: () => void): void {
    const outer = this.scope;
    if (outer) this.scope = { source: outer.source, outer, variables: [] };
    work();
    this.scope = outer;
  }

  /// The local has its first value: from here on the debugger knows it.
  declare(local: Local, isParameter = false): void {
    const type = this.module.debug?.type(local.type);
    const home = this.homes.get(local);
    if (!this.scope || !type || !home || local.name === "") return;
    if (home.kind === "slot") this.builder.assign(home.declared, inMemory);
    const bytes = sizeOf(local.type);
    const shown = home.kind === "slot" && alignOf(local.type) > SLOT_ALIGN ? this.movedHome(home.symbol, local.type) : home;
    this.scope.variables.push({ name: local.name, type, bytes, isParameter, location: undefined, home: sourceHome(local.type, shown) });
  }

  /// Where in its slot an aligned local begins, the debugger has from a variable.
  private movedHome(symbol: string, type: Type): Home {
    const variable = { type: "i64" as const };
    this.builder.write(variable, this.slot(symbol, type));
    return { kind: "address", variable };
  }

  emit(op: Op, type: IrType | undefined, args: Value[], more: Partial<Value> = {}): Value {
    return this.builder.emit(op, type, args, { location: this.location, ...more });
  }
  constant(type: IrType, value: bigint): Value {
    return this.builder.constant(type, wrap(type, value));
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
  /// The address of the place with that name. What is aligned on more than the frame takes room to be moved up in.
  slot(symbol: string, type: Type): Value {
    const [size, align] = [Math.max(sizeOf(type), 1), alignOf(type)];
    const slot = (bytes: number) => this.emit("slot", "i64", [], { symbol, imm: BigInt(bytes) });
    if (align <= SLOT_ALIGN) return slot(size);
    const last = this.emit("add", "i64", [slot(size + align - SLOT_ALIGN), this.constant("i64", BigInt(align - SLOT_ALIGN))]);
    return this.emit("and", "i64", [last, this.constant("i64", BigInt(-align))]);
  }

  /// Where a local lives, from its first use on.
  homeOf(local: Local): Home {
    const known = this.homes.get(local);
    if (known) return known;
    const leaves = leavesOf(local.type);
    const home: Home =
      leaves && !local.inMemory && !(this.module.keepVariables && !this.fn.attributes.leaf)
        ? { kind: "variables", variables: leaves.map(({ type }) => ({ type })) }
        : { kind: "slot", symbol: this.slotName(), declared: { type: "i64" } };
    this.homes.set(local, home);
    return home;
  }

  at<T>(location: Location | undefined, work: () => T): T {
    const outer = this.place;
    this.place = location ?? outer;
    const result = work();
    this.place = outer;
    return result;
  }
}

function sourceHome(type: Type, home: Home): SourceHome {
  if (home.kind === "address") return home;
  if (home.kind === "slot") return { kind: "slot", declared: home.declared, symbol: home.symbol, isAddress: false };
  const leaves = leavesOf(type)!.map(({ offset, memory }, index) => ({ variable: home.variables[index]!, offset, bytes: memoryBytes[memory] }));
  return { kind: "leaves", leaves };
}

export const isFlat = (type: Type): boolean => leavesOf(type) !== undefined;

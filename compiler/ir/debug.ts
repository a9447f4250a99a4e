// What the program's variables are at each instruction, for the debugger.
//
// An instruction's location names the point of the source that it belongs to:
// a scope, and the values that the variables have there. Nothing else of the
// IR refers to a point, so debug information cannot change the code. Passes
// keep the points true:
//
//   - who replaces a value everywhere by an equal one says so (`standIn`);
//   - who copies blocks gives the copies points of their own (`Moved`);
//   - who moves an instruction elsewhere takes the values away (`withoutValues`).
//
// What a value has become is asked for at the end. A value that is gone is
// gone: a variable may be lost, it is never shown wrong.

import type { DebugSource, DebugType } from "../object/debug.js";
import type { Variable } from "./builder.js";
import type { Block, Location, Value } from "./types.js";

/// In place of a value: the variable lives in memory from its declaration on.
export const inMemory = "in memory";
export type Held = Value | typeof inMemory;

export interface SourceVariable {
  readonly name: string;
  readonly type: DebugType;
  readonly bytes: number;
  readonly isParameter: boolean;
  readonly location: Location | undefined;
  readonly home: SourceHome;
}
/// The variables of its leaves; a slot of the frame; or behind an address that a variable or a slot holds.
export type SourceHome =
  | { readonly kind: "leaves"; readonly leaves: readonly { readonly variable: Variable; readonly offset: number; readonly bytes: number }[] }
  | { readonly kind: "slot"; readonly declared: Variable; readonly symbol: string; readonly isAddress: boolean }
  | { readonly kind: "address"; readonly variable: Variable };

/// A block of the source; the outermost is the function.
export interface SourceScope {
  readonly source: DebugSource;
  readonly outer: SourceScope | undefined;
  readonly variables: SourceVariable[];
}

/// The assignments in a block before a point, last first.
export interface Assigned {
  readonly block: Block;
  readonly variable?: Variable;
  readonly value?: Held;
  readonly before?: Assigned;
}

/// What lowering knew of its blocks.
export interface Flow {
  /// The value that the variable has there; undefined where ways meet that bring different ones.
  valueAt(at: Assigned, variable: Variable): Held | undefined;
}

/// What stands for a value; undefined where it was lost, or for those that it says nothing of.
export interface Renaming {
  has(value: Value): boolean;
  get(value: Value): Value | undefined;
}

export type Point =
  | { readonly kind: "lowered"; readonly scope: SourceScope; readonly assigned: Assigned; readonly flow: Flow }
  /// Other values stand for some; undefined for those that are lost.
  | { readonly kind: "moved"; readonly of: Point; readonly values: Renaming }
  /// As moved, into another function.
  | { readonly kind: "inlined"; readonly of: Point; readonly values: Renaming; readonly call: InlinedCall }
  | { readonly kind: "lost"; readonly of: Point };

/// One call that was inlined: where it was, with the caller's point.
export interface InlinedCall {
  readonly site: Location;
  readonly slots: string;
}

/// Where a function is a part of another; all undefined for the outermost.
interface Inlining {
  /// The frame that it was inlined into, and through which call.
  readonly caller: PointFrame | undefined;
  readonly call: InlinedCall | undefined;
  /// Put before the names of its slots.
  readonly slots: string;
}
const outermost: Inlining = { caller: undefined, call: undefined, slots: "" };

/// A function's part of a point.
export class PointFrame implements Inlining {
  readonly caller: PointFrame | undefined;
  readonly call: InlinedCall | undefined;
  readonly slots: string;

  constructor(
    private readonly point: Extract<Point, { kind: "lowered" }>,
    private readonly way: Way,
    { caller, call, slots }: Inlining,
  ) {
    this.caller = caller;
    this.call = call;
    this.slots = slots;
  }

  get scope(): SourceScope {
    return this.point.scope;
  }

  valueOf(variable: Variable): Held | undefined {
    return this.way.endOf(this.point.flow.valueAt(this.point.assigned, variable));
  }
}

/// The value that stands for it at the end.
export function lastOf(value: Value): Value {
  while (value.standIn) value = value.standIn;
  return value;
}

function move(held: Value, values: Renaming, isCopy: boolean): Value | undefined {
  let value = held;
  for (;;) {
    if (values.has(value)) return values.get(value);
    if (!value.standIn) break;
    value = value.standIn;
  }
  // A constant is the same in every function.
  return isCopy && value.op !== "const" ? undefined : held;
}

/// What values become on the way to the end of a function's making, renaming after renaming. Points of one block go
/// the same ways, and what is found on one of them is kept there. To be used when no pass will change the function.
export class Way {
  private before: Map<Renaming, Way> | undefined;
  private lost: Way | undefined;
  private readonly frames = new Map<Point, PointFrame>();
  private readonly found = new Map<Value, Value | undefined>();

  /// `values` are the first renaming, and the others are those of `rest`; none at the end.
  constructor(
    private readonly values?: Renaming,
    private readonly isCopy = false,
    private readonly rest?: Way,
    private readonly isLost: boolean = rest?.isLost ?? false,
  ) {}

  /// The innermost function at a point that goes this way.
  frameOf(point: Point, inside = outermost): PointFrame {
    const known = this.frames.get(point);
    if (known) return known;
    const frame = this.findFrame(point, inside);
    this.frames.set(point, frame);
    return frame;
  }

  private findFrame(point: Point, inside: Inlining): PointFrame {
    switch (point.kind) {
      case "lowered":
        return new PointFrame(point, this, inside);
      case "lost":
        this.lost ??= new Way(undefined, false, this, true);
        return this.lost.findFrame(point.of, inside);
      case "moved":
        return this.after(point.values, false).findFrame(point.of, inside);
      case "inlined": {
        const { call, values } = point;
        const caller = call.site.point && this.frameOf(call.site.point, inside);
        // Without a caller's point the copy takes the place of the caller itself.
        const own: Inlining = { caller: caller ?? inside.caller, call: caller ? call : (inside.call ?? call), slots: inside.slots + call.slots };
        return this.after(values, true).findFrame(point.of, own);
      }
    }
  }

  /// The way that begins with this renaming.
  private after(values: Renaming, isCopy: boolean): Way {
    // Most ways are the first ones.
    this.before ??= new Map();
    const known = this.before.get(values) ?? new Way(values, isCopy, this);
    this.before.set(values, known);
    return known;
  }

  /// What it has become.
  endOf(held: Held | undefined): Held | undefined {
    if (held === undefined || this.isLost) return undefined;
    if (held === inMemory) return held;
    if (this.found.has(held)) return this.found.get(held);
    let value: Value | undefined = held;
    for (let way: Way | undefined = this; way && value; way = way.rest) if (way.values) value = move(value, way.values, way.isCopy);
    this.found.set(held, value);
    return value;
  }
}

/// Locations are made field by field, here and where the point is not known yet: all are of one shape.
export function locationAt({ file, line, column, within }: Location, point: Point | undefined): Location {
  return { file, line, column, within, point };
}

/// A location's twin, whose variables are other values; made once for each location.
export function relocation(make: (point: Point) => Point): (location: Location | undefined) => Location | undefined {
  const made = new Map<Location, Location>();
  const points = new Map<Point, Point>();
  return (location) => {
    if (!location?.point) return location;
    const known = made.get(location);
    if (known) return known;
    const point = points.get(location.point) ?? make(location.point);
    points.set(location.point, point);
    const twin = locationAt(location, point);
    made.set(location, twin);
    return twin;
  };
}

/// For an instruction that moves to where the variables have other values.
export function withoutValues(location: Location | undefined): Location | undefined {
  return location?.point && location.point.kind !== "lost" ? locationAt(location, { kind: "lost", of: location.point }) : location;
}

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

/// A function's part of a point: the innermost comes first.
export interface PointFrame {
  readonly scope: SourceScope;
  /// The call through which it was inlined; undefined for the function itself.
  readonly call: InlinedCall | undefined;
  /// Put before the names of its slots.
  readonly slots: string;
  valueOf(variable: Variable): Held | undefined;
}

/// The value that stands for it at the end.
export function lastOf(value: Value): Value {
  while (value.standIn) value = value.standIn;
  return value;
}

function move(held: Held | undefined, values: Renaming, isCopy: boolean): Held | undefined {
  if (held === undefined || held === inMemory) return held;
  let value = held;
  for (;;) {
    if (values.has(value)) return values.get(value);
    if (!value.standIn) break;
    value = value.standIn;
  }
  // A constant is the same in every function.
  return isCopy && value.op !== "const" ? undefined : held;
}

const memo = new WeakMap<Point, readonly PointFrame[]>();

/// The functions at a point, the innermost first, with the values of their variables as they are now.
export function framesOf(point: Point): readonly PointFrame[] {
  const known = memo.get(point);
  if (known) return known;
  const frames = findFrames(point);
  memo.set(point, frames);
  return frames;
}

const movedFrames = new WeakMap<Renaming, Map<PointFrame, PointFrame>>();

function findFrames(point: Point): readonly PointFrame[] {
  if (point.kind === "lowered") {
    const { scope, assigned, flow } = point;
    return [{ scope, call: undefined, slots: "", valueOf: (variable) => flow.valueAt(assigned, variable) }];
  }
  const inner = framesOf(point.of);
  if (point.kind === "lost") return inner.map(({ scope, call, slots }) => ({ scope, call, slots, valueOf: () => undefined }));
  const isCopy = point.kind === "inlined";
  // Many points share the frames of their callers: these are moved once.
  const known = movedFrames.get(point.values) ?? new Map<PointFrame, PointFrame>();
  movedFrames.set(point.values, known);
  const moved = inner.map((frame): PointFrame => {
    const same = known.get(frame);
    if (same) return same;
    const { scope, call, slots } = frame;
    const made: PointFrame = { scope, call, slots, valueOf: (variable) => move(frame.valueOf(variable), point.values, isCopy) };
    known.set(frame, made);
    return made;
  });
  if (point.kind === "moved") return moved;
  const { call } = point;
  const renamed = moved.map((frame, index): PointFrame => ({
    scope: frame.scope,
    call: index === moved.length - 1 ? call : frame.call,
    slots: `${call.slots}${frame.slots}`,
    valueOf: frame.valueOf,
  }));
  return [...renamed, ...(call.site.point ? framesOf(call.site.point) : [])];
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

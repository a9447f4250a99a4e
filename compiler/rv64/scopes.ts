// When the code has its place: ranges of addresses for scopes and variables.

import type { DebugScope, DebugVariable, Place, PlacedPart } from "../object/debug.js";
import type { Placed } from "./emit.js";
import type { FrameLayout } from "./machine.js";
import type { EarlyPlace } from "./holders.js";
import type { HeldVariable, ScopeNode, Snapshot } from "./variables.js";

/// Fills in the ranges of a function's scopes.
export function scopesOf({ code, end, offsets }: Placed): DebugScope | undefined {
  const { scope, frame, pieces } = code;
  if (!scope || !frame) return undefined;
  clear(scope);
  const placed = new Map<HeldVariable, PlacedPart[]>();
  const partsOf = (held: HeldVariable) => {
    const known = placed.get(held) ?? held.parts.map(({ offset, bytes, place }) => ({ offset, bytes, place: finalPlace(place, frame) }));
    placed.set(held, known);
    return known;
  };
  let node: ScopeNode | undefined;
  const write = ({ snapshot, from, to }: Stretch) => {
    node = snapshot?.node ?? node;
    for (let at = node; at; at = at.parent) extend(at.output, from, to);
    if (snapshot) for (const held of snapshot.held) hold(held.variable, partsOf(held), from, to);
  };
  // Neighbours of which the same is known are one stretch.
  let stretch: Stretch | undefined;
  const cover = (snapshot: Snapshot | undefined, from: number, to: number) => {
    if (from === to) return;
    if (stretch?.snapshot === snapshot && stretch) return void (stretch.to = to);
    if (stretch) write(stretch);
    stretch = { snapshot, from, to };
  };
  pieces.forEach(({ variables, atEnd }, index) => {
    const [from, to] = [offsets[index]!, offsets[index + 1] ?? end];
    const split = atEnd && to > from ? to - 1 : to;
    cover(variables, from, split);
    cover(atEnd, split, to);
  });
  if (stretch) write(stretch);
  return scope;
}

interface Stretch {
  readonly snapshot: Snapshot | undefined;
  readonly from: number;
  to: number;
}

/// Of an earlier link of the same code.
function clear({ ranges, variables, children }: DebugScope): void {
  ranges.length = 0;
  for (const variable of variables) variable.ranges.length = 0;
  children.forEach(clear);
}

function extend({ ranges }: DebugScope, start: number, end: number): void {
  const last = ranges.at(-1);
  if (last?.end === start) last.end = end;
  else ranges.push({ start, end });
}

function hold({ ranges }: DebugVariable, parts: readonly PlacedPart[], start: number, end: number): void {
  const last = ranges.at(-1);
  if (last?.end === start && sameParts(last.parts, parts)) last.end = end;
  else ranges.push({ start, end, parts });
}

const sameParts = (a: readonly PlacedPart[], b: readonly PlacedPart[]) =>
  a === b || (a.length === b.length && a.every((part, index) => part.offset === b[index]!.offset && samePlace(part.place, b[index]!.place)));

function samePlace(a: Place, b: Place): boolean {
  switch (a.kind) {
    case "register":
      return b.kind === a.kind && a.register === b.register;
    case "constant":
      return b.kind === a.kind && a.value === b.value;
    case "address":
      return b.kind === a.kind && a.symbol === b.symbol && a.offset === b.offset;
    case "frame":
      return b.kind === a.kind && a.offset === b.offset;
    case "frameAddress":
      return b.kind === a.kind && a.offset === b.offset && a.align === b.align;
    case "behind":
      return b.kind === a.kind && samePlace(a.pointer, b.pointer);
  }
}

/// Frames grow downwards from the canonical frame address.
function finalPlace(place: EarlyPlace, frame: FrameLayout): Place {
  switch (place.kind) {
    case "area":
      return { kind: "frame", offset: frame.bases[place.area] + place.offset - frame.size };
    case "areaAddress":
      return { kind: "frameAddress", align: place.align, offset: frame.bases[place.area] + place.offset - frame.size };
    case "behind":
      return { kind: "behind", pointer: finalPlace(place.pointer, frame) };
    default:
      return place;
  }
}

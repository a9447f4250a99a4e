// Members and elements: fields of structs in their place, through pointers or in a value; the parts of
// slices and arrays; fields of a union's members, checked against the tag.

import type { ts } from "#typescript";
import { coerce } from "./coerce.js";
import { elaboratePresent } from "./expressions.js";
import { addressOf, binary, constant, convert, readOf, word } from "./fold.js";
import { getterValue } from "./getters.js";
import { libraryMember } from "./library.js";
import type { Scope } from "./scope.js";
import type { Expr, Place } from "./tree.js";
import {
  integerOf,
  numberOf,
  isAggregate,
  pointerTo,
  sameType,
  sizeOf,
  typeText,
  u64,
  type Field,
  type StructType,
  type Type,
  type UnionType,
} from "./types.js";

export function member(scope: Scope, node: ts.PropertyAccessExpression): Expr {
  const known = libraryMember(scope, node);
  if (known) return known;
  const base = elaboratePresent(scope, node.expression);
  const name = node.name.text;
  if (name === "$" && base.type.kind === "ptr") return readOf(pointee(scope, node.expression, base));
  if (base.type.kind === "slice") {
    if (name === "length") return lengthOf(base);
    if (name === "ptr") return { kind: "pointer", type: { kind: "many", of: base.type.of }, of: base };
  }
  if (base.type.kind === "arr" && name === "length") return constant(u64, base.type.length);
  const got = getterValue(scope, node, base);
  if (got) return got;
  const place = placeOf(scope, node.expression, base);
  if (place?.type.kind === "arr") {
    if (name === "length") return constant(u64, place.type.length);
    if (name === "ptr") return addressOf(place, { kind: "many", of: place.type.of });
  }
  if (place?.type.kind === "slice" && name === "length") return lengthOf(readOf(place));
  if (place?.type.kind === "slice" && name === "ptr")
    return { kind: "pointer", type: { kind: "many", of: place.type.of }, of: readOf(place) };
  if (place) return fieldOf(scope, node, place, name);
  if (base.type.kind === "struct") return partOf(scope, node, base, base.type, name);
  return scope.fail(node.name, "TM2013", `.${name} of ${typeText(base.type)}`);
}

function lengthOf(slice: Expr): Expr {
  if (slice.kind === "bytes") return word(slice.bytes.length);
  return slice.kind === "slice" ? slice.length : { kind: "length", type: u64, of: slice };
}

/// What a pointer points at; checked where it may be null.
export function pointee(scope: Scope, node: ts.Node, pointer: Expr): Place {
  const { type } = pointer;
  if (type.kind !== "ptr") return scope.fail(node, "TM2003", `${typeText(type)}, needed a pointer`);
  const checked = type.nullable ? coerce(scope, node, pointer, pointerTo(type.to)) : pointer;
  return { kind: "deref", type: type.to, pointer: checked };
}

/// The place that an expression names: a pointer's pointee, an aggregate's own.
export function placeOf(scope: Scope, node: ts.Node, base: Expr): Place | undefined {
  if (base.type.kind === "ptr") return pointee(scope, node, base);
  return base.kind === "read" ? base.place : undefined;
}

/// As placeOf, but a value that is nowhere is put somewhere.
export function somewhere(scope: Scope, node: ts.Node, base: Expr): Place {
  return placeOf(scope, node, base) ?? { kind: "temporary", type: base.type, value: base };
}

export function fieldOf(scope: Scope, node: ts.PropertyAccessExpression, place: Place, name: string): Expr {
  if (place.type.kind === "union") return readOf(variantField(scope, node.name, node.expression, place, place.type, name));
  const field = place.type.kind === "struct" ? place.type.fields.get(name) : undefined;
  if (!field || place.type.kind !== "struct")
    return scope.fail(node.name, "TM2013", `.${name} of ${typeText(place.type)}`);
  const value = readOf(fieldPlace(place, field));
  if (place.type.role !== "result" || name !== "val" || !holdsAddress(field.type) || isAggregate(field.type))
    return value;
  // The value of a failed Result is zeros, which no pointer may be.
  const ok = readOf(fieldPlace(place, place.type.fields.get("ok")!));
  const check: Expr = {
    kind: "check",
    type: { kind: "void" },
    condition: ok,
    reason: "value of a failed Result",
    location: scope.program.locationOf(node),
  };
  return { kind: "sequence", type: field.type, first: [check], last: value };
}
export const fieldPlace = (base: Place, field: Field): Place => ({
  kind: "field",
  type: field.type,
  base,
  offset: field.offset,
  bits: field.bits,
});
const holdsAddress = (type: Type): boolean => !numberOf(type) && type.kind !== "bool" && type.kind !== "void";

function partOf(scope: Scope, node: ts.PropertyAccessExpression, base: Expr, type: StructType, name: string): Expr {
  const field = type.fields.get(name);
  if (!field) return scope.fail(node.name, "TM2013", `.${name} of ${typeText(type)}`);
  if (field.bits) return readOf(fieldPlace({ kind: "temporary", type, value: base }, field));
  return { kind: "part", type: field.type, of: base, offset: field.offset };
}

/// The tag, or a field that the members which tsc left as possible have in common. `whole`: what tsc knows as the union.
export function variantField(scope: Scope, node: ts.Node, whole: ts.Node, place: Place, union: UnionType, name: string): Place {
  const tag = fieldPlace(place, union.tag);
  if (name === union.tag.name) return tag;
  const possible = possibleMembers(scope, whole, union).flatMap((struct) => {
    const field = struct.fields.get(name);
    return field ? [{ struct, field }] : [];
  });
  const [first] = possible;
  if (!first) return scope.fail(node, "TM2013", `.${name} of ${union.name}`);
  const agree = possible.every(
    ({ field }) => field.offset === first.field.offset && sameType(field.type, first.field.type),
  );
  if (!agree) return scope.fail(node, "TM2013", `.${name} differs among ${union.name}`);
  if (possible.length === union.members.length) return fieldPlace(place, first.field);
  if (possible.length > 1) return scope.fail(node, "TM2013", `.${name} is not in every member of ${union.name}`);
  const value = first.struct.fields.get(union.tag.name)!.tag!;
  const location = scope.program.locationOf(whole);
  return fieldPlace({ kind: "variant", type: first.struct, base: place, tag, value, location }, first.field);
}

function possibleMembers(scope: Scope, node: ts.Node, union: UnionType): readonly StructType[] {
  const type = scope.program.checker.getTypeAtLocation(node);
  const names = new Set(
    (type.isUnion() ? type.types : [type])
      .flatMap((part) => (part.isIntersection() ? part.types : [part]))
      .map((part) => part.symbol?.name),
  );
  const narrowed = union.members.filter((struct) => names.has(struct.name.replace(/<.*/, "")));
  return narrowed.length > 0 ? narrowed : union.members;
}

export function element(scope: Scope, node: ts.ElementAccessExpression): Expr {
  const base = elaboratePresent(scope, node.expression);
  if (base.type.kind === "struct" && base.type.role === "tuple") {
    const at = index(scope, node.argumentExpression);
    const field = at.kind === "const" ? base.type.fields.get(String(at.value)) : undefined;
    if (!field) return scope.fail(node.argumentExpression, at.kind === "const" ? "TM2013" : "TM2015", node.argumentExpression.getText());
    return base.kind === "read" ? readOf(fieldPlace(base.place, field)) : { kind: "part", type: field.type, of: base, offset: field.offset };
  }
  return readOf(elementPlace(scope, node, base, index(scope, node.argumentExpression)));
}

function index(scope: Scope, node: ts.Expression): Expr {
  const value = elaboratePresent(scope, node, u64);
  if (!integerOf(value.type))
    return scope.fail(node, value.kind === "bytes" ? "TM1025" : "TM2003", `${typeText(value.type)}, needed u64`);
  return value;
}

export function elementPlace(scope: Scope, node: ts.Node, base: Expr, at: Expr): Place {
  const location = scope.program.locationOf(node);
  const direct = base.type.kind === "slice" || base.type.kind === "many" ? undefined : somewhere(scope, node, base);
  const type = direct?.type ?? base.type;
  if (type.kind !== "arr" && type.kind !== "slice" && type.kind !== "many")
    return scope.fail(node, "TM2014", `[…] of ${typeText(base.type)}`);
  if (type.kind === "many") {
    const pointer = direct ? readOf(direct) : base;
    return { kind: "deref", type: type.of, pointer: moved(pointer, at, pointerTo(type.of), type.of) };
  }
  if (type.kind === "arr" && direct) {
    // A constant index needs no check, and the local array no address.
    if (at.kind === "const" && at.value < type.length && at.value >= 0n)
      return { kind: "field", type: type.of, base: direct, offset: Number(at.value) * sizeOf(type.of) };
    addressOf(direct, pointerTo(type));
    return { kind: "index", type: type.of, base: { kind: "arr", place: direct }, index: at, location };
  }
  return {
    kind: "index",
    type: type.of,
    base: { kind: "value", value: direct ? readOf(direct) : base },
    index: at,
    location,
  };
}

/// A pointer to the element `by` places on.
export function moved(pointer: Expr, by: Expr, type: Type, of: Type, negative = false): Expr {
  return { kind: "offset", type, pointer, by, negative, of };
}

/// A pointer moved by bytes.
export function displaced(pointer: Expr, bytes: bigint, type: Type): Expr {
  return convert(binary(u64, "add", convert(pointer, u64), word(BigInt.asUintN(64, bytes))), type);
}

// Object and array literals: they take their type from where they stand.

import { ts } from "#typescript";
import { beginningOf } from "./beginnings.js";
import { coerce } from "./coerce.js";
import { isLiteral, literalValue, nameOf, unwrap } from "./constants.js";
import { elaborate, elaborateAs, elaborateValue } from "./expressions.js";
import { addressOf, isStaticValue, readOf, word } from "./fold.js";
import { methodValue } from "./functions.js";
import type { Scope } from "./scope.js";
import { fieldPlace } from "./members.js";
import type { Expr, Local, Part, Place } from "./tree.js";
import { tupleOf } from "./struct-types.js";
import {
  integerOf,
  isValue,
  pointerTo,
  sameType,
  sizeOf,
  typeText,
  type ArrType,
  type BitRange,
  type Field,
  type SliceType,
  type StructType,
  type Type,
  type UnionType,
} from "./types.js";

type LetBinding = { readonly local: Local; readonly value: Expr };

export function objectLiteral(scope: Scope, node: ts.ObjectLiteralExpression, wanted: Type | undefined): Expr {
  if (wanted?.kind === "struct" && wanted.role === "option") wanted = wanted.args[0];
  if (wanted?.kind === "union") return unionLiteral(scope, node, wanted);
  if (wanted?.kind === "arr") return indexedLiteral(scope, node, wanted);
  if (wanted?.kind !== "struct")
    return scope.fail(node, wanted ? "TM2003" : "TM2010", wanted ? `an object, needed ${typeText(wanted)}` : "");
  return structLiteral(scope, node, wanted);
}

function structLiteral(scope: Scope, node: ts.ObjectLiteralExpression, struct: StructType): Expr {
  const parts = new Map<string, Part>();
  const bindings: LetBinding[] = [];
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      spread(scope, property, node, struct, parts, bindings);
      continue;
    }
    const field = struct.fields.get(nameOf(property.name));
    if (!field) return scope.fail(property, "TM2013", `${property.name.getText()} of ${struct.name}`);
    const value = propertyValue(scope, property, field);
    if (ts.isPropertyAssignment(property)) checkBits(scope, property.initializer, value, field.bits);
    parts.set(field.name, { offset: field.offset, value, bits: field.bits });
  }
  for (const field of struct.fields.values())
    if (!parts.has(field.name) && !field.name.startsWith("__"))
      return scope.fail(node, "TM2020", `${field.name} of ${struct.name}`);
  const made: Expr = { kind: "aggregate", type: struct, parts: [...parts.values()] };
  return bindings.length > 0 ? { kind: "let", type: struct, bindings, body: made } : made;
}

/// `{ ...base, level: 4 }`: the fields of another struct, as far as none that follows is written.
function spread(scope: Scope, property: ts.SpreadAssignment, node: ts.ObjectLiteralExpression, struct: StructType, parts: Map<string, Part>, bindings: LetBinding[]): void {
  const base = elaborate(scope, property.expression);
  if (base.type.kind !== "struct") return scope.fail(property.expression, "TM2003", `${typeText(base.type)}, needed a struct`);
  const later = new Set(node.properties.slice(node.properties.indexOf(property) + 1).flatMap(({ name }) => (name ? [nameOf(name)] : [])));
  const place = namedPlace(scope, base, bindings);
  for (const field of base.type.fields.values()) {
    const wanted = struct.fields.get(field.name);
    if (!wanted || later.has(field.name)) continue;
    const value = readOf(fieldPlace(place, field));
    if (!isValue(field.type)) return scope.fail(property, "TM2005", field.name);
    parts.set(field.name, { offset: wanted.offset, value: coerce(scope, property, value, wanted.type), bits: wanted.bits });
  }
}

/// Where a struct is, computed once.
function namedPlace(scope: Scope, base: Expr, bindings: LetBinding[]): Place {
  if (base.kind === "read" && (base.place.kind === "local" || base.place.kind === "global")) return base.place;
  const isPlace = base.kind === "read";
  const local = scope.fresh("", isPlace ? pointerTo(base.type) : base.type);
  bindings.push({ local, value: isPlace ? addressOf(base.place, local.type) : base });
  const read = readOf({ kind: "local", type: local.type, local });
  return isPlace ? { kind: "deref", type: base.type, pointer: read } : { kind: "local", type: local.type, local };
}

/// A constant that a `@bits` field cannot hold.
export function checkBits(scope: Scope, node: ts.Node, value: Expr, bits: BitRange | undefined): void {
  const integer = integerOf(value.type);
  if (!bits || value.kind !== "const" || !integer) return;
  const held = integer.signed ? BigInt.asIntN(bits.width, value.value) : BigInt.asUintN(bits.width, value.value);
  if (held !== value.value) scope.fail(node, "TM2002", `${node.getText()} in ${bits.width} bits`);
}

function propertyValue(scope: Scope, property: ts.ObjectLiteralElementLike, field: Pick<Field, "type">): Expr {
  if (ts.isPropertyAssignment(property)) return elaborateAs(scope, property.initializer, field.type);
  if (ts.isShorthandPropertyAssignment(property)) return elaborateAs(scope, property.name, field.type);
  if (ts.isMethodDeclaration(property))
    return coerce(scope, property, methodValue(scope, property, field.type), field.type);
  return scope.fail(property, "TM1006", property.getText());
}

/// The member whose tag the literal has.
function unionLiteral(scope: Scope, node: ts.ObjectLiteralExpression, union: UnionType): Expr {
  const tag = node.properties.find((property) => property.name && nameOf(property.name) === union.tag.name);
  if (!tag || !ts.isPropertyAssignment(tag) || !isLiteral(scope.program, tag.initializer))
    return scope.fail(node, "TM2020", union.tag.name);
  const value = literalValue(scope.program, tag.initializer);
  const member = union.members.find((struct) => struct.fields.get(union.tag.name)?.tag === value);
  if (!member) return scope.fail(tag, "TM2003", tag.getText());
  return { kind: "aggregate", type: union, parts: [{ offset: 0, value: structLiteral(scope, node, member) }] };
}

/// `{ [Kind.A]: …, [Kind.B]: … }`: an array by number.
function indexedLiteral(scope: Scope, node: ts.ObjectLiteralExpression, type: ArrType): Expr {
  const parts = node.properties.map((property) => {
    const { name } = property;
    if (!name || !ts.isPropertyAssignment(property)) return scope.fail(property, "TM1001", property.getText());
    const key = ts.isComputedPropertyName(name) ? literalValue(scope.program, name.expression) : BigInt(nameOf(name));
    return { offset: Number(key) * sizeOf(type.of), value: elaborateAs(scope, property.initializer, type.of) };
  });
  return { kind: "aggregate", type, parts };
}

export function arrayLiteral(scope: Scope, node: ts.ArrayLiteralExpression, wanted: Type | undefined): Expr {
  const spread = node.elements.find(ts.isSpreadElement) ?? node.elements.find(ts.isOmittedExpression);
  if (spread) return scope.fail(spread, "TM1018", spread.getText());
  if (wanted?.kind === "struct" && wanted.role === "option") wanted = wanted.args[0];
  if (wanted?.kind === "struct" && wanted.role === "tuple") return tupleLiteral(scope, node, wanted);
  if (wanted?.kind === "slice") return sliceLiteral(scope, node, wanted);
  if (wanted?.kind === "arr") {
    if (BigInt(node.elements.length) !== wanted.length)
      return scope.fail(node, "TM2003", `${node.elements.length} elements, needed ${wanted.length}`);
    return elements(scope, node, wanted);
  }
  if (wanted && wanted.kind !== "bool") return scope.fail(node, "TM2003", `an array, needed ${typeText(wanted)}`);
  if (node.elements.some((element) => ts.isNumericLiteral(unwrap(element)))) return scope.fail(node, "TM2029", node.getText());
  const values = node.elements.map((element) => elaborateValue(scope, element));
  const [first] = values;
  // As tsc has it: a list, unless something asks for a tuple.
  if (first && values.every(({ type }) => sameType(type, first.type)) && !ts.isArrayBindingPattern(nameOfDeclared(node) ?? node)) {
    return listOf({ kind: "arr", of: first.type, length: BigInt(values.length), readonly: false }, values);
  }
  const tuple = tupleOf(values.map((value) => value.type));
  return {
    kind: "aggregate",
    type: tuple,
    parts: values.map((value, index) => ({ offset: tuple.fields.get(String(index))!.offset, value })),
  };
}

/// What a declaration that begins with this value is of.
const nameOfDeclared = ({ parent }: ts.Node): ts.Node | undefined => (ts.isVariableDeclaration(parent) ? parent.name : undefined);

function tupleLiteral(scope: Scope, node: ts.ArrayLiteralExpression, tuple: StructType): Expr {
  const fields = [...tuple.fields.values()];
  if (fields.length !== node.elements.length)
    return scope.fail(node, "TM2003", `${node.elements.length} elements, needed ${fields.length}`);
  const parts = fields.map((field, index) => ({
    offset: field.offset,
    value: elaborateAs(scope, node.elements[index]!, field.type),
  }));
  return { kind: "aggregate", type: tuple, parts };
}

function elements(scope: Scope, node: ts.ArrayLiteralExpression, type: ArrType): Expr {
  return listOf(type, node.elements.map((element) => elaborateAs(scope, element, type.of)));
}

function listOf(type: ArrType, values: readonly Expr[]): Expr {
  const each = sizeOf(type.of);
  return { kind: "aggregate", type, parts: values.map((value, index) => ({ offset: index * each, value })) };
}

/// Static data where all of it is constant, the frame otherwise.
function sliceLiteral(scope: Scope, node: ts.ArrayLiteralExpression, wanted: SliceType): Expr {
  const { program } = scope;
  const key = `${program.idOf(node)}:${typeText(wanted)}`;
  const known = program.memo.get(key);
  if (known) return known;
  const type: ArrType = { kind: "arr", of: wanted.of, length: BigInt(node.elements.length), readonly: wanted.readonly };
  const given = elements(scope, node, type);
  const value = (scope.isStatic ? beginningOf(given, program) : undefined) ?? given;
  const isConstant = isStaticValue(value) && (scope.isStatic || wanted.readonly);
  const pointer: Type = { kind: "many", of: wanted.of };
  const address = isConstant
    ? addressOf(
        {
          kind: "global",
          type,
          global: program.static(`${scope.name}.data`, type, wanted.readonly, { initial: value }),
        },
        pointer,
      )
    : addressOf({ kind: "temporary", type, value }, pointer);
  const slice: Expr = { kind: "slice", type: wanted, pointer: address, length: word(type.length) };
  if (isConstant) program.memo.set(key, slice);
  return slice;
}

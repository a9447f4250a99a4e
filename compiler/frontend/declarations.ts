// Declarations of locals: with a type or by their value, taken apart from tuples and structs, and `using`.

import { ts } from "#typescript";
import { closureOf } from "./closures.js";
import { refuseCopy, zero } from "./coerce.js";
import { methodOf } from "./calls.js";
import { constantNode, isLiteral, nameOf } from "./constants.js";
import { elaborate, elaborateAs, elaborateValue } from "./expressions.js";
import { addressOf, readOf, word } from "./fold.js";
import { callInstance, instanceOf } from "./functions.js";
import { elementPlace, fieldPlace, somewhere, variantField } from "./members.js";
import { Refused } from "./program.js";
import type { Scope } from "./scope.js";
import type { Expr, Place, Statement } from "./tree.js";
import { isAggregate, isOption, isValue, pointerTo, sizeOf, sliceOf, typeText, type Type } from "./types.js";

export function declareAll(scope: Scope, list: ts.VariableDeclarationList): Statement[] {
  return list.declarations.flatMap((node) => {
    try {
      return declare(scope, node);
    } catch (error) {
      if (error instanceof Refused) poison(scope, node.name);
      throw error;
    }
  });
}

/// Uses of a name whose declaration was refused are no mistakes of their own.
export function poison(scope: Scope, name: ts.BindingName): void {
  if (ts.isIdentifier(name)) scope.poisoned.add(scope.program.symbolOf(name));
  else for (const element of name.elements) if (ts.isBindingElement(element)) poison(scope, element.name);
}

function declare(scope: Scope, node: ts.VariableDeclaration): Statement[] {
  const { name, initializer } = node;
  const isConst = (node.parent.flags & ts.NodeFlags.Const) !== 0;
  if (!initializer) return declareUnwritten(scope, node);
  if (!ts.isIdentifier(name)) {
    const wanted = node.type && scope.read(node.type);
    return destructure(scope, name, initializer, wanted ? elaborateAs(scope, initializer, wanted) : elaborate(scope, initializer));
  }
  // A constant without a type takes one where it is used.
  if (isConst && !node.type && isTable(scope, name, initializer)) return [];
  // What captures has no value; its calls become part of this function.
  if (isConst && closureOf(scope, initializer)) return [];
  const wanted = node.type && scope.read(node.type);
  const initial = wanted ? elaborateAs(scope, initializer, wanted) : elaborateValue(scope, initializer);
  if (["null", "void", "never", "constant"].includes(initial.type.kind))
    return scope.fail(node, "TM2010", `${name.text}: ${typeText(initial.type)}`);
  return [{ kind: "let", local: scope.declare(name, initial.type), initial }];
}

/// `let x: u64;`: tsc sees that it is written before it is read, on each way. It is zero until then.
function declareUnwritten(scope: Scope, node: ts.VariableDeclaration): Statement[] {
  const { name } = node;
  const type = node.type && scope.read(node.type);
  if (!type || !ts.isIdentifier(name) || !isValue(type) || (!hasZero(type) && isCaptured(node, name)))
    return scope.fail(node, "TM2009", name.getText());
  return [{ kind: "let", local: scope.declare(name, type), initial: zero(type) }];
}
/// All zeros are one of its values.
const hasZero = (type: Type): boolean =>
  ["int", "float", "bool", "slice", "null"].includes(type.kind) || ((type.kind === "ptr" || type.kind === "func") && type.nullable) || isOption(type);
/// What an arrow function reads, tsc does not follow.
function isCaptured(node: ts.VariableDeclaration, name: ts.Identifier): boolean {
  const visit = (inner: ts.Node, isWithin: boolean): boolean =>
    (isWithin && ts.isIdentifier(inner) && inner.text === name.text) ||
    (ts.forEachChild(inner, (child) => visit(child, isWithin || ts.isFunctionLike(inner))) ?? false);
  return ts.forEachChild(node.parent.parent.parent, (child) => visit(child, false)) ?? false;
}

function isTable(scope: Scope, name: ts.Identifier, initializer: ts.Expression): boolean {
  if (isLiteral(scope.program, name)) return true;
  const found = constantNode(scope.program, name);
  return (
    found !== undefined &&
    found !== name &&
    (ts.isAsExpression(initializer) || ts.isSatisfiesExpression(initializer)) &&
    (ts.isObjectLiteralExpression(found) || ts.isArrayLiteralExpression(found))
  );
}

/// Of parts that are structs or arrays: the pattern names copies, for nobody else has the whole; it may not, for that
/// would copy what others have; or it names them in their place, as for…of does.
export type Parts = "owned" | "shared" | "inPlace";

/// `const [a, b] = f()`, `const { stop, entry: e } = walk()`: the whole first, then its parts, inner patterns too.
export function destructure(scope: Scope, pattern: ts.BindingPattern, node: ts.Node, value: Expr, parts: Parts = value.kind === "read" ? "shared" : "owned"): Statement[] {
  const statements: Statement[] = [];
  const type = value.type.kind === "ptr" ? value.type.to : value.type;
  const isList = type.kind === "slice" && ts.isArrayBindingPattern(pattern);
  if (type.kind !== "struct" && type.kind !== "arr" && type.kind !== "union" && !isList) return scope.fail(pattern, "TM2003", `${typeText(type)} has no parts`);
  const inPlace = value.kind === "read" && isAggregate(value.type);
  let whole = value;
  if (!inPlace) {
    const local = scope.fresh("", value.type);
    statements.push({ kind: "let", local, initial: value });
    whole = readOf({ kind: "local", type: local.type, local });
  }
  const base = somewhere(scope, node, whole);
  pattern.elements.forEach((element, index) => {
    if (!ts.isBindingElement(element)) return;
    if (element.initializer) return scope.fail(element, "TM1001", element.getText());
    if (element.dotDotDotToken) return void statements.push(rest(scope, element, readOf(base), index));
    const name = ts.isArrayBindingPattern(pattern) ? String(index) : partName(scope, element);
    const place = isList ? elementPlace(scope, element, readOf(base), word(index)) : partPlace(scope, element, node, base, name);
    if (!ts.isIdentifier(element.name)) statements.push(...destructure(scope, element.name, element, readOf(place), parts));
    else if (parts === "inPlace") statements.push(nameInPlace(scope, element.name, place));
    else {
      if (parts === "shared") refuseCopy(scope, element, readOf(place));
      statements.push({ kind: "let", local: scope.declare(element.name, place.type), initial: readOf(place) });
    }
  });
  return statements;
}

/// `[first, ...more]`: the slice of what follows.
function rest(scope: Scope, element: ts.BindingElement, of: Expr, from: number): Statement {
  const { name } = element;
  if (!ts.isIdentifier(name) || (of.type.kind !== "slice" && of.type.kind !== "arr")) return scope.fail(element, "TM1018", element.getText());
  if (of.kind === "read") addressOf(of.place, pointerTo(of.type));
  const type = of.type.kind === "slice" ? of.type : sliceOf(of.type.of, of.type.readonly);
  return { kind: "let", local: scope.declare(name, type), initial: { kind: "subslice", type, of, from: word(from), to: undefined } };
}

/// A value under its name, and what is no value in its place.
export function nameInPlace(scope: Scope, name: ts.Identifier, place: Place): Statement {
  const { type } = place;
  if (isValue(type) && type.kind !== "union") return { kind: "let", local: scope.declare(name, type), initial: readOf(place) };
  const pointer = scope.fresh(name.text, pointerTo(type));
  scope.locals.set(scope.program.symbolOf(name), { kind: "deref", type, pointer: readOf({ kind: "local", type: pointer.type, local: pointer }) });
  return { kind: "let", local: pointer, initial: addressOf(place, pointer.type) };
}

function partName(scope: Scope, element: ts.BindingElement): string {
  const name = element.propertyName ?? element.name;
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? nameOf(name) : scope.fail(element, "TM1001", element.getText());
}

function partPlace(scope: Scope, element: ts.BindingElement, node: ts.Node, base: Place, name: string): Place {
  const { type } = base;
  if (type.kind === "union") return variantField(scope, element, node, base, type, name);
  if (type.kind === "struct") {
    const field = type.fields.get(name);
    if (field) return fieldPlace(base, field);
  }
  if (type.kind === "arr" && BigInt(name) < type.length)
    return { kind: "field", type: type.of, base, offset: Number(name) * sizeOf(type.of) };
  return scope.fail(element, "TM2013", `${name} of ${typeText(type)}`);
}

/// The call of `x[Symbol.dispose]()` for `using x = …`.
export function disposalOf(scope: Scope, node: ts.VariableDeclaration): Expr {
  const value = elaborate(scope, node.name as ts.Identifier);
  const found = methodOf(scope, node, value, "[Symbol.dispose]");
  if (!found) return scope.fail(node, "TM2013", `[Symbol.dispose] of ${typeText(value.type)}`);
  const instance = instanceOf(scope.program, found.declaration, found.env, found.struct);
  return callInstance(instance, [addressOf(found.place, pointerTo(found.struct))]);
}

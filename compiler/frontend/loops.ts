// `for…of` over slices, arrays and strings, or over their entries: a counter and an index, no iterator. A
// struct is named in its place, not copied.

import { ts } from "#typescript";
import { unwrap } from "./constants.js";
import { destructure, nameInPlace } from "./declarations.js";
import { elaborate } from "./expressions.js";
import { addressOf, compare, constant, readOf, word } from "./fold.js";
import { somewhere } from "./members.js";
import type { Scope } from "./scope.js";
import { elaborateBlock } from "./statements.js";
import { tupleOf } from "./struct-types.js";
import type { Expr, Indexed, Local, Place, Statement } from "./tree.js";
import { bool, isAggregate, isValue, pointerTo, typeText, u64, type Type } from "./types.js";

export function forOf(scope: Scope, node: ts.ForOfStatement, label: string | undefined): Statement[] {
  const { initializer } = node;
  const [declaration] = ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
  if (node.awaitModifier) return scope.fail(node, "TM1004");
  if (!declaration)
    return scope.fail(initializer, "TM1001", initializer.getText());
  const entries = entriesOf(scope, node.expression);
  const sequence = entries ?? node.expression;
  const value = elaborate(scope, sequence);
  const through = value.type.kind === "ptr" ? value.type.to : value.type;
  const before: Statement[] = [];
  let base: Indexed, length: Expr, of: Type;
  if (through.kind === "arr") {
    base = { kind: "arr", place: somewhere(scope, sequence, value) };
    addressOf(base.place, pointerTo(through));
    [length, of] = [word(through.length), through.of];
  } else if (through.kind === "slice") {
    const slice = value.type.kind === "ptr" ? readOf(somewhere(scope, sequence, value)) : value;
    const local = scope.fresh("", slice.type);
    before.push({ kind: "let", local, initial: slice });
    const read = readOf({ kind: "local", type: local.type, local });
    base = { kind: "value", value: read };
    [length, of] = [{ kind: "length", type: u64, of: read }, through.of];
  } else return scope.fail(sequence, "TM2014", `for…of over ${typeText(value.type)}`);

  const counter: Local = scope.fresh("", u64);
  const index = readOf({ kind: "local", type: u64, local: counter });
  const place: Place = { kind: "index", type: of, base, index };
  const bind = entries ? bindEntry(scope, declaration.name, index, place) : bindElement(scope, declaration.name, place);
  const condition = compare("lt", index, length);
  const step: Expr = { kind: "postfix", type: u64, place: { kind: "local", type: u64, local: counter }, op: "add" };
  const body = [...bind, ...elaborateBlock(scope, node.statement)];
  return [
    {
      kind: "block",
      body: [
        ...before,
        { kind: "let", local: counter, initial: word(0) },
        {
          kind: "loop",
          label,
          condition: condition.kind === "const" ? constant(bool, condition.value) : condition,
          body,
          step,
          testFirst: true,
        },
      ],
    },
  ];
}

/// What `xs.entries()` goes through, where the library's method is meant.
function entriesOf(scope: Scope, node: ts.Expression): ts.Expression | undefined {
  const call = unwrap(node);
  if (!ts.isCallExpression(call) || call.questionDotToken) return undefined;
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.questionDotToken || callee.name.text !== "entries") return undefined;
  const method = scope.program.checker.getSymbolAtLocation(callee.name)?.valueDeclaration;
  return method?.getSourceFile().isDeclarationFile ? callee.expression : undefined;
}

/// `[i, x]`: a copy of the counter, and the element; or both as one tuple.
function bindEntry(scope: Scope, name: ts.BindingName, index: Expr, place: Place): Statement[] {
  if (!ts.isArrayBindingPattern(name)) {
    if (!isValue(place.type)) return scope.fail(name, "TM2030", `${typeText(place.type)} is not copied into a tuple`);
    const tuple = tupleOf([u64, place.type]);
    const values = [index, readOf(place)];
    const entry: Expr = { kind: "aggregate", type: tuple, parts: values.map((value, at) => ({ offset: tuple.fields.get(String(at))!.offset, value })) };
    return ts.isIdentifier(name) ? [{ kind: "let", local: scope.declare(name, tuple), initial: entry }] : destructure(scope, name, name, entry);
  }
  const [first, second] = name.elements.map((element) => (ts.isBindingElement(element) ? element : undefined));
  for (const element of [first, second]) if (element?.dotDotDotToken || element?.initializer) return scope.fail(element, "TM1001", element.getText());
  const number: Statement[] = [];
  if (first && !ts.isIdentifier(first.name)) return scope.fail(first, "TM2003", `${typeText(u64)} has no parts`);
  if (first) number.push({ kind: "let", local: scope.declare(first.name as ts.Identifier, u64), initial: index });
  return second ? [...number, ...bindElement(scope, second.name, place)] : number;
}

/// The element under its name, or taken apart.
function bindElement(scope: Scope, name: ts.BindingName, place: Place): Statement[] {
  if (!ts.isIdentifier(name)) {
    const before: Statement[] = [];
    const element = elementOf(scope, place, before);
    return [...before, ...destructure(scope, name, name, element, "inPlace")];
  }
  return [nameInPlace(scope, name, place)];
}

/// The element as a pattern takes it apart: its address is computed once.
function elementOf(scope: Scope, place: Place, before: Statement[]): Expr {
  if (!isAggregate(place.type)) return readOf(place);
  const pointer = scope.fresh("", pointerTo(place.type));
  before.push({ kind: "let", local: pointer, initial: addressOf(place, pointer.type) });
  return readOf({ kind: "deref", type: place.type, pointer: readOf({ kind: "local", type: pointer.type, local: pointer }) });
}

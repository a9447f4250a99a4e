// `for…of` over slices, arrays and strings: a counter and an index, no iterator. A struct is named in its
// place, not copied.

import { ts } from "#typescript";
import { destructure } from "./declarations.js";
import { elaborate } from "./expressions.js";
import { addressOf, compare, constant, readOf, word } from "./fold.js";
import { somewhere } from "./members.js";
import type { Scope } from "./scope.js";
import { elaborateBlock } from "./statements.js";
import type { Expr, Indexed, Local, Place, Statement } from "./tree.js";
import { bool, isAggregate, isValue, pointerTo, typeText, u64, type Type } from "./types.js";

export function forOf(scope: Scope, node: ts.ForOfStatement, label: string | undefined): Statement[] {
  const { initializer } = node;
  const [declaration] = ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
  if (node.awaitModifier) return scope.fail(node, "TM1004");
  if (!declaration)
    return scope.fail(initializer, "TM1001", initializer.getText());
  const value = elaborate(scope, node.expression);
  const through = value.type.kind === "ptr" ? value.type.to : value.type;
  const before: Statement[] = [];
  let base: Indexed, length: Expr, of: Type;
  if (through.kind === "arr") {
    base = { kind: "arr", place: somewhere(scope, node.expression, value) };
    addressOf(base.place, pointerTo(through));
    [length, of] = [word(through.length), through.of];
  } else if (through.kind === "slice") {
    const slice = value.type.kind === "ptr" ? readOf(somewhere(scope, node.expression, value)) : value;
    const local = scope.fresh("", slice.type);
    before.push({ kind: "let", local, initial: slice });
    const read = readOf({ kind: "local", type: local.type, local });
    base = { kind: "value", value: read };
    [length, of] = [{ kind: "length", type: u64, of: read }, through.of];
  } else return scope.fail(node.expression, "TM2014", `for…of over ${typeText(value.type)}`);

  const counter: Local = scope.fresh("", u64);
  const index = readOf({ kind: "local", type: u64, local: counter });
  const place = { kind: "index", type: of, base, index } as const;
  const bind: Statement[] = [];
  const { name } = declaration;
  if (!ts.isIdentifier(name)) bind.push(...destructure(scope, name, node.expression, elementOf(scope, place, bind)));
  else if (!isValue(of)) {
    const pointer = scope.fresh(name.text, pointerTo(of));
    bind.push({ kind: "let", local: pointer, initial: addressOf(place, pointerTo(of)) });
    scope.locals.set(scope.program.symbolOf(name), {
      kind: "deref",
      type: of,
      pointer: readOf({ kind: "local", type: pointer.type, local: pointer }),
    });
  } else bind.push({ kind: "let", local: scope.declare(name, of), initial: readOf(place) });
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

/// The element as a pattern takes it apart: its address is computed once.
function elementOf(scope: Scope, place: Place, before: Statement[]): Expr {
  if (!isAggregate(place.type)) return readOf(place);
  const pointer = scope.fresh("", pointerTo(place.type));
  before.push({ kind: "let", local: pointer, initial: addressOf(place, pointer.type) });
  return readOf({ kind: "deref", type: place.type, pointer: readOf({ kind: "local", type: pointer.type, local: pointer }) });
}

// Elaborates calls: conversions, the library's intrinsics, and functions.

import { ts } from "ts-morph";
import { elaborate, elaborateAny, elaborateAs, elaboratePlace } from "./expressions.js";
import type { Scope } from "./scope.js";
import { isInt, type Expr } from "./tree.js";
import { integers, typeText, u64, type Type } from "./types.js";

export function elaborateCall(scope: Scope, node: ts.CallExpression): Expr {
  const [first] = node.arguments;
  const name = node.expression.getText();
  const integer = integers.get(name);
  if (integer && first) return convert(scope, first, integer);
  if (name.endsWith(".of") && first) return { kind: "convert", type: u64, operand: elaborate(scope, first) };
  if (name === "ref" && first) {
    const place = elaboratePlace(scope, first);
    return { kind: "address", type: { kind: "ptr", to: place.type, nullable: false }, place };
  }
  if (name === "unsafe.many" && first && node.typeArguments?.[0]) {
    return {
      kind: "convert",
      type: { kind: "many", of: scope.types.read(node.typeArguments[0]) },
      operand: elaborateAs(scope, first, u64),
    };
  }
  if (ts.isPropertyAccessExpression(node.expression)) return method(scope, node, node.expression);
  if (!ts.isIdentifier(node.expression)) return scope.fail(node, "TM1001", name);
  const signature = scope.functions.get(scope.symbolOf(node.expression)) ?? scope.fail(node, "TM1001", `${name}()`);
  const args = node.arguments.map((argument, index) => elaborateAs(scope, argument, signature.params[index] as Type));
  return { kind: "call", type: signature.result, callee: signature.name, args };
}

/// `u8(x)` wraps; a literal keeps its own width, so `u8(0x1ff)` is 0xff.
function convert(scope: Scope, node: ts.Expression, type: Type): Expr {
  const operand = elaborate(scope, node, scope.isLiteral(node) ? u64 : undefined);
  if (!isInt(operand.type) && operand.type.kind !== "bool") scope.fail(node, "TM2003", typeText(operand.type));
  return { kind: "convert", type, operand };
}

/// Methods of slices, Arr and Many.
function method(scope: Scope, node: ts.CallExpression, callee: ts.PropertyAccessExpression): Expr {
  const of = elaborateAny(scope, callee.expression);
  const [from, to] = node.arguments;
  const { type } = of;
  if (callee.name.text === "slice" && (type.kind === "arr" || type.kind === "slice")) {
    const start: Expr = from ? elaborateAs(scope, from, u64) : { kind: "const", type: u64, value: 0n };
    return {
      kind: "slice",
      type: { kind: "slice", of: type.of },
      of,
      from: start,
      to: to && elaborateAs(scope, to, u64),
    };
  }
  if (callee.name.text === "add" && type.kind === "many" && from)
    return { kind: "offset", type, pointer: of, by: elaborateAs(scope, from, u64) };
  return scope.fail(node, "TM1001", callee.getText());
}

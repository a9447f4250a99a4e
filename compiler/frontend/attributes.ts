// `attr({…})`, the first statement of a function, and the options of `naked({…})`.

import { ts } from "#typescript";
import type { FuncAttributes } from "../ir/types.js";
import { isLiteral, literalValue, nameOf, unwrap, constantNode } from "./constants.js";
import type { Scope } from "./scope.js";

const names = [
  "zero",
  "ra",
  "sp",
  "gp",
  "tp",
  "t0",
  "t1",
  "t2",
  "s0",
  "s1",
  "a0",
  "a1",
  "a2",
  "a3",
  "a4",
  "a5",
  "a6",
  "a7",
  "s2",
  "s3",
  "s4",
  "s5",
  "s6",
  "s7",
  "s8",
  "s9",
  "s10",
  "s11",
  "t3",
  "t4",
  "t5",
  "t6",
] as const;
export type RegisterName = (typeof names)[number];
export function registerNumber(name: RegisterName): number | undefined {
  const index = names.indexOf(name);
  return index < 0 ? undefined : index;
}

/// The attributes that a body's first statement gives, and the statements after it.
export function splitAttributes(
  scope: Scope,
  statements: readonly ts.Statement[],
): { attributes: FuncAttributes; rest: readonly ts.Statement[] } {
  let attributes: FuncAttributes = {};
  let count = 0;
  for (const statement of statements) {
    const call =
      ts.isExpressionStatement(statement) && ts.isCallExpression(statement.expression)
        ? statement.expression
        : undefined;
    const name = call?.expression.getText();
    if (!call || (name !== "attr" && name !== "section")) break;
    const [argument] = call.arguments;
    attributes = {
      ...attributes,
      ...(name === "attr" ? readAttributes(scope, argument) : { section: textOf(scope, argument as ts.Expression) }),
    };
    count++;
  }
  return { attributes, rest: statements.slice(count) };
}

type Writable = { -readonly [K in keyof FuncAttributes]: FuncAttributes[K] };

export function readAttributes(scope: Scope, node: ts.Expression | undefined): FuncAttributes {
  const attributes: Writable = {};
  if (!node) return attributes;
  const object = constantNode(scope.program, node) ?? unwrap(node);
  if (!ts.isObjectLiteralExpression(object)) return scope.fail(node, "TM2015", node.getText());
  for (const property of object.properties) {
    if (!ts.isPropertyAssignment(property)) return scope.fail(property, "TM2015", property.getText());
    const { initializer: value } = property;
    switch (nameOf(property.name)) {
      case "section":
        attributes.section = textOf(scope, value);
        break;
      case "symbol":
        attributes.symbol = textOf(scope, value);
        break;
      case "align":
        attributes.align = isLiteral(scope.program, value)
          ? Number(literalValue(scope.program, value))
          : scope.fail(value, "TM2015", value.getText());
        break;
      case "inline":
        attributes.inline = textOf(scope, value) === "always" ? "always" : "never";
        break;
      case "cold":
        attributes.cold = flag(value);
        break;
      case "noreturn":
        attributes.noreturn = flag(value);
        break;
      case "leaf":
        attributes.leaf = flag(value);
        break;
      case "preserve":
        attributes.preserve = registers(scope, value);
        break;
      case "returns":
        attributes.returns = registers(scope, value);
        break;
    }
  }
  return attributes;
}

const flag = (node: ts.Expression): boolean => node.kind === ts.SyntaxKind.TrueKeyword;
function textOf(scope: Scope, node: ts.Expression): string {
  const value = constantNode(scope.program, node) ?? unwrap(node);
  return ts.isStringLiteral(value) ? value.text : scope.fail(node, "TM2015", node.getText());
}
function registers(scope: Scope, node: ts.Expression): number[] {
  const list = constantNode(scope.program, node) ?? unwrap(node);
  if (!ts.isArrayLiteralExpression(list)) return scope.fail(node, "TM2015", node.getText());
  return list.elements.map(
    (element) =>
      registerNumber(textOf(scope, element) as RegisterName) ?? scope.fail(element, "TM2015", element.getText()),
  );
}

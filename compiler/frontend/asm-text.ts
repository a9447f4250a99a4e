// Assembly text that is made at compile time: constants, symbols, and functions that return text.

import { ts } from "#typescript";
import type { AsmPart } from "../ir/types.js";
import { constantNode, isLiteral, literalValue, unwrap } from "./constants.js";
import { elaborate } from "./expressions.js";
import { constant } from "./fold.js";
import { libraryName } from "./library.js";
import { Refused } from "./program.js";
import { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import { i64, integerOf, u64 } from "./types.js";

export type TextPart = string;

/// Cuts parts into lines, without comments and empty lines.
export function linesOf(parts: readonly (TextPart | AsmPart)[]): AsmPart[][] {
  const lines: AsmPart[][] = [[]];
  let inComment = false;
  for (const part of parts) {
    if (typeof part !== "string") {
      if (!inComment) lines.at(-1)!.push(part);
      continue;
    }
    part.split(/(\n|;|\/\/|#)/).forEach((piece) => {
      if (piece === "\n" || (piece === ";" && !inComment)) {
        inComment = false;
        lines.push([]);
      } else if (piece === "//" || piece === "#") inComment = true;
      else if (!inComment && piece !== "") lines.at(-1)!.push({ kind: "text", text: piece });
    });
  }
  return lines.map(trimmed).filter((line) => line.length > 0);
}

function trimmed(line: readonly AsmPart[]): AsmPart[] {
  const joined: AsmPart[] = [];
  for (const part of line) {
    const last = joined.at(-1);
    if (part.kind === "text" && last?.kind === "text")
      joined[joined.length - 1] = { kind: "text", text: last.text + part.text };
    else joined.push(part);
  }
  return joined
    .map((part, index): AsmPart => {
      if (part.kind !== "text") return part;
      let { text } = part;
      if (index === 0) text = text.trimStart();
      if (index === joined.length - 1) text = text.trimEnd();
      return { kind: "text", text };
    })
    .filter((part) => part.kind !== "text" || part.text !== "");
}

/// The text that an operand stands for, when it stands for text.
export function compileTimeText(scope: Scope, operand: ts.Expression): (TextPart | AsmPart)[] | undefined {
  const node = resolve(scope, operand);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return template(scope, node);
  if (ts.isCallExpression(node)) {
    if (libraryName(scope, node.expression) === "asm.list") return list(scope, node);
    const callee = resolve(scope, node.expression);
    if (ts.isArrowFunction(callee) && !ts.isBlock(callee.body) && returnsText(scope, node))
      return call(scope, callee, callee.body, node.arguments);
  }
  if (isLiteral(scope.program, node)) return [String(literalValue(scope.program, node))];
  if (!isCompileTime(scope, node)) return undefined;
  const value = elaborate(scope, node);
  if (value.kind === "symbol") return [{ kind: "symbol", symbol: value.symbol, addend: value.addend }];
  if (value.kind !== "const") return undefined;
  const integer = integerOf(value.type);
  return [String(integer && !integer.signed ? BigInt.asUintN(64, value.value) : value.value)];
}

function returnsText(scope: Scope, node: ts.CallExpression): boolean {
  const type = scope.program.checker.getTypeAtLocation(node);
  return type.symbol?.name === "AsmText" || (type.flags & ts.TypeFlags.StringLike) !== 0;
}

/// Elaborating it has no effect on the program but what a constant would have.
function isCompileTime(scope: Scope, node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return !scope.locals.has(scope.program.symbolOf(node));
  if (ts.isPropertyAccessExpression(node))
    return libraryName(scope, node) === undefined || /\.(MIN|MAX)$/.test(node.getText())
      ? isCompileTime(scope, node.expression)
      : false;
  if (ts.isBinaryExpression(node)) return isCompileTime(scope, node.left) && isCompileTime(scope, node.right);
  if (ts.isPrefixUnaryExpression(node)) return isCompileTime(scope, node.operand);
  if (ts.isParenthesizedExpression(node)) return isCompileTime(scope, node.expression);
  if (ts.isCallExpression(node)) {
    const name = libraryName(scope, node.expression);
    if (name !== undefined && /^(sizeof|alignof|offsetof|symbolAddress)$/.test(name)) return true;
    if (name === "ref") return node.arguments.every((argument) => isCompileTime(scope, argument));
    return (
      name !== undefined &&
      /^(ref|[ui](8|16|32|64|size)(\.of)?)$/.test(name) &&
      node.arguments.every((argument) => isCompileTime(scope, argument))
    );
  }
  return isLiteral(scope.program, node);
}

/// Names bound to a piece of syntax, in the scope of one piece of text.
const boundNodes = new WeakMap<Scope, Map<ts.Symbol, ts.Expression>>();

function resolve(scope: Scope, node: ts.Expression): ts.Expression {
  node = unwrap(node);
  if (!ts.isIdentifier(node)) return node;
  const bound = boundNodes.get(scope)?.get(scope.program.symbolOf(node));
  if (bound) return bound;
  const constantOf = constantNode(scope.program, node);
  return constantOf && !ts.isCallExpression(constantOf) ? constantOf : node;
}

function template(scope: Scope, node: ts.TemplateExpression): (TextPart | AsmPart)[] {
  const spans = node.templateSpans.flatMap((span) => {
    const text =
      compileTimeText(scope, span.expression) ?? scope.fail(span.expression, "TM3001", span.expression.getText());
    return [...text, span.literal.text];
  });
  return [node.head.text, ...spans];
}

/// `asm.list(items, item => `…`)`: one line for each.
function list(scope: Scope, node: ts.CallExpression): (TextPart | AsmPart)[] {
  const [items, line] = node.arguments.map((argument) => resolve(scope, argument));
  if (!items || !line || !ts.isArrayLiteralExpression(items) || !ts.isArrowFunction(line) || ts.isBlock(line.body))
    return scope.fail(node, "TM2015", node.getText());
  const { body } = line;
  return items.elements.flatMap((element) => [...call(scope, line, body, [element]), "\n"]);
}

function call(
  scope: Scope,
  callee: ts.ArrowFunction,
  body: ts.Expression,
  args: readonly ts.Expression[],
): (TextPart | AsmPart)[] {
  const inner = new Scope(scope.program, scope.env, scope.name, true);
  const nodes = new Map<ts.Symbol, ts.Expression>();
  callee.parameters.forEach((parameter, index) => {
    const argument = args[index] && resolve(scope, args[index]);
    if (!argument) throw new Refused("argument");
    const symbol = scope.program.symbolOf(parameter.name);
    const value = constantOf(scope, argument);
    if (value) inner.bound.set(symbol, value);
    else nodes.set(symbol, argument);
  });
  boundNodes.set(inner, nodes);
  return compileTimeText(inner, body) ?? scope.fail(body, "TM3001", body.getText());
}

function constantOf(scope: Scope, node: ts.Expression): Expr | undefined {
  if (isLiteral(scope.program, node)) {
    const value = literalValue(scope.program, node);
    return constant(value < 0n ? i64 : u64, value);
  }
  if (!isCompileTime(scope, node)) return undefined;
  const value = elaborate(scope, node);
  return value.kind === "const" ? value : undefined;
}

// Helps in the words of the place: the rewrite with the names that stand there. Where a code has none, or the text
// is long, its row in codes.ts has the help.

import { ts } from "#typescript";
import { codes, type Code } from "./codes.js";

/// The text of a node that is short enough to be shown in a rewrite.
function brief(node: ts.Node): string | undefined {
  const text = node.getText();
  return text.length <= 32 && !text.includes("\n") ? text : undefined;
}

const helps: Partial<Record<Code, (node: ts.Node) => string | undefined>> = {
  TM1008: (node) => (ts.isPropertyDeclaration(node) ? `leave it out, and write it where one is made: \`{ ${node.name.getText()}: ${node.initializer?.getText() ?? "0"}, … }\`` : undefined),
  TM1038: conversionFor,
  TM2004: (node) => declared(node, "u64"),
  TM2005(node) {
    const text = brief(node);
    return text && `take ref(${text}), which shares it, or write copy(${text}); what has only readonly fields is copied as it is`;
  },
  TM2006: (node) => (ts.isTypeReferenceNode(node) ? { String: "write `string`", Boolean: "write `boolean`", Number: "write u64, or the integer with the width that is meant" }[node.getText()] : undefined),
  TM2008(node) {
    const text = brief(node);
    return text && `compare it: \`${ts.isBinaryExpression(node) ? `(${text})` : text} !== 0\``;
  },
  TM2023: (node) => (ts.isParameter(node) && node.initializer && !node.type ? `write the type: \`${node.name.getText()}: u64 = ${brief(node.initializer) ?? "…"}\`` : undefined),
  TM2029: (node) => ts.isArrayLiteralExpression(node) ? declared(node, `Arr<u64, ${node.elements.length}>`) : undefined,
  TM2032(node) {
    const { parent } = node;
    const text = ts.isBinaryExpression(parent) && parent.operatorToken.kind !== ts.SyntaxKind.LessThanLessThanEqualsToken ? brief(parent.left) : undefined;
    const wide = Number(node.getText()) < 32 ? "u32" : "u64";
    return text && `widen what is shifted first: \`${wide}(${text}) ${(parent as ts.BinaryExpression).operatorToken.getText()} ${node.getText()}\``;
  },
};

export const helpFor = (code: Code, node: ts.Node): string => helps[code]?.(node) ?? codes[code].help;

/// The declaration that a value begins, with its type.
function declared(node: ts.Node, type: string): string | undefined {
  const { parent } = node;
  if (!ts.isVariableDeclaration(parent) || parent.type || parent.initializer !== node || !ts.isIdentifier(parent.name)) return undefined;
  const keyword = parent.parent.flags & ts.NodeFlags.Const ? "const" : "let";
  return `write the type: \`${keyword} ${parent.name.text}: ${type} = ${brief(node) ?? "…"}\``;
}

/// What to write for `value as T`.
function conversionFor(node: ts.Node): string | undefined {
  if (!ts.isAssertionExpression(node)) return undefined;
  const { expression, type } = node;
  const [value, name] = [expression.getText(), type.getText()];
  const argument = ts.isTypeReferenceNode(type) ? type.typeArguments?.[0]?.getText() : undefined;
  if (/^([iu](8|16|32|64|size)|f32|f64)$/.test(name)) return `convert: ${name}(${value})`;
  if (argument && /^Ptr</.test(name)) return `of a pointer unsafe.cast<${argument}>(${value}), of an address unsafe.ptr<${argument}>(${value})`;
  if (argument && /^Many</.test(name)) return `write unsafe.many<${argument}>(${value}) with an address`;
  if (name === "number") return "leave it out: integers of one sign go together, others are converted, as in u64(x)";
  return `write the type where it is declared: \`const x: ${name} = ${value}\`; an enum from its number is unsafe.enumOf<${name}>(${value}), between types with a meaning u64(${value})`;
}

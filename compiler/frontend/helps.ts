// Helps in the words of the place: the rewrite with the names that stand there. Where a code has none, or the text
// is long, its row in codes.ts has the help.

import { ts } from "#typescript";
import { codes, type Code } from "./codes.js";

/// The text of a node that is short enough to be shown in a rewrite.
function brief(node: ts.Node): string | undefined {
  const text = node.getText();
  return text.length <= 32 && !text.includes("\n") ? text : undefined;
}

/// `detail` is what the message says after its colon.
const helps: Partial<Record<Code, (node: ts.Node, detail: string) => string | undefined>> = {
  TM1001(node) {
    if (ts.isBindingElement(node) && node.initializer) return `leave the default out, \`${node.name.getText()}\`: nothing is missing here`;
    if (/^\*\*=?$/.test(node.getText())) return "multiply in a loop: `for (let i: u64 = 0; i < n; i++) x *= base;`; a power of two is `1 << n`";
    return undefined;
  },
  TM1008: (node) => (ts.isPropertyDeclaration(node) ? `leave it out, and write it where one is made: \`{ ${node.name.getText()}: ${node.initializer?.getText() ?? "0"}, … }\`` : undefined),
  TM1016(node) {
    const { parent } = node;
    if (!ts.isForInStatement(parent)) return undefined;
    const name = ts.isVariableDeclarationList(parent.initializer) ? parent.initializer.declarations[0]!.name.getText() : parent.initializer.getText();
    const [, from, to] = /\bin\s+(\w+)\.\.=?(\w+)/.exec(parent.getText()) ?? [];
    const over = brief(parent.expression) ?? "xs";
    return from === undefined ? `write \`for (const [${name}, x] of ${over}.entries())\`, or an enum's members one by one` : `write \`for (let ${name}: u64 = ${from}; ${name} < ${to}; ${name}++)\``;
  },
  TM1018(node) {
    if (ts.isParameter(node)) return `pass a slice: \`${node.name.getText()}: readonly ${node.type?.getText() ?? "u64[]"}\`, called with \`[a, b, c]\``;
    return undefined;
  },
  TM1019(node) {
    const { parent } = node;
    if (!ts.isPropertyAccessExpression(parent) && !ts.isElementAccessExpression(parent) && !ts.isCallExpression(parent)) return undefined;
    const base = brief(parent.expression);
    if (!base) return undefined;
    const rest = parent.getText().slice(base.length).replace(/^\?\.(?=[[(])|^\?/, "");
    return `test for null first: \`${base} !== null ? ${base}${rest} : …\`, or \`if (${base}) …\``;
  },
  TM1031: (node) => (ts.isPropertyDeclaration(node) ? `write it at the top level, outside the class: \`${node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) ? "const" : "let"} ${node.name.getText()}${node.type ? `: ${node.type.getText()}` : ""} = ${(node.initializer && brief(node.initializer)) ?? "…"};\`` : undefined),
  TM1038: conversionFor,
  TM2001(node, detail) {
    const [, a, b] = /^([iu]\d+) and ([iu]\d+)$/.exec(detail) ?? [];
    if (!a || !b || !ts.isBinaryExpression(node)) return undefined;
    const [left, right] = [brief(node.left), brief(node.right)];
    const isFirst = a.startsWith("i");
    const [signed, unsigned] = isFirst ? [a, b] : [b, a];
    const [ofSigned, ofUnsigned] = (isFirst ? [left, right] : [right, left]).map((text) => text?.replace(/^\((.*)\)$/, "$1"));
    if (!ofSigned || !ofUnsigned) return undefined;
    // A wider signed type holds all that the unsigned one does.
    return Number(unsigned.slice(1)) < Number(signed.slice(1)) ? `convert one side: \`${signed}(${ofUnsigned})\`` : `convert one side: \`${unsigned}(${ofSigned})\`, or \`i64(${ofUnsigned})\``;
  },
  TM2003(node, detail) {
    const [, number, of] = /^(\d\w*), needed ([A-Z]\w*)$/.exec(detail) ?? [];
    if (number) return `write the member, \`${of}.…\`, or \`unsafe.enumOf<${of}>(${number})\``;
    const [, a, b] = /^(\w+) and (\w+)$/.exec(detail) ?? [];
    if (!a || !b || !ts.isBinaryExpression(node)) return undefined;
    const isFloat = (name: string) => /^f(32|64)$/.test(name);
    const value = isFloat(a) === isFloat(b) ? undefined : brief(isFloat(a) ? node.right : node.left);
    return value && `convert the integer: \`${isFloat(a) ? a : b}(${value})\``;
  },
  TM2004: (node) => declared(node, "u64"),
  TM2005(node, detail) {
    if (ts.isSpreadAssignment(node)) return `write what is to become of it: \`${detail}: copy(${node.expression.getText()}.${detail})\``;
    if (ts.isBindingElement(node)) {
      const whole = ts.findAncestor(node, ts.isVariableDeclaration);
      const from = whole?.name === node.parent && whole.initializer && brief(whole.initializer);
      const part = ts.isArrayBindingPattern(node.parent) ? `[${node.parent.elements.indexOf(node)}]` : `.${(node.propertyName ?? node.name).getText()}`;
      return `take it by itself: \`const ${node.name.getText()} = ref(${from || "x"}${part})\` shares it, copy(…) copies it`;
    }
    if (node.kind === ts.SyntaxKind.ThisKeyword) {
      const struct = ts.findAncestor(node, ts.isClassDeclaration)?.name?.text ?? "T";
      return `return a pointer: \`: Ptr<${struct}>\` and \`return ref<${struct}>(this);\``;
    }
    const text = brief(node);
    return text && `take ref(${text}), which shares it, or write copy(${text}); what has only readonly fields is copied as it is`;
  },
  TM2006: (node, detail) => (/^"[^"]*"( \| "[^"]*")+$/.test(detail) ? `write an enum: \`enum E { ${detail.replaceAll(/"([^"]*)"( \| )?/g, (_, name: string, more?: string) => `${name.replaceAll(/\W/g, "_").replace(/^[a-z]/, (first) => first.toUpperCase())}${more ? ", " : ""}`)} }\`` : ts.isTypeReferenceNode(node) ? { String: "write `string`", Boolean: "write `boolean`", Number: "write u64, or the integer with the width that is meant" }[node.getText()] : undefined),
  TM2008(node) {
    const text = brief(node);
    return text && `compare it: \`${ts.isBinaryExpression(node) ? `(${text})` : text} !== 0\``;
  },
  TM2010(node, detail) {
    if (detail === "the function's result") return "write the result's type: `(): u64 => …`";
    if (ts.isObjectLiteralExpression(node)) return "write a class with these fields, and its name on the declaration: `const p: Point = { x: 1, y: 2 };`, or as the function's result";
    return undefined;
  },
  TM2012(node, detail) {
    const [root] = /^\w+/.exec(node.getText()) ?? [];
    return detail.endsWith("is a constant") ? `give it a class, so that it lies in memory: \`const ${root}: T = { … };\` with \`class T { … }\`` : undefined;
  },
  TM2014(node, detail) {
    const { parent } = node;
    if (detail.endsWith("is never null") && ts.isBinaryExpression(parent)) return `leave \`?? ${brief(parent.right) ?? "…"}\` out; an index that may be out of bounds is compared with the length`;
    if (!ts.isBinaryExpression(node) || !/^[A-Z].* [=!]==$/.test(detail)) return undefined;
    const [left, right] = [brief(node.left), brief(node.right)];
    return left && right && `compare what is in them, or whether they are one: \`ref(${left}) ${node.operatorToken.getText()} ref(${right})\``;
  },
  TM2019: (node) => (ts.isElementAccessExpression(node.parent) && node.parent.expression === node ? "an enum has no names when it runs: write a list of them, `const names = [\"A\", \"B\"] as const;`, and `names[e]`" : undefined),
  TM2023: (node) => (ts.isParameter(node) && node.initializer && !node.type ? `write the type: \`${node.name.getText()}: u64 = ${brief(node.initializer) ?? "…"}\`` : undefined),
  TM2029: (node) => ts.isArrayLiteralExpression(node) ? declared(node, `Arr<u64, ${node.elements.length}>`) : undefined,
  TM2032(node) {
    const { parent } = node;
    const text = ts.isBinaryExpression(parent) && parent.operatorToken.kind !== ts.SyntaxKind.LessThanLessThanEqualsToken ? brief(parent.left) : undefined;
    const wide = Number(node.getText()) < 32 ? "u32" : "u64";
    return text && `widen what is shifted first: \`${wide}(${text}) ${(parent as ts.BinaryExpression).operatorToken.getText()} ${node.getText()}\``;
  },
};

export const helpFor = (code: Code, node: ts.Node, detail: string): string => helps[code]?.(node, detail) ?? codes[code].help;

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

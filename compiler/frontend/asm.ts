// Assembly in templates: the text is split into lines, and its operands become inputs, outputs, symbols or
// text. Values travel in registers as 64 bits; which ones, the template or the allocator says.

import { ts } from "#typescript";
import type { Asm, AsmPart } from "../ir/types.js";
import { compileTimeText, linesOf, type TextPart } from "./asm-text.js";
import { registerNumber, type RegisterName } from "./attributes.js";
import { nameOf } from "./constants.js";
import { elaborate, elaboratePlace, literal } from "./expressions.js";
import { convert } from "./fold.js";
import { libraryName } from "./library.js";
import type { Scope } from "./scope.js";
import type { Expr, Place } from "./tree.js";
import { i64, integerOf, typeText, u64, voidType, type Type } from "./types.js";

interface Building {
  readonly inputs: { value: Expr; register: number | undefined }[];
  readonly outputs: { place: Place | undefined; register: number | undefined }[];
}

export function elaborateAsm(scope: Scope, node: ts.TaggedTemplateExpression, wanted: Type | undefined): Expr {
  const options = ts.isCallExpression(node.tag) ? node.tag : undefined;
  const name = libraryName(scope, options?.expression ?? node.tag);
  if (name === "naked") return scope.fail(node, "TM3009");
  if (name !== "asm") return scope.fail(node, "TM1014", node.getText());
  const [written] = node.typeArguments ?? [];
  const type = written ? scope.read(written) : voidType;
  void wanted;
  const building: Building = { inputs: [], outputs: [] };
  const source = templateText(node.template);
  const namesResult = source.some((part) => typeof part === "string" && part.includes("$0"));
  if (type.kind !== "void") building.outputs.push({ place: undefined, register: namesResult ? undefined : 10 });
  const parts = source.flatMap((part): (TextPart | AsmPart)[] => {
    if (typeof part === "string") return splitResult(part);
    return operand(scope, part, building);
  });
  const { clobbers, pure } = optionsOf(scope, options?.arguments[0]);
  const asm: Asm = {
    lines: linesOf(parts),
    inputs: building.inputs.map(({ register }) => register),
    outputs: building.outputs.map(({ register }) => ({ type: "i64", register })),
    clobbers,
    effect: !pure,
  };
  const local = scope.fresh("result", u64);
  const outputs = building.outputs.map(({ place }): Place => place ?? { kind: "local", type: u64, local });
  const inputs = building.inputs.map(({ value }) => value);
  if (type.kind === "void") return { kind: "asm", type: voidType, asm, inputs, outputs };
  const read: Expr = { kind: "read", type: u64, place: { kind: "local", type: u64, local } };
  const call: Expr = { kind: "asm", type: voidType, asm, inputs, outputs };
  return { kind: "sequence", type, first: [call], last: convert(read, type) };
}

/// The pieces of a template, text and expressions in turn. Escapes are the assembler's, so the text is raw.
export function templateText(template: ts.TemplateLiteral): (string | ts.Expression)[] {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return [template.text];
  return [template.head.text, ...template.templateSpans.flatMap((span) => [span.expression, span.literal.text])];
}

function splitResult(text: string): (TextPart | AsmPart)[] {
  return text
    .split("$0")
    .flatMap((piece, index): (TextPart | AsmPart)[] => (index === 0 ? [piece] : [{ kind: "output", index: 0 }, piece]));
}

function operand(scope: Scope, node: ts.Expression, building: Building): (TextPart | AsmPart)[] {
  if (ts.isObjectLiteralExpression(node)) {
    for (const property of node.properties) {
      const register = property.name && registerNumber(nameOf(property.name) as RegisterName);
      const value = ts.isPropertyAssignment(property)
        ? property.initializer
        : ts.isShorthandPropertyAssignment(property)
          ? property.name
          : undefined;
      if (register === undefined || !value) return scope.fail(property, "TM3002", property.getText());
      const target = outOf(scope, value);
      if (target) building.outputs.push({ place: target, register });
      else building.inputs.push({ value: wordOf(scope, value), register });
    }
    return [];
  }
  const target = outOf(scope, node);
  if (target) return [{ kind: "output", index: building.outputs.push({ place: target, register: undefined }) - 1 }];
  // A number travels in a register here; only a naked body takes it as text.
  const text = compileTimeText(scope, node);
  if (text && !(typeof text[0] === "string" && /^-?\d+$/.test(text[0]))) return text;
  return [{ kind: "input", index: building.inputs.push({ value: wordOf(scope, node), register: undefined }) - 1 }];
}

function outOf(scope: Scope, node: ts.Expression): Place | undefined {
  if (!ts.isCallExpression(node) || libraryName(scope, node.expression) !== "out") return undefined;
  const place = elaboratePlace(scope, node.arguments[0] as ts.Expression);
  const fits = integerOf(place.type) || ["ptr", "many", "bool", "tagged"].includes(place.type.kind);
  return fits ? place : scope.fail(node, "TM3002", typeText(place.type));
}

/// A value as the 64 bits of a register.
function wordOf(scope: Scope, node: ts.Expression): Expr {
  if (ts.isNumericLiteral(node)) return literal(scope, node, u64);
  const value = elaborate(scope, node, ts.isPrefixUnaryExpression(node) ? i64 : u64);
  const integer = integerOf(value.type);
  if (integer) return convert(value, integer.signed ? i64 : u64);
  if (["ptr", "many", "func", "tagged", "null"].includes(value.type.kind)) return convert(value, u64);
  return value.type.kind === "bool" ? convert(value, u64) : scope.fail(node, "TM3002", typeText(value.type));
}

function optionsOf(scope: Scope, node: ts.Expression | undefined): { clobbers: number[]; pure: boolean } {
  const clobbers: number[] = [];
  let pure = false;
  if (!node) return { clobbers, pure };
  if (!ts.isObjectLiteralExpression(node)) return scope.fail(node, "TM2015", node.getText());
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property)) return scope.fail(property, "TM2015", property.getText());
    const { initializer } = property;
    if (nameOf(property.name) === "pure") pure = initializer.kind === ts.SyntaxKind.TrueKeyword;
    if (nameOf(property.name) !== "clobber" || !ts.isArrayLiteralExpression(initializer)) continue;
    for (const element of initializer.elements) {
      if (!ts.isStringLiteral(element)) return scope.fail(element, "TM2015", element.getText());
      const register = registerNumber(element.text as RegisterName);
      if (register !== undefined) clobbers.push(register);
    }
  }
  return { clobbers, pure };
}

/// An instruction with operands, for the library's own functions. Numbers are inputs, "$0" is the result.
export function asmWith(type: Type, pieces: readonly (string | number)[], inputs: Expr[]): Expr {
  const line = pieces.map((piece): AsmPart => {
    if (typeof piece === "number") return { kind: "input", index: piece };
    return piece === "$0" ? { kind: "output", index: 0 } : { kind: "text", text: piece };
  });
  const hasResult = type.kind !== "void";
  const asm: Asm = {
    lines: [line],
    inputs: inputs.map(() => undefined),
    outputs: hasResult ? [{ type: "i64", register: undefined }] : [],
    clobbers: [],
    effect: true,
  };
  return { kind: "asm", type, asm, inputs, outputs: [] };
}

/// `op $0, inputs…` without effect; or `csrr $0, name`, which has one.
export function asmValue(type: Type, op: string, inputs: Expr[], name?: string): Expr {
  const pieces = inputs.flatMap((_, index) => [", ", index]);
  const expr = asmWith(type, [`${op} `, "$0", ...(name ? [`, ${name}`] : []), ...pieces], inputs);
  return expr.kind === "asm" && !name ? { ...expr, asm: { ...expr.asm, effect: false } } : expr;
}

/// `naked(…)` outside its place.
export function naked(scope: Scope, node: ts.Node): never {
  return scope.fail(node, "TM3009", "");
}

/// The body of a naked function: text, constants and symbols.
export function nakedBody(scope: Scope, template: ts.TemplateLiteral): Asm {
  const parts = templateText(template).flatMap((part): (TextPart | AsmPart)[] => {
    if (typeof part === "string") return [part];
    return compileTimeText(scope, part) ?? scope.fail(part, "TM3001", part.getText());
  });
  return { lines: linesOf(parts), inputs: [], outputs: [], clobbers: [], effect: true };
}

// Top-level names: constants are values wherever they are used, everything else is static data. There is no
// order of initialisation: what is written must be known when the program is compiled.

import { ts } from "#typescript";
import { beginningOf } from "./beginnings.js";
import { isLiteral, literalValue } from "./constants.js";
import { elaborate, elaborateAs } from "./expressions.js";
import { readOf } from "./fold.js";
import { initialValue } from "./kept.js";
import { Refused, type Program } from "./program.js";
import { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import { noTypes } from "./type-reader.js";
import { integerOf, isAggregate, isValue, pointerTo, typeText, type Type } from "./types.js";

/// What reading the name gives: its constant value, or its place.
export function globalValue(
  program: Program,
  symbol: ts.Symbol,
  node: ts.VariableDeclaration | ts.BindingElement,
  use: ts.Node,
): Expr {
  if (ts.isVariableDeclaration(node)) {
    const value = program.unrecorded(() => knownValue(program, symbol, node, use));
    program.useGlobal(node, value);
    return value;
  }
  return knownValue(program, symbol, node, use);
}

function knownValue(program: Program, symbol: ts.Symbol, node: ts.VariableDeclaration | ts.BindingElement, use: ts.Node): Expr {
  const known = program.globals.get(symbol);
  if (known === "busy") return program.fail(use, "TM2018", symbol.name);
  if (known === "refused") throw new Refused(symbol.name);
  if (known) return { ...known, location: undefined };
  program.globals.set(symbol, "busy");
  let value: Expr | undefined;
  try {
    value = ts.isBindingElement(node) ? program.fail(node, "TM1001", node.getText()) : declare(program, node);
    return { ...value, location: undefined };
  } finally {
    program.globals.set(symbol, value ?? "refused");
  }
}

function declare(program: Program, node: ts.VariableDeclaration): Expr {
  const name = node.name.getText();
  if (node.getSourceFile().isDeclarationFile) return program.fail(node, "TM2019", name);
  const { initializer } = node;
  if (isExternalData(node)) return externalData(program, node);
  const { type, initial } = initialValue(program, node, () => {
    const scope = new Scope(program, noTypes, name, true);
    const wanted = node.type && scope.read(node.type);
    if (!initializer) return program.fail(node, "TM2009", name);
    const initial = wanted ? elaborateAs(scope, initializer, wanted) : elaborate(scope, initializer);
    return { type: wanted ?? initial.type, initial };
  });
  if (type.kind === "void" || type.kind === "never" || type.kind === "null")
    return program.fail(node, "TM2010", typeText(type));
  const isConst = (node.parent.flags & ts.NodeFlags.Const) !== 0;
  if (initial.kind === "read" && initial.place.kind === "global") {
    const { comptime, readonly } = initial.place.global;
    if (isConst && (readonly || isAggregate(type))) return initial;
    // What is written later is no other's.
    if (comptime !== undefined) return readOf({ kind: "global", type, global: program.static(name, type, false, { comptime }) });
  }
  const value = beginningOf(initial, program) ?? program.fail(initializer!, "TM2015", initializer!.getText());
  if (isConst && !isAggregate(type) && type.kind !== "atomic" && type.kind !== "device") return value;
  return readOf({ kind: "global", type, global: program.static(name, type, isConst && isReadonly(type), { initial: value }) });
}

/// `declare let flags: u64;`: of another object, or a name that the linker knows.
export const isExternalData = (node: ts.VariableDeclaration): boolean => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient) !== 0;

function externalData(program: Program, node: ts.VariableDeclaration): Expr {
  const symbol = node.name.getText();
  // Of what begins so, the linker says what there is.
  if (!program.hasExternals && !symbol.startsWith("__")) return program.fail(node, "TM3011", symbol);
  const type = node.type ? program.types.read(node.type, noTypes) : program.fail(node, "TM2010", symbol);
  return readOf({ kind: "deref", type, pointer: { kind: "symbol", type: pointerTo(type), symbol, addend: 0 } });
}

const isReadonly = (type: Type): boolean => (type.kind === "arr" ? type.readonly : isAggregate(type) && isValue(type));

/// The number that the name of a constant stands for, where the compiler knows it.
export function constantOf(program: Program, name: ts.Identifier): bigint | undefined {
  if (isLiteral(program, name)) return literalValue(program, name);
  const symbol = program.symbolOf(name);
  const declaration = symbol.valueDeclaration;
  if (!declaration || !ts.isVariableDeclaration(declaration)) return undefined;
  const value = ts.isSourceFile(declaration.parent.parent.parent) ? globalValue(program, symbol, declaration, name) : ownConstant(program, declaration);
  return value?.kind === "const" && integerOf(value.type) ? value.value : undefined;
}

/// What a function's own `const N: u64 = …` is, if that depends on nothing of the function's.
function ownConstant(program: Program, { name, type, initializer, parent }: ts.VariableDeclaration): Expr | undefined {
  if (!initializer || (parent.flags & ts.NodeFlags.Const) === 0) return undefined;
  // What is wrong with it is told where it is declared.
  const told = program.diagnostics.length;
  const scope = new Scope(program, noTypes, name.getText(), true);
  const value = program.attempt(() => beginningOf(type ? elaborateAs(scope, initializer, scope.read(type)) : elaborate(scope, initializer), program));
  program.diagnostics.length = told;
  return value;
}

// From syntax to the typed tree: a whole program. Every function that is not generic is checked; of the
// runtime, what is used.

import { ts } from "#typescript";
import { nameOf, unwrap } from "./constants.js";
import { diagnosticWithoutPlace } from "./diagnostics.js";
import { elaborate, elaborateAs } from "./expressions.js";
import { compare, convert, readOf, word } from "./fold.js";
import { checkGetter } from "./getters.js";
import { callInstance, instanceOf, isExternal, travelsAsInC } from "./functions.js";
import { classType } from "./kept.js";
import type { Loaded } from "./load.js";
import type { Program, Instance } from "./program.js";
import { transport } from "./protocols.js";
import { Scope } from "./scope.js";
import { globalValue, isExternalData } from "./statics.js";
import { elaborateInstance } from "./statements.js";
import type { Expr, Local, ProgramTree, Statement } from "./tree.js";
import { forgetStructs } from "./struct-types.js";
import { noTypes } from "./type-reader.js";
import { integerOf, typeText, u64, voidType, type FuncType } from "./types.js";

export type Target = "bare" | "kernel" | "user";

/// Where the image is linked and loaded, and the symbol that it starts at.
export interface Layout {
  virtual: bigint | undefined;
  physical: bigint | undefined;
  entry: string;
}

/// Tests: it starts with one of its tests, by number, in place of main. An object has no start: what the main file
/// exports is there for others, and what is declared only is theirs.
export type Form = "program" | "tests" | "object";

export function elaborateProgram(program: Program, loaded: Loaded, form: Form = "program"): { tree: ProgramTree; layout: Layout } {
  forgetStructs();
  program.hasExternals = form === "object";
  for (const file of loaded.runtime) declareRuntime(program, file);
  const layout: Layout = { virtual: undefined, physical: undefined, entry: "" };
  for (const file of loaded.files) {
    claimExternals(program, file);
    for (const node of file.statements)
      if (ts.isFunctionDeclaration(node) && node.body && isTransport(node.name?.text)) program.transport.set(node.name!.text, node);
  }
  program.main = loaded.entry && mainOf(loaded.entry);
  if (loaded.entry) claimMain(program, loaded.entry);
  for (const file of loaded.files)
    for (const node of file.statements) program.attempt(() => topLevel(program, node, layout));
  program.attempt(() => starts[form](program, loaded, layout));
  for (let instance = program.waiting.shift(); instance; instance = program.waiting.shift())
    elaborateInstance(program, instance);
  const functions = [...program.instances.values()].flatMap(({ tree }) => (tree ? [tree] : []));
  return { tree: { functions: [...functions, ...program.extra], globals: program.statics }, layout };
}

const starts: Record<Form, (program: Program, loaded: Loaded, layout: Layout) => void> = { program: chooseEntry, tests: enterTests, object: exportAll };

/// The main file's functions, under their own names.
function exportAll(program: Program, { entry }: Loaded): void {
  for (const node of entry?.statements.filter(ts.isFunctionDeclaration) ?? [])
    if (isExported(node) && !node.typeParameters && node.body) {
      const { name, type } = instanceOf(program, node, noTypes);
      program.attempt(() => travelsAsInC(program, node, type));
      program.roots.push(name);
    }
}
const isTransport = (name: string | undefined): boolean => (transport as readonly (string | undefined)[]).includes(name);
const isExported = (node: ts.FunctionDeclaration) => ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

/// What C defines has its name already.
function claimExternals(program: Program, file: ts.SourceFile): void {
  const names = file.statements.flatMap((node) => {
    if (ts.isVariableStatement(node)) return node.declarationList.declarations.filter(isExternalData).map(({ name }) => name.getText());
    return ts.isFunctionDeclaration(node) && isExternal(node) && node.name ? [node.name.text] : [];
  });
  for (const name of names.filter((name) => !program.externals.has(name))) {
    program.unique(name);
    program.externals.add(name);
  }
}

function declareRuntime(program: Program, file: ts.SourceFile): void {
  for (const node of file.statements)
    if (ts.isFunctionDeclaration(node) && node.name && node.body) program.runtime.set(node.name.text, node);
}

/// The program's own main has that name in the object file.
function claimMain(program: Program, file: ts.SourceFile): void {
  const main = mainOf(file);
  if (main) program.attempt(() => instanceOf(program, main, noTypes));
  if (!program.hasExternals) return;
  for (const node of file.statements.filter(ts.isFunctionDeclaration))
    if (isExported(node) && !node.typeParameters && node.body) program.attempt(() => instanceOf(program, node, noTypes));
}
const mainOf = (file: ts.SourceFile): ts.FunctionDeclaration | undefined =>
  file.statements.filter(ts.isFunctionDeclaration).find((node) => node.name?.text === "main");

function topLevel(program: Program, node: ts.Statement, layout: Layout): void {
  if (ts.isFunctionDeclaration(node)) {
    if (!node.typeParameters && node.body) instanceOf(program, node, noTypes);
  } else if (ts.isClassDeclaration(node)) declareClass(program, node);
  else if (ts.isEnumDeclaration(node)) program.types.readEnum(node);
  else if (ts.isVariableStatement(node)) declareVariables(program, node);
  else if (isCallOf(node, "layout"))
    readLayout(program, node.expression, layout);
  else if (isCallOf(node, "test")) declareTest(program, node.expression);
  else if (
    ts.isImportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isExportDeclaration(node)
  )
    return;
  else if (ts.isExportAssignment(node)) program.fail(node, "TM1028");
  else if (ts.isModuleDeclaration(node)) program.fail(node, "TM1027", node.name.getText());
  else if (!ts.isEmptyStatement(node)) program.fail(node, "TM1034", node.getText());
}

const isCallOf = (node: ts.Statement, name: string): node is ts.ExpressionStatement & { expression: ts.CallExpression } =>
  ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && node.expression.expression.getText() === name;

function declareTest(program: Program, node: ts.CallExpression): void {
  const [name, body] = node.arguments;
  if (!name || !ts.isStringLiteralLike(name)) return program.fail(node, "TM3003", node.getText());
  const scope = new Scope(program, noTypes, `test ${name.text}`, true);
  const wanted: FuncType = { kind: "func", params: [], result: voidType, nullable: false };
  const value = body && elaborateAs(scope, body, wanted);
  if (value?.kind !== "symbol") return program.fail(node, "TM2015", node.getText());
  program.tests.push({ name: name.text, symbol: value.symbol, location: program.locationOf(node) });
}

/// Start code, and a main that calls the test whose number somebody wrote into the image.
function enterTests(program: Program, _loaded: Loaded, layout: Layout): void {
  const start = program.runtime.get("_start");
  if (!start || program.tests.length === 0) return;
  // Not zero, so that it lies in the file.
  const number = program.static(TEST_NUMBER, u64, false, { initial: word(0xffff_ffff) });
  const body = program.tests.map(({ symbol }, index): Statement => {
    const condition = compare("eq", readOf({ kind: "global", type: u64, global: number }), word(index));
    const call: Expr = { kind: "call", type: voidType, callee: symbol, args: [] };
    return { kind: "if", condition, yes: [{ kind: "expr", expr: call }], otherwise: [] };
  });
  body.push({ kind: "return", value: word(0) });
  const params = [0, 1].map((index): Local => ({ name: `a${index}`, type: u64, inMemory: false }));
  program.extra.push({ name: program.unique("program_main"), params, result: u64, attributes: {}, location: undefined, body, naked: undefined });
  const entry = instanceOf(program, start, noTypes);
  layout.entry = entry.name;
  program.roots.push(entry.name, "program_main", ...program.tests.map(({ symbol }) => symbol));
}
/// The word that says which test runs.
export const TEST_NUMBER = "test.number";

function declareClass(program: Program, node: ts.ClassDeclaration): void {
  for (const getter of node.members.filter(ts.isGetAccessorDeclaration)) program.attempt(() => checkGetter(program, getter));
  if (node.typeParameters || !node.name) return;
  const type = classType(program, node, node.name);
  if (type.kind !== "struct") return;
  const env = program.types.layouts.originOf(type)?.env ?? noTypes;
  for (const member of node.members) {
    if (!(ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member)) || member.typeParameters || !member.body) continue;
    const isStatic = ts.getModifiers(member)?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
    program.attempt(() => (isStatic ? instanceOf(program, member, noTypes) : instanceOf(program, member, env, type)));
  }
}

/// Tables without a type are read where they are used.
function declareVariables(program: Program, node: ts.VariableStatement): void {
  if (ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)) return;
  for (const declaration of node.declarationList.declarations) {
    const isConst = (node.declarationList.flags & ts.NodeFlags.Const) !== 0;
    const initial = declaration.initializer && unwrap(declaration.initializer);
    if (!ts.isIdentifier(declaration.name)) {
      program.report(declaration.name, "TM1001", declaration.name.getText());
      continue;
    }
    const isUntyped = isConst && !declaration.type && initial;
    if (isUntyped && !ts.isCallExpression(initial)) continue;
    if (
      isConst &&
      declaration.type &&
      initial &&
      ts.isObjectLiteralExpression(initial) &&
      isOnlyChecked(program, declaration)
    )
      continue;
    const { name } = declaration;
    program.attempt(() => globalValue(program, program.symbolOf(name), declaration, name));
  }
}

/// A table of handlers: tsc checks it, tableOf reads it; it is no data of its own.
function isOnlyChecked(program: Program, node: ts.VariableDeclaration): boolean {
  const type = program.checker.getTypeAtLocation(node);
  return (
    type.getProperties().length > 0 &&
    type.getProperties().every((property) => program.checker.getTypeOfSymbol(property).getCallSignatures().length > 0)
  );
}

function readLayout(program: Program, node: ts.CallExpression, layout: Layout): void {
  const [options] = node.arguments;
  if (!options || !ts.isObjectLiteralExpression(options)) return program.fail(node, "TM2015", node.getText());
  const scope = new Scope(program, noTypes, "layout", true);
  for (const property of options.properties) {
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    if (!value || !property.name) return program.fail(property, "TM2015", property.getText());
    const expr = elaborate(scope, value, u64);
    const name = nameOf(property.name);
    if (name === "entry" && expr.kind === "symbol") layout.entry = expr.symbol;
    else if (expr.kind === "const" && name === "virtual") layout.virtual = BigInt.asUintN(64, expr.value);
    else if (expr.kind === "const" && name === "physical") layout.physical = BigInt.asUintN(64, expr.value);
    else return program.fail(value, "TM2015", value.getText());
  }
}

/// The program's own entry, or the runtime's start code with a call of main.
function chooseEntry(program: Program, loaded: Loaded, layout: Layout): void {
  if (layout.entry) {
    program.roots.push(layout.entry);
    return;
  }
  const main = loaded.entry && mainOf(loaded.entry);
  if (!main) return void program.diagnostics.push(diagnosticWithoutPlace("TM3007", "", loaded.entry?.fileName));
  const start = program.runtime.get("_start");
  if (!start) return;
  callMain(program, instanceOf(program, main, noTypes));
  const entry = instanceOf(program, start, noTypes);
  layout.entry = entry.name;
  program.roots.push(entry.name, "program_main");
}

/// `program_main(a0, a1): u64` calls main with as many arguments as it takes; 0 where it returns nothing.
function callMain(program: Program, main: Instance): void {
  const params = [0, 1].map((index): Local => ({ name: `a${index}`, type: u64, inMemory: false }));
  const args = main.type.params.map((type, index): Expr => {
    const local = params[index];
    const isWord = integerOf(type) || type.kind === "ptr";
    if (!local || !isWord)
      return program.fail(main.node.parameters[index]!, "TM2003", `${typeText(type)}, main takes two integers at most`);
    return convert({ kind: "read", type: u64, place: { kind: "local", type: u64, local } }, type);
  });
  const call = callInstance(main, args);
  const body: Statement[] = integerOf(main.type.result)
    ? [{ kind: "return", value: convert(call, u64) }]
    : [
        { kind: "expr", expr: call },
        { kind: "return", value: word(0) },
      ];
  program.extra.push({
    name: program.unique("program_main"),
    params,
    result: u64,
    attributes: {},
    location: undefined,
    body,
    naked: undefined,
  });
}

// From syntax to the typed tree: declarations and statements. A whitelist: a
// kind of node that is not named here is refused.

import { ts } from "ts-morph";
import { elaborate, elaborateAs, elaborateCondition } from "./expressions.js";
import { Scope } from "./scope.js";
import type { Diagnostic } from "./diagnostics.js";
import type { Expr, FunctionTree, Global, Local, ProgramTree, Statement } from "./tree.js";
import { voidType, type Type } from "./types.js";

export function elaborateProgram(
  checker: ts.TypeChecker,
  files: readonly ts.SourceFile[],
): { tree: ProgramTree; diagnostics: Diagnostic[] } {
  const scope = new Scope(checker);
  const statements = files.flatMap((file) => [...file.statements]);
  const declared = statements.filter(ts.isFunctionDeclaration);
  for (const node of statements) scope.attempt(() => declare(scope, node));
  const functions: FunctionTree[] = [];
  for (const node of declared) scope.attempt(() => functions.push(elaborateFunction(scope, node)));
  return { tree: { functions, globals: [...scope.globals.values()] }, diagnostics: scope.diagnostics };
}

/// Names first: a function may use what is declared after it.
function declare(scope: Scope, node: ts.Statement): void {
  if (ts.isClassDeclaration(node) || ts.isImportDeclaration(node)) return;
  if (ts.isFunctionDeclaration(node) && node.name) {
    const params = node.parameters.map((parameter) => typeOf(scope, parameter));
    const result = node.type ? scope.types.read(node.type) : voidType;
    scope.functions.set(scope.symbolOf(node.name), { name: node.name.text, params, result });
    return;
  }
  if (!ts.isVariableStatement(node)) scope.fail(node, "TM1001", ts.SyntaxKind[node.kind]);
  for (const declaration of node.declarationList.declarations) {
    if (!ts.isIdentifier(declaration.name) || scope.literalOf(declaration.name)) continue;
    scope.globals.set(scope.symbolOf(declaration.name), globalOf(scope, declaration, declaration.name.text));
  }
}

function globalOf(scope: Scope, node: ts.VariableDeclaration, name: string): Global {
  const initial = node.initializer;
  if (
    initial &&
    ts.isCallExpression(initial) &&
    initial.expression.getText() === "zeroed" &&
    initial.typeArguments?.[0]
  ) {
    return { name, type: scope.types.read(initial.typeArguments[0]), initial: undefined };
  }
  const type = typeOf(scope, node);
  if (initial && ts.isArrayLiteralExpression(initial) && (type.kind === "arr" || type.kind === "slice")) {
    const values = initial.elements.map((element) => constantOf(scope, element, type.of));
    return { name, type: { kind: "arr", of: type.of, length: BigInt(values.length) }, initial: values };
  }
  return { name, type, initial: initial && [constantOf(scope, initial, type)] };
}

function constantOf(scope: Scope, node: ts.Expression, type: Type): bigint {
  const value = elaborateAs(scope, node, type);
  return value.kind === "const" ? value.value : scope.fail(node, "TM1001", "initialiser");
}

function typeOf(scope: Scope, node: ts.ParameterDeclaration | ts.VariableDeclaration): Type {
  return node.type ? scope.types.read(node.type) : scope.fail(node, "TM2004", node.getText());
}

function elaborateFunction(scope: Scope, node: ts.FunctionDeclaration): FunctionTree {
  const name = node.name?.text ?? "";
  const result = node.type ? scope.types.read(node.type) : voidType;
  const params = node.parameters.map((parameter) => declareLocal(scope, parameter.name, typeOf(scope, parameter)));
  return { name, params, result, body: elaborateAll(scope, node.body?.statements ?? [], result) };
}

function declareLocal(scope: Scope, name: ts.BindingName, type: Type): Local {
  if (!ts.isIdentifier(name)) return scope.fail(name, "TM1001", name.getText());
  const local: Local = { name: name.text, type };
  scope.locals.set(scope.symbolOf(name), local);
  return local;
}

function elaborateAll(scope: Scope, nodes: readonly ts.Statement[], result: Type): Statement[] {
  const statements: Statement[] = [];
  for (const node of nodes) scope.attempt(() => statements.push(...elaborateStatement(scope, node, result)));
  return statements;
}

function elaborateStatement(scope: Scope, node: ts.Statement, result: Type): Statement[] {
  const inside = (body: ts.Statement) => elaborateAll(scope, ts.isBlock(body) ? body.statements : [body], result);
  if (ts.isBlock(node)) return [{ kind: "block", body: inside(node) }];
  if (ts.isExpressionStatement(node)) return [{ kind: "expr", expr: elaborate(scope, node.expression) }];
  if (ts.isVariableStatement(node)) return elaborateDeclarations(scope, node.declarationList);
  if (ts.isIfStatement(node)) {
    return [
      {
        kind: "if",
        condition: elaborateCondition(scope, node.expression),
        then: inside(node.thenStatement),
        otherwise: node.elseStatement ? inside(node.elseStatement) : [],
      },
    ];
  }
  if (ts.isWhileStatement(node))
    return [
      {
        kind: "loop",
        condition: elaborateCondition(scope, node.expression),
        body: inside(node.statement),
        step: undefined,
        testFirst: true,
      },
    ];
  if (ts.isDoStatement(node))
    return [
      {
        kind: "loop",
        condition: elaborateCondition(scope, node.expression),
        body: inside(node.statement),
        step: undefined,
        testFirst: false,
      },
    ];
  if (ts.isForStatement(node)) return elaborateFor(scope, node, inside);
  if (ts.isBreakStatement(node)) return [{ kind: "break" }];
  if (ts.isContinueStatement(node)) return [{ kind: "continue" }];
  if (ts.isReturnStatement(node))
    return [{ kind: "return", value: node.expression && elaborateAs(scope, node.expression, result) }];
  return scope.fail(node, "TM1001", ts.SyntaxKind[node.kind]);
}

function elaborateFor(scope: Scope, node: ts.ForStatement, inside: (body: ts.Statement) => Statement[]): Statement[] {
  const initial = node.initializer;
  const before: Statement[] = !initial
    ? []
    : ts.isVariableDeclarationList(initial)
      ? elaborateDeclarations(scope, initial)
      : [{ kind: "expr", expr: elaborate(scope, initial) }];
  const condition = node.condition && elaborateCondition(scope, node.condition);
  const step = node.incrementor && elaborate(scope, node.incrementor);
  return [
    {
      kind: "block",
      body: [...before, { kind: "loop", condition, body: inside(node.statement), step, testFirst: true }],
    },
  ];
}

/// `arr<u32, 64>(64)`: an array in the frame, not set to anything.
function localStorage(scope: Scope, node: ts.Expression): Expr | undefined {
  if (!ts.isCallExpression(node) || node.expression.getText() !== "arr" || node.typeArguments?.length !== 2)
    return undefined;
  const [of, length] = node.typeArguments;
  return { kind: "storage", type: { kind: "arr", of: scope.types.read(of!), length: BigInt(length!.getText()) } };
}

function elaborateDeclarations(scope: Scope, list: ts.VariableDeclarationList): Statement[] {
  return list.declarations.flatMap((node): Statement[] => {
    if (ts.isIdentifier(node.name) && scope.literalOf(node.name)) return [];
    if (!node.initializer) return scope.fail(node, "TM1001", "a local without a value");
    if (ts.isIdentifier(node.name)) scope.poisoned.add(scope.symbolOf(node.name));
    const wanted = node.type && scope.types.read(node.type);
    const initial: Expr =
      localStorage(scope, node.initializer) ??
      (wanted ? elaborateAs(scope, node.initializer, wanted) : elaborate(scope, node.initializer));
    return [{ kind: "let", local: declareLocal(scope, node.name, initial.type), initial }];
  });
}

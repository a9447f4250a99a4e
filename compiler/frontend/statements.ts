// From syntax to the typed tree: statements and the bodies of functions. A whitelist: a kind of statement
// that is not named here is refused.

import { ts } from "#typescript";
import { nakedBody } from "./asm.js";
import { readAttributes, splitAttributes } from "./attributes.js";
import { isOfComptime } from "./compile-time.js";
import { unwrap } from "./constants.js";
import { declareAll, destructure, disposalOf, poison } from "./declarations.js";
import { elaborate, elaborateAs, elaborateCondition } from "./expressions.js";
import { readOf } from "./fold.js";
import { pointsIntoFrame } from "./frame-addresses.js";
import { elaborateAgain, fingerprintOf, type Recording } from "./kept.js";
import { libraryName } from "./library.js";
import { forOf } from "./loops.js";
import type { Instance, Program } from "./program.js";
import { Scope } from "./scope.js";
import { switchStatement } from "./switches.js";
import type { Expr, FunctionTree, Local, Statement } from "./tree.js";
import { pointerTo, type Type } from "./types.js";

/// Elaborates an instance's body, unless an earlier run has done so.
export function elaborateInstance(program: Program, instance: Instance): void {
  if (elaborateAgain(program, instance)) return;
  program.inlined = 0;
  const mistakes = program.diagnostics.length;
  const recording: Recording = { file: instance.node.getSourceFile(), requests: [], taken: new Set(), isPlain: true };
  program.recording = program.kept && recording;
  elaborateBody(program, instance);
  program.recording = undefined;
  keepMain(program, instance);
  const { node, key, type, tree } = instance;
  if (!tree || !recording.isPlain || program.diagnostics.length > mistakes) return;
  const fingerprint = program.kept && fingerprintOf(program, instance, recording.taken);
  if (fingerprint !== undefined) program.kept?.set(node, key, { ...recording, fingerprint, holds: program.dependencies.interfaces, type, tree });
}

/// It stays a function of its own, where a debugger and a disassembler look for it.
function keepMain(program: Program, instance: Instance): void {
  const { tree, node } = instance;
  if (tree && node === program.main) instance.tree = { ...tree, attributes: { inline: "never", ...tree.attributes } };
}

function elaborateBody(program: Program, instance: Instance): void {
  const { node, env, type, self, name } = instance;
  const scope = new Scope(program, env, name);
  scope.result = type.result;
  const params: Local[] = [];
  /// Parameters that are patterns, taken apart first.
  const taken: Statement[] = [];
  if (self) {
    const local = scope.fresh("this", pointerTo(self));
    params.push(local);
    scope.self = {
      kind: "deref",
      type: self,
      pointer: { kind: "read", type: local.type, place: { kind: "local", type: local.type, local } },
    };
  }
  node.parameters.forEach((parameter, index) => {
    if (ts.isIdentifier(parameter.name)) params.push(scope.declare(parameter.name, type.params[index] as Type));
    else {
      const pattern = parameter.name;
      const local = scope.fresh("", type.params[index] as Type);
      params.push(local);
      const value = readOf({ kind: "local", type: local.type, local });
      const parts = program.attempt(() => destructure(scope, pattern, parameter, value));
      if (parts) taken.push(...parts);
      else poison(scope, pattern);
    }
  });
  const location = program.locationOf(node.name ?? node);
  if (node.body && !ts.isBlock(node.body)) {
    const body = node.body;
    instance.tree = { name, params, result: type.result, attributes: {}, location, body: taken, naked: undefined };
    program.attempt(() => instance.tree!.body.push(...expressionBody(scope, body, type.result)));
    return;
  }
  const statements = node.body && ts.isBlock(node.body) ? node.body.statements : [];
  const { attributes, rest } = program.attempt(() => splitAttributes(scope, statements)) ?? {
    attributes: {},
    rest: [],
  };
  const tree: FunctionTree = { name, params, result: type.result, attributes, location, body: [], naked: undefined };
  instance.tree = tree;
  const template = nakedTemplate(scope, rest);
  if (template) {
    program.attempt(() => {
      const options = ts.isCallExpression(template.tag) ? template.tag.arguments[0] : undefined;
      instance.tree = {
        ...tree,
        attributes: { ...attributes, ...readAttributes(scope, options) },
        naked: nakedBody(scope, template.template),
      };
    });
    return;
  }
  tree.body.push(...taken, ...elaborateStatements(scope, rest));
}

/// `=> value`.
function expressionBody(scope: Scope, body: ts.Expression, result: Type): Statement[] {
  if (result.kind === "void" || result.kind === "never") return [{ kind: "expr", expr: elaborate(scope, body) }];
  return [{ kind: "return", value: returned(scope, body, result), location: scope.program.locationOf(body) }];
}

/// A value for the caller, who has another frame; comptime keeps this one.
function returned(scope: Scope, node: ts.Expression, result: Type): Expr {
  const value = elaborateAs(scope, node, result, true);
  return pointsIntoFrame(value) && !isOfComptime(scope, node) ? scope.fail(node, "TM2027", node.getText()) : value;
}

function nakedTemplate(scope: Scope, statements: readonly ts.Statement[]): ts.TaggedTemplateExpression | undefined {
  const [only] = statements;
  if (!only || statements.length > 1) return undefined;
  const value = ts.isReturnStatement(only)
    ? only.expression
    : ts.isExpressionStatement(only)
      ? only.expression
      : undefined;
  if (!value || !ts.isTaggedTemplateExpression(value) || !ts.isCallExpression(value.tag)) return undefined;
  return libraryName(scope, value.tag.expression) === "naked" ? value : undefined;
}

export function elaborateStatements(scope: Scope, nodes: readonly ts.Statement[]): Statement[] {
  const statements: Statement[] = [];
  nodes.forEach((node, index) => {
    if (usesAfter(nodes, index)) return;
    scope.program.attempt(() => {
      const made = isUsing(node) ? usingBlock(scope, node, nodes.slice(index + 1)) : elaborateStatement(scope, node);
      const location = scope.program.locationOf(node);
      statements.push(...made.map((statement) => ({ ...statement, location: statement.location ?? location })));
    });
  });
  return statements;
}

const isUsing = (node: ts.Statement): node is ts.VariableStatement =>
  ts.isVariableStatement(node) && (node.declarationList.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
/// What follows a `using` is elaborated inside it.
const usesAfter = (nodes: readonly ts.Statement[], index: number): boolean => nodes.slice(0, index).some(isUsing);

/// The rest of the block, with the disposal at its end.
function usingBlock(scope: Scope, node: ts.VariableStatement, rest: readonly ts.Statement[]): Statement[] {
  const declared = declareAll(scope, node.declarationList);
  const cleanups = node.declarationList.declarations.map((declaration) => disposalOf(scope, declaration));
  let body = elaborateStatements(scope, rest);
  for (const cleanup of cleanups.reverse()) body = [{ kind: "using", body, cleanup }];
  return [...declared, { kind: "block", body }];
}

export function elaborateBlock(scope: Scope, node: ts.Statement): Statement[] {
  return elaborateStatements(scope, ts.isBlock(node) ? node.statements : [node]);
}

function elaborateStatement(scope: Scope, node: ts.Statement, label?: string): Statement[] {
  if (ts.isExpressionStatement(node)) return expressionStatement(scope, node.expression);
  if (ts.isVariableStatement(node)) return declareAll(scope, node.declarationList);
  if (ts.isIfStatement(node)) {
    const condition = elaborateCondition(scope, node.expression);
    const otherwise = node.elseStatement ? elaborateBlock(scope, node.elseStatement) : [];
    return [{ kind: "if", condition, yes: elaborateBlock(scope, node.thenStatement), otherwise }];
  }
  if (ts.isBlock(node)) return [{ kind: "block", body: elaborateStatements(scope, node.statements) }];
  if (ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    const condition = elaborateCondition(scope, node.expression);
    return [
      {
        kind: "loop",
        label,
        condition,
        body: elaborateBlock(scope, node.statement),
        step: undefined,
        testFirst: ts.isWhileStatement(node),
      },
    ];
  }
  if (ts.isForStatement(node)) return forStatement(scope, node, label);
  if (ts.isForOfStatement(node)) return forOf(scope, node, label);
  if (ts.isForInStatement(node)) return scope.fail(node, "TM1016");
  if (ts.isSwitchStatement(node)) return switchStatement(scope, node, label);
  if (ts.isLabeledStatement(node)) {
    const body = elaborateStatement(scope, node.statement, node.label.text);
    return ts.isIterationStatement(node.statement, false) ? body : [{ kind: "labelled", label: node.label.text, body }];
  }
  if (ts.isBreakStatement(node)) return [{ kind: "break", label: node.label?.text }];
  if (ts.isContinueStatement(node)) return [{ kind: "continue", label: node.label?.text }];
  if (ts.isReturnStatement(node)) return returnStatement(scope, node);
  if (ts.isEmptyStatement(node)) return [];
  if (ts.isFunctionDeclaration(node)) return scope.fail(node.name ?? node, "TM1036", node.name?.text);
  if (ts.isThrowStatement(node) || ts.isTryStatement(node)) return scope.fail(node, "TM1003");
  if (node.kind === ts.SyntaxKind.DebuggerStatement) return scope.fail(node, "TM1037");
  return scope.fail(node, "TM1001", ts.SyntaxKind[node.kind]);
}

function expressionStatement(scope: Scope, node: ts.Expression): Statement[] {
  const expression = unwrap(node);
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.CommaToken)
    return scope.fail(expression.operatorToken, "TM1026");
  return [{ kind: "expr", expr: elaborate(scope, expression) }];
}

function returnStatement(scope: Scope, node: ts.ReturnStatement): Statement[] {
  const { result, returns } = scope;
  if (returns) return returnFromInlined(scope, node, returns);
  if (!result || !node.expression) return [{ kind: "return", value: undefined }];
  if (result.kind === "void" || result.kind === "never") {
    const expr = elaborate(scope, node.expression);
    return [
      { kind: "expr", expr },
      { kind: "return", value: undefined },
    ];
  }
  return [{ kind: "return", value: returned(scope, node.expression, result) }];
}

/// Out of a function that is part of its caller.
function returnFromInlined(scope: Scope, node: ts.ReturnStatement, { label, result }: NonNullable<Scope["returns"]>): Statement[] {
  const leave: Statement = { kind: "break", label };
  if (!node.expression) return [leave];
  if (!result) return [{ kind: "expr", expr: elaborate(scope, node.expression) }, leave];
  return [{ kind: "let", local: result, initial: elaborateAs(scope, node.expression, result.type, true) }, leave];
}

function forStatement(scope: Scope, node: ts.ForStatement, label: string | undefined): Statement[] {
  const { initializer: initial } = node;
  const before: Statement[] = !initial
    ? []
    : ts.isVariableDeclarationList(initial)
      ? declareAll(scope, initial)
      : commaList(initial).map((expression) => ({ kind: "expr", expr: elaborate(scope, expression) }));
  const condition = node.condition && elaborateCondition(scope, node.condition);
  const steps = node.incrementor ? commaList(node.incrementor).map((expression) => elaborate(scope, expression)) : [];
  const last = steps.pop();
  const step = last && (steps.length > 0 ? { kind: "sequence" as const, type: last.type, first: steps, last } : last);
  const body = elaborateBlock(scope, node.statement);
  return [{ kind: "block", body: [...before, { kind: "loop", label, condition, body, step, testFirst: true }] }];
}

function commaList(node: ts.Expression): ts.Expression[] {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken)
    return [...commaList(node.left), ...commaList(node.right)];
  return [node];
}

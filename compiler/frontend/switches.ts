// `switch` on integers, enums, strings and `true`. A switch on an enum (or a union's tag) without a default must name every
// member; a value that is none of them traps. One on a string looks for the first case of the same content, one on `true` for
// the first that holds.

import { ts } from "#typescript";
import { enumMember, isLiteral, literalValue, unwrap } from "./constants.js";
import { elaborateAs, elaboratePresent } from "./expressions.js";
import { conditional, readOf, word } from "./fold.js";
import { runtimeCall } from "./functions.js";
import type { Scope } from "./scope.js";
import { elaborateStatements } from "./statements.js";
import type { Expr, Statement, SwitchCase } from "./tree.js";
import { bool, i64, inRange, integerOf, never, u64, type EnumType } from "./types.js";

export function switchStatement(scope: Scope, node: ts.SwitchStatement, label: string | undefined): Statement[] {
  if (unwrap(node.expression).kind === ts.SyntaxKind.TrueKeyword) return firstThatHolds(scope, node, label, (test) => elaborateAs(scope, test, bool));
  const subject = elaborateSubject(scope, node.expression);
  const integer = integerOf(subject.type);
  if (subject.type.kind === "slice" && subject.type.text) return switchOnText(scope, node, label, subject);
  if (!integer && subject.type.kind !== "bool") return scope.fail(node.expression, "TM2014", "switch");
  const cases: SwitchCase[] = [];
  let values: bigint[] | undefined = [];
  const seen = new Set<bigint>();
  for (const clause of node.caseBlock.clauses) {
    if (ts.isDefaultClause(clause)) values = undefined;
    else {
      const value = elaborateAs(scope, clause.expression, subject.type);
      if (value.kind !== "const") return scope.fail(clause.expression, "TM2022", clause.expression.getText());
      seen.add(value.value);
      values?.push(value.value);
    }
    if (clause.statements.length === 0 && clause !== node.caseBlock.clauses.at(-1)) continue;
    cases.push({ values, body: elaborateStatements(scope, clause.statements) });
    values = [];
  }
  const hasDefault = node.caseBlock.clauses.some(ts.isDefaultClause);
  if (subject.type.kind === "enum" && !hasDefault) {
    const missing = missingFrom(scope, node, subject.type, seen);
    if (missing.length > 0) return scope.fail(node.expression, "TM2011", missing.join(", "));
    // The last case leaves the switch, though it may not say so.
    cases.at(-1)?.body.push({ kind: "break", label: undefined });
    cases.push({
      values: undefined,
      body: [{ kind: "expr", expr: { kind: "trap", type: never, reason: `no member of ${subject.type.name}` } }],
    });
  }
  return [{ kind: "switch", label, subject, cases }];
}

/// A constant without a type is a 64-bit integer here.
function elaborateSubject(scope: Scope, node: ts.Expression): Expr {
  const { program } = scope;
  if (!isLiteral(program, node) || enumMember(program, node)) return elaboratePresent(scope, node);
  return elaborateAs(scope, node, inRange(literalValue(program, node), i64) ? i64 : u64);
}

function switchOnText(scope: Scope, node: ts.SwitchStatement, label: string | undefined, value: Expr): Statement[] {
  const local = scope.fresh("", value.type);
  const read = readOf({ kind: "local", type: local.type, local });
  const search = firstThatHolds(scope, node, label, (test) => {
    const text = elaborateAs(scope, test, value.type);
    if (text.kind !== "bytes") return scope.fail(test, "TM2022", test.getText());
    return runtimeCall(scope, test, "equalText", [read, text]);
  });
  return [{ kind: "block", body: [{ kind: "let", local, initial: value }, ...search] }];
}

/// Tries the cases from the first on; `switch (true)` says their conditions itself.
function firstThatHolds(scope: Scope, node: ts.SwitchStatement, label: string | undefined, conditionOf: (test: ts.Expression) => Expr): Statement[] {
  const conditions: Expr[] = [];
  const cases: SwitchCase[] = [];
  let values: bigint[] | undefined = [];
  for (const clause of node.caseBlock.clauses) {
    if (ts.isDefaultClause(clause)) values = undefined;
    else {
      values?.push(BigInt(conditions.length));
      conditions.push(conditionOf(clause.expression));
    }
    if (clause.statements.length === 0 && clause !== node.caseBlock.clauses.at(-1)) continue;
    cases.push({ values, body: elaborateStatements(scope, clause.statements) });
    values = [];
  }
  const subject = conditions.reduceRight<Expr>((otherwise, condition, index) => conditional(u64, condition, word(index), otherwise), word(conditions.length));
  return [{ kind: "switch", label, subject, cases }];
}

/// Members that tsc has not ruled out before.
function missingFrom(scope: Scope, node: ts.SwitchStatement, type: EnumType, seen: ReadonlySet<bigint>): string[] {
  const left = scope.program.checker.getTypeAtLocation(node.expression);
  const possible = new Set((left.isUnion() ? left.types : [left]).map((part) => part.symbol?.name));
  return [...type.members]
    .filter(([name, value]) => !seen.has(value) && (possible.has(name) || possible.has(type.name)))
    .map(([name]) => `${type.name}.${name}`);
}

// `switch` on integers and enums. A switch on an enum (or a union's tag) without a default must name every
// member; a value that is none of them traps.

import { ts } from "#typescript";
import { elaborateAs, elaboratePresent } from "./expressions.js";
import type { Scope } from "./scope.js";
import { elaborateStatements } from "./statements.js";
import type { Statement, SwitchCase } from "./tree.js";
import { integerOf, never, type EnumType } from "./types.js";

export function switchStatement(scope: Scope, node: ts.SwitchStatement, label: string | undefined): Statement[] {
  const subject = elaboratePresent(scope, node.expression);
  const integer = integerOf(subject.type);
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
    cases.push({
      values: undefined,
      body: [{ kind: "expr", expr: { kind: "trap", type: never, reason: `no member of ${subject.type.name}` } }],
    });
  }
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

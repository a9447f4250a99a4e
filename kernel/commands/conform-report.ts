// The results of the conformance suite for people, CI and programs: text, JUnit's XML, TAP 14, JSON.

import type { ChalkInstance } from "chalk";
import type { Check, GroupResult } from "./conformance.js";

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/// A program that did not come to its end is one failure more.
export function totalsOf(results: readonly GroupResult[]): Totals {
  const checks = results.flatMap(checksOf);
  const failed = checks.filter(({ failure }) => failure !== undefined).length;
  return { passed: checks.length - failed, failed };
}

function checksOf({ checks, died }: GroupResult): readonly Check[] {
  return died === undefined ? checks : [...checks, { name: "it comes to its end", failure: died }];
}

export function groupText(result: GroupResult, colors: ChalkInstance): string {
  const { passed, failed } = totalsOf([result]);
  const failures = checksOf(result).flatMap(({ name, failure }) => (failure === undefined ? [] : [`  ${colors.red("FAILED")} ${name}: ${failure}\n`]));
  const mark = failed === 0 ? colors.green("ok") : colors.red("FAILED");
  return `${mark} ${result.group.padEnd(14)} ${passed} passed${failed === 0 ? "" : `, ${failed} failed`}\n${failures.join("")}`;
}

export function jsonText(results: readonly GroupResult[]): string {
  const rows = results.map((result) => ({ ...result, checks: checksOf(result), ...totalsOf([result]) }));
  return `${JSON.stringify({ ...totalsOf(results), groups: rows })}\n`;
}

export function tapText(results: readonly GroupResult[]): string {
  const rows = results.flatMap((result) => checksOf(result).map((check) => ({ group: result.group, ...check })));
  const lines = rows.map(({ group, name, failure }, index) => {
    const line = `${failure === undefined ? "ok" : "not ok"} ${index + 1} - ${group}: ${name.replaceAll("#", "\\#")}`;
    return failure === undefined ? line : `${line}\n  ---\n  message: ${JSON.stringify(failure)}\n  ...`;
  });
  return `TAP version 14\n1..${rows.length}\n${lines.join("\n")}\n`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const xml = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character] ?? character);

export function junitText(results: readonly GroupResult[]): string {
  const suites = results.map((result) => {
    const checks = checksOf(result);
    const cases = checks.map(({ name, failure }) => {
      const open = `    <testcase classname="${xml(result.group)}" name="${xml(name)}"`;
      return failure === undefined ? `${open}/>` : `${open}><failure message="${xml(failure)}"/></testcase>`;
    });
    return `  <testsuite name="${xml(result.group)}" tests="${checks.length}" failures="${totalsOf([result]).failed}">\n${cases.join("\n")}\n  </testsuite>`;
  });
  const { passed, failed } = totalsOf(results);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${passed + failed}" failures="${failed}">\n${suites.join("\n")}\n</testsuites>\n`;
}

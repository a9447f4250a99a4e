// What is built takes lists by index, and does as its sources do.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { rewriteFile } from "../../../build-lists.js";

/// Each is the body of a function, and how many iterators it asks for then.
const cases: readonly (readonly [body: string, iterators: number])[] = [
  ["for (const x of [1, 2, 3]) seen.push(x);", 0],
  ["const xs = [1]; for (const x of xs) { seen.push(x); if (x < 5) xs.push(x + 1); }", 0],
  ["const xs = [1, 2, 3, 4]; for (const x of xs) { xs.pop(); seen.push(x); }", 0],
  ["const xs: (number | undefined)[] = [1, , 3]; for (let x of xs) { x ??= 9; seen.push(x); }", 0],
  ["outer: for (const x of [1, 2, 3]) for (const y of [1, 2, 3]) { if (y > x) continue outer; if (x === 3) break outer; seen.push(x, y); }", 0],
  ["const later: (() => number)[] = []; for (const x of [1, 2]) later.push(() => x); seen.push(...later.map((one) => one()));", 0],
  ["for (const x of new Uint8Array([7, 300])) seen.push(x);", 0],
  ["const xs: readonly number[] | undefined = seen.length > 9 ? [1] : undefined; for (const x of xs ?? [4]) seen.push(x);", 0],
  ["function asked(): number[] { seen.push(0); return [1, 2]; } for (const x of asked()) seen.push(x);", 0],
  ["const pairs: [string, [number, number]][] = [['a', [1, 2]]]; for (const [name, [, second]] of pairs) seen.push(name, second);", 0],
  ["const [first, ...rest] = [1, 2, 3]; seen.push(first, rest.length, Array.isArray(rest));", 0],
  ["let [a, b] = [1, 2]; a += b; seen.push(a, b);", 0],
  ["const [, word] = /(b)/.exec('abc')!; seen.push(word);", 0],
  ["seen.push(...([[1, 2], [3, 4]] as [number, number][]).map(([x, y], index) => x * y + index));", 0],
  ["function sum([x, y]: readonly [number, number], [z]: number[]): number { return x + y + z!; } seen.push(sum([1, 2], [3]));", 0],
  ["for (const [key, value] of new Map([['a', 1], ['b', 2]])) seen.push(key, value);", 1],
  ["for (const x of new Set([1, 1, 2])) seen.push(x);", 1],
  ["for (const x of 'a\\u{1f600}') seen.push(x);", 1],
  ["const [a, b] = new Set([1, 2]); seen.push(a, b);", 1],
  ["const [a = 5, b = 6] = [1] as (number | undefined)[]; seen.push(a, b);", 1],
  ["function* count() { yield 1; yield 2; } for (const x of count()) seen.push(x);", 1],
];

test("loops and patterns do as they did", () => {
  const folder = mkdtempSync(join(tmpdir(), "typemetal-"));
  try {
    const files = cases.map(([body], index) => {
      const path = join(folder, `case-${index}.ts`);
      writeFileSync(path, `export function run(seen: unknown[]): void {\n${body}\n}\n`);
      return path;
    });
    const program = ts.createProgram(files, { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, strict: true, typeRoots: [resolve("node_modules/@types")], types: [] });
    for (const [index, [body, iterators]] of cases.entries()) {
      const before = program.getSourceFile(files[index]!)!.text;
      const after = rewriteFile(program, files[index]!);
      expect(seenBy(after), body).toEqual(seenBy(before));
      expect(iteratorsIn(after), after).toBe(iterators);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function seenBy(text: string): unknown[] {
  const { outputText } = ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS } });
  const exports: { run?: (seen: unknown[]) => void } = {};
  new Function("exports", outputText)(exports);
  const seen: unknown[] = [];
  exports.run!(seen);
  return seen;
}

/// Loops and patterns that still go by one.
function iteratorsIn(text: string): number {
  let count = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isForOfStatement(node) || ts.isArrayBindingPattern(node)) count++;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("after.ts", text, ts.ScriptTarget.ES2023));
  return count;
}

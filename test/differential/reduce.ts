// Makes a program smaller while something about it stays true: statements and
// declarations go, a statement becomes its body, an expression one of its parts
// or a literal. It knows the syntax and nothing else; what no longer compiles is
// not interesting, so it stays well-typed.
//
//     npx tsx test/differential/reduce.ts SEED PROGRAM [--batch 200]
//
// reduces the program of a family on which two ways differ (languages.ts names it), and prints what is left.

import { ts } from "#typescript";
import { hasTools } from "../tools.js";
import { differenceOf, familyWays } from "./languages.js";
import { randomFamily } from "./random-language.js";

/// The smallest text that it finds for which `isInteresting` holds, as it does for the one given.
export function reduceText(text: string, isInteresting: (text: string) => boolean): string {
  for (;;) {
    const before = text;
    text = withoutSome(text, isInteresting);
    text = withSimpler(text, isInteresting);
    if (text === before) return text;
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}
const applied = (text: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.start - a.start).reduce((result, { start, end, by }) => result.slice(0, start) + by + result.slice(end), text);

/// Leaves out statements, members and elements: many at once, then fewer.
function withoutSome(text: string, isInteresting: (text: string) => boolean): string {
  for (let size = Infinity; size >= 1; ) {
    const pieces = removable(text);
    size = Math.min(size, Math.max(pieces.length >> 1, 1));
    let removed = false;
    // From the end: what is used stands before its use.
    for (let end = pieces.length; end > 0; end -= size) {
      const chosen = outermost(pieces.slice(Math.max(0, end - size), end));
      const smaller = applied(text, chosen);
      if (!isInteresting(smaller)) continue;
      text = smaller;
      removed = true;
      break;
    }
    if (!removed && size === 1) return text;
    if (!removed) size = size >> 1;
  }
  return text;
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("program.ts", text, ts.ScriptTarget.ESNext, true);
}

function removable(text: string): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: ts.Node) => {
    const isStatement = ts.isStatement(node) && !ts.isBlock(node) && (ts.isBlock(node.parent) || ts.isSourceFile(node.parent) || ts.isCaseOrDefaultClause(node.parent));
    if (isStatement || ts.isClassElement(node) || ts.isCaseOrDefaultClause(node)) edits.push({ start: node.getFullStart(), end: node.end, by: "" });
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return edits;
}

/// Edits that lie in no other one.
function outermost(edits: readonly Edit[]): Edit[] {
  const kept: Edit[] = [];
  for (const edit of [...edits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (!last || edit.start >= last.end) kept.push(edit);
  }
  return kept;
}

/// Each statement and expression by something shorter that stands in it, or by a literal.
function withSimpler(text: string, isInteresting: (text: string) => boolean): string {
  for (let at = 0; ; at++) {
    const nodes = simplifiable(text);
    if (at >= nodes.length) return text;
    for (const edit of nodes[at]!) {
      const smaller = applied(text, [edit]);
      if (smaller.length >= text.length || !isInteresting(smaller)) continue;
      text = smaller;
      at--;
      break;
    }
  }
}

function simplifiable(text: string): Edit[][] {
  const all: Edit[][] = [];
  const file = parse(text);
  const visit = (node: ts.Node) => {
    const replace = (by: string): Edit => ({ start: node.getStart(file), end: node.end, by });
    const parts: string[] = [];
    if (ts.isIfStatement(node)) parts.push(...bodiesOf(node.thenStatement, file), ...(node.elseStatement ? bodiesOf(node.elseStatement, file) : []));
    else if (ts.isIterationStatement(node, false)) parts.push(...bodiesOf(node.statement, file));
    else if (ts.isBlock(node) && ts.isBlock(node.parent)) parts.push(...bodiesOf(node, file));
    else if (ts.isExpression(node) && !ts.isLiteralExpression(node) && !ts.isArrowFunction(node) && isValue(node)) {
      ts.forEachChild(node, (child) => void (ts.isExpression(child) && parts.push(child.getText(file))));
      parts.push("0", "1", "true", "false");
    }
    if (parts.length > 0) all.push(parts.map(replace));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return all;
}
const bodiesOf = (node: ts.Statement, file: ts.SourceFile): string[] => (ts.isBlock(node) ? [node.statements.map((one) => one.getText(file)).join("\n")] : [node.getText(file)]);
/// Not the name of something, and not what is called.
const isValue = (node: ts.Expression): boolean => !(ts.isCallExpression(node.parent) && node.parent.expression === node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node);

function main([seedText = "", programText = "", ...rest]: string[]): void {
  const [seed, program] = [Number(seedText), Number(programText)];
  const batch = Number(rest[rest.indexOf("--batch") + 1] ?? 200) || 200;
  const { text, names } = randomFamily(seed, batch);
  const name = names[program];
  if (!name) throw new Error("give a seed and the number of a program, as in run_SEED_PROGRAM");
  const ways = { qemu: hasTools("qemu-system-riscv64"), c: hasTools("gcc"), slow: true };
  // Alone where that is enough; else with those before it, which leave their traces in memory.
  const upTo = (first: number) => text.replace(/export function run_\d+_(\d+)\(\)[\s\S]*?\n}/g, (whole, number) => (Number(number) >= first && Number(number) <= program ? whole : ""));
  const differs = (candidate: string, chosen = ways) => differenceOf(candidate, name, chosen) !== undefined;
  const start = [upTo(program), upTo(0)].find((candidate) => differs(candidate));
  if (start === undefined) throw new Error(`all ways agree on ${name}`);
  const found = differenceOf(start, name, ways)!;
  const needed = familyWays(found, ways);
  console.log(reduceText(start, (candidate) => differs(candidate, needed)));
}

if (process.argv[1]?.endsWith("reduce.ts")) main(process.argv.slice(2));

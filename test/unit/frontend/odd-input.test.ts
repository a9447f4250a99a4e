// Whatever is typed ends in diagnostics: programs with pieces taken out, doubled and swapped must not bring
// the front end down, and what still has no diagnostics must be lowered to sound IR.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse } from "../../../compiler/frontend/index.js";
import { verifyModule } from "../../../compiler/ir/verify.js";

const folder = fileURLToPath(new URL("../../guest/language/", import.meta.url));
const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
const host = nodeHost();
const PROGRAMS_PER_SOURCE = Number(process.env.ODD_PROGRAMS ?? 10);

/// Marsaglia's xorshift: the same programs in every run.
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const words = [
  "null",
  "0",
  "u8",
  "Ptr<u64>",
  "=>",
  "{",
  "}",
  "(",
  ")",
  ".",
  ",",
  "[0]",
  "!",
  "const x =",
  "return",
  "ref(",
  "this",
  "as",
  "=",
  ";",
  "`",
  "class",
  "Arr<u8, 4>",
];

function spoil(source: string, next: (below: number) => number): string {
  const tokens = source.match(/\w+|\s+|[^\w\s]/g) ?? [];
  for (let change = 0; change <= next(2); change++) {
    const at = next(tokens.length);
    const other = next(tokens.length);
    const kind = next(4);
    if (kind === 0) tokens.splice(at, 1);
    else if (kind === 1) tokens.splice(at, 0, words[next(words.length)]!);
    else if (kind === 2) tokens[at] = tokens[other]!;
    else [tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!];
  }
  return tokens.join("");
}

test.each(sources)("%s, spoilt", (name) => {
  const source = readFileSync(folder + name, "utf8");
  const next = random(name.length * 7919 + 1);
  for (let program = 0; program < PROGRAMS_PER_SOURCE; program++) {
    const text = spoil(source, next);
    const readFile = (path: string) => (path === "odd.ts" ? new TextEncoder().encode(text) : host.readFile(path));
    let outcome = "";
    try {
      const { module, diagnostics } = analyse(
        "odd.ts",
        { target: "bare", boundsChecks: true },
        { library: host.library, readFile },
      );
      if (module) verifyModule(module);
      else if (diagnostics.length === 0) outcome = "no module and no diagnostics";
    } catch (error) {
      outcome = String((error as Error).stack)
        .split("\n")
        .slice(0, 6)
        .join("\n");
    }
    expect(outcome && `${outcome}\n${text}`).toBe("");
  }
});

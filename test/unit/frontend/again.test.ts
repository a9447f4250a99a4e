// One process compiles many programs: nothing of one is left in the next, as an editor's and --watch's are.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse } from "../../../compiler/frontend/index.js";
import { evaluate } from "../../../compiler/ir/evaluate.js";

const { library, readFile } = nodeHost();
function result(files: Record<string, string>): bigint {
  const host = { library, readFile: (path: string) => (path in files ? new TextEncoder().encode(files[path]) : path.startsWith(library) ? readFile(path) : undefined) };
  const { module, diagnostics } = analyse("main.ts", { target: "bare", boundsChecks: true, form: "object" }, host);
  expect(diagnostics).toEqual([]);
  return evaluate(module!, "run");
}

test("types that have the same name in the next program", () => {
  const text = (last: number) => `enum E { A, B = ${last} }
class Held { all: Arr<[u8, E], 2>; }
const held = zeroed<Held>();
export function run(): u64 {
  held.all[0] = [1, E.B];
  held.all[1] = [2, E.B];
  return u64(held.all[0][1]) + u64(held.all[1][1]) + sizeof<[u8, E]>();
}
`;
  expect(result({ "main.ts": text(7) })).toBe(16n);
  expect(result({ "main.ts": text(1000) })).toBe(2004n);
});

test("members that another file's constant gives", () => {
  const main = 'import { N } from "./other.js";\nenum E { A = N, B }\nexport function run(): u64 {\n  return u64(E.B);\n}\n';
  expect(result({ "main.ts": main, "other.ts": "export const N = 4;\n" })).toBe(5n);
  expect(result({ "main.ts": main, "other.ts": "export const N = 40;\n" })).toBe(41n);
});

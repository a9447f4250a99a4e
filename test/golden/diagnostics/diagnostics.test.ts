// Every program in programs/ is refused exactly as expected/ says: code, place, frame and help. Every code has
// a program of its name and a section in docs/diagnostics.md. UPDATE_GOLDEN=1 writes both.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse, codes, formatDiagnostics, type Form, type Target } from "../../../compiler/frontend/index.js";
import { refusals } from "../../../compiler/refusal.js";
import { document } from "./document.js";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";
const host = nodeHost();
// The programs' own folder is left out of what is printed.
const inFolder = {
  library: host.library,
  readFile: (name: string) => host.readFile(name.startsWith(host.library) ? name : path(`programs/${name}`)),
};

/// A program's first line may say which target it is for, and that it is an object to link: `// for bare object`.
const kindOf = (name: string): { target: Target; form: Form } => {
  const file = path(`programs/${name}`);
  const [, target = "bare", form = "program"] = (existsSync(file) && /^\/\/ for (\w+)(?: (object))?/.exec(readFileSync(file, "utf8"))) || [];
  return { target: target as Target, form: form as Form };
};
const refused = (name: string) => analyse(name, { ...kindOf(name), boundsChecks: true }, inFolder).diagnostics;
const programs = readdirSync(path("programs")).filter((name) => name.endsWith(".ts"));
const exampleOf = (code: string) => {
  const file = path(`programs/${code}.ts`);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

function golden(file: string, text: string): void {
  if (isUpdate) writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(text);
}

if (isUpdate) mkdirSync(path("expected"), { recursive: true });

test.each(programs)("%s", (name) => {
  const diagnostics = refused(name);
  expect(diagnostics.length).toBeGreaterThan(0);
  golden(path(`expected/${name.replace(/\.ts$/, ".txt")}`), `${formatDiagnostics(diagnostics)}\n`);
});

describe("codes", () => {
  // A file that is not there has no program.
  const withProgram = Object.keys(codes).filter((code) => code !== "TM1040");
  test.each(withProgram)("%s has a program that shows it", (code) => {
    expect(refused(`${code}.ts`).map((diagnostic) => diagnostic.code)).toContain(code);
  });

  test("a missing file has TM1040", () => {
    expect(refused("no-such-file.ts").map((diagnostic) => diagnostic.code)).toEqual(["TM1040"]);
  });

  test("docs/diagnostics.md has a section for each", () => {
    golden(path("../../../docs/diagnostics.md"), document({ ...codes, ...refusals }, exampleOf));
  });
});

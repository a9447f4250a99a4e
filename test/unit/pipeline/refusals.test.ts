// Every refusal of the back end has an example that is refused with its code, and a section in the docs.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseModule } from "../../../compiler/ir/parse.js";
import { type BackendOptions, compileModule } from "../../../compiler/pipeline.js";
import { Refusal, refusals } from "../../../compiler/refusal.js";

const fn = (body: string, attributes = "") => `roots @f\nfunction @f${attributes} {\nb0():\n${body}  return\n}\n`;
const asm = (line: string) =>
  fn(`  asm() {"lines":[[{"kind":"text","text":${JSON.stringify(line)}}]],"inputs":[],"outputs":[],"clobbers":[],"effect":true}\n`);
const inputs = Array.from({ length: 30 }, (_, index) => index);
const greedy = `${inputs.map((index) => `  %${index + 1}: i64 = load.i64.volatile [%0 + ${index * 8}]\n`).join("")}  asm(${inputs.map((index) => `%${index + 1}`).join(", ")}) ${JSON.stringify({ lines: [[{ kind: "text", text: "nop" }]], inputs: inputs.map(() => undefined), outputs: [], clobbers: [], effect: true })}\n`;

const examples: Record<keyof typeof refusals, readonly [text: string, options?: BackendOptions]> = {
  TM4001: [asm("frobnicate a0")],
  TM4002: [`${fn("  call @g()\n", ' with {"leaf":true}')}function @g with {"inline":"never"} {\nb0():\n  return\n}\n`],
  TM4003: [fn(`  %0: i64 = register tp\n${greedy}`)],
  TM4004: [asm("call nobody")],
  TM4005: [fn("  %0: i64 = register s3\n  store.i64.volatile [%0], 1\n")],
  TM4006: [fn(""), { virtualBase: 0x8000_0100n }],
};

test.each(Object.entries(examples))("%s has an example", (code, [text, options]) => {
  const compile = () => compileModule(parseModule(text), options);
  expect(compile).toThrow(Refusal);
  expect(compile).toThrow(expect.objectContaining({ code }));
});

test.each(Object.keys(refusals))("%s is documented", (code) => {
  expect(readFileSync(new URL("../../../docs/diagnostics.md", import.meta.url), "utf8")).toContain(`### ${code}\n`);
});

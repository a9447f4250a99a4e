// The machine in a browser worker: bundled for browsers, and run where nothing of Node exists.

import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { compile, nodeHost } from "../../../index.js";

const entry = `
import { planBoot } from "./emulator/machine/loader.js";
import { Machine } from "./emulator/machine/machine.js";

globalThis.boot = (bytes) => {
  let output = "";
  const machine = new Machine({ boot: planBoot({ kernel: { name: "hello.elf", bytes } }), transmit: (byte) => (output += String.fromCharCode(byte)) });
  return { output, outcome: machine.run().kind, get text() { return output; } };
};`;

test("it boots without Node", { timeout: 60_000 }, async () => {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    platform: "browser",
    format: "iife",
    write: false,
  });
  const files = await nodeHost();
  const source = new TextEncoder().encode('export function main(): void {\n  print("hello\\n");\n}\n');
  const { output } = await compile("hello.ts", {}, { ...files, readFile: (path) => (path === "hello.ts" ? source : files.readFile(path)) });
  const worker = createContext({ WebAssembly, TextEncoder, TextDecoder, elf: output?.elf });
  runInContext(outputFiles[0]?.text ?? "", worker);
  expect(runInContext("boot(elf).text", worker)).toBe("hello\n");
});

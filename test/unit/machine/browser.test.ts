// The machine in a browser worker: bundled for browsers, and run where nothing of Node exists, then in
// headless Chromium, with the JIT, breakpoints and states to come back to.

import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { compile, nodeHost } from "../../../index.js";
import { hasTools, pathOf } from "../../tools.js";

const entry = `
import { planBoot } from "./emulator/machine/loader.js";
import { Machine } from "./emulator/machine/machine.js";

globalThis.boot = (bytes) => {
  let output = "";
  const machine = new Machine({ boot: planBoot({ kernel: { name: "hello.elf", bytes } }), transmit: (byte) => (output += String.fromCharCode(byte)) });
  return { output, outcome: machine.run().kind, get text() { return output; } };
};

/// Runs it twice from a state in the middle, by compiled code, with a stop at its first instruction.
globalThis.boots = (bytes) => {
  let output = "";
  const boot = planBoot({ kernel: { name: "hello.elf", bytes } });
  const machine = new Machine({ boot, engine: "jit", jit: { threshold: 0, batch: 1 }, transmit: (byte) => (output += String.fromCharCode(byte)) });
  machine.breakpoints.add(BigInt(boot.entry));
  const stops = machine.run().kind;
  machine.breakpoints.clear();
  const state = machine.save();
  machine.run();
  machine.restore(state);
  return [stops, machine.run().kind, output];
};`;

async function bundleAndProgram() {
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
  return { bundle: outputFiles[0]?.text ?? "", elf: output?.elf ?? new Uint8Array(0) };
}

test("it boots without Node", { timeout: 60_000 }, async () => {
  const { bundle, elf } = await bundleAndProgram();
  const worker = createContext({ WebAssembly, TextEncoder, TextDecoder, elf });
  runInContext(bundle, worker);
  expect(runInContext("boot(elf).text", worker)).toBe("hello\n");
});

test.skipIf(!hasTools("chromium"))("it boots in a worker of Chromium", async () => {
  const { bundle, elf } = await bundleAndProgram();
  const browser = await chromium.launch({ executablePath: pathOf("chromium"), args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
  try {
    const page = await browser.newPage();
    const told = await page.evaluate(
      ([bundle, bytes]) =>
        new Promise((resolve, reject) => {
          const code = `${bundle}; onmessage = ({ data }) => postMessage(boots(data));`;
          const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(Uint8Array.from(bytes));
        }),
      [bundle, [...elf]] as const,
    );
    expect(told).toEqual(["halted", "finished", "hello\nhello\n"]);
  } finally {
    await browser.close();
  }
});

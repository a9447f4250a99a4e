// `typemetal test`: runs the tests of a file twice, on the host as WebAssembly
// and on the machine as it is, and compares. On the host nothing is printed,
// and there are no devices: a test that needs them runs on the machine alone.

import type { ChalkInstance } from "chalk";
import { parseModule } from "../ir/parse.js";
import { printModule } from "../ir/print.js";
import { Trap } from "../ir/evaluate.js";
import { newBlock, type Func, type Module } from "../ir/types.js";
import type { Image } from "../object/image.js";
import { writeElf } from "../object/elf.js";
import { dropUnnamed } from "../passes/inline.js";
import { compileModule, type TestCase } from "../pipeline.js";
import { panicText } from "../rv64/panics.js";
import { WasmProgram } from "../wasm/program.js";
import { checkSource, type CompileChoices } from "./build.js";
import { nodeHost } from "./node-host.js";
import { type CompileTerminal, report } from "./report.js";

export interface TestOptions extends CompileTerminal, CompileChoices {
  readonly file: string;
  /// Runs an image; what it wrote, and whether it ended well.
  readonly run: (elf: Uint8Array) => { readonly output: string; readonly passed: boolean };
  /// For stdout.
  readonly outColors: ChalkInstance;
}

/// Why it failed; undefined where it passed, "device" where the host has not what it needs.
type Verdict = string | undefined;
const UNAVAILABLE = "device";

/// 1 where a test fails, or the two disagree.
export async function testFile(options: TestOptions): Promise<number> {
  const { file, target, boundsChecks = true, overflowChecks = false, optimise = 2, write, outColors } = options;
  checkSource(file);
  const { analyse, TEST_NUMBER } = await import("../frontend/index.js");
  const { module, diagnostics, layout, tests } = analyse(file, { target, boundsChecks, overflowChecks, form: "tests" }, nodeHost());
  await report(diagnostics, options);
  if (!module) return 1;
  if (tests.length === 0) {
    write(`${file} has no tests: write test("name", () => { … }) at its top level\n`);
    return 0;
  }
  const host = new WasmProgram(forHost(module, tests));
  const { image } = compileModule(module, { optimise, strip: true, entry: layout.entry, ...(layout.virtual !== undefined && { virtualBase: layout.virtual }) });
  let failed = 0;
  tests.forEach((test, index) => {
    const onHost = runOnHost(host, test, module.files);
    const { output, passed } = options.run(writeElf(withNumber(image, TEST_NUMBER, index)));
    const panic = /panic: (.*)\n?$/.exec(output)?.[1] ?? "it did not end well";
    const onMachine = passed ? undefined : panic;
    // The machine also says in which function.
    const agree = onHost === UNAVAILABLE || onHost === onMachine || (onHost !== undefined && onMachine?.startsWith(`${onHost}, in `));
    if (agree && passed) return write(`${outColors.green("ok")}   ${test.name}\n`);
    failed++;
    write(`${outColors.red("FAIL")} ${test.name}: ${onMachine ?? "passes on the machine"}\n`);
    if (!agree) write(`     on the host: ${onHost ?? "it passes"}\n`);
  });
  write(`${tests.length - failed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

/// A copy of the module with the tests as its roots, where nothing is printed.
function forHost(module: Module, tests: readonly TestCase[]): Module {
  const copy = parseModule(printModule(module, { locations: true }));
  copy.roots = tests.map(({ symbol }) => symbol);
  copy.functions = copy.functions.map((fn) => (fn.name === "consoleWrite" ? doingNothing(fn) : fn));
  dropUnnamed(copy);
  return copy;
}

function doingNothing(fn: Func): Func {
  const [entry] = fn.blocks;
  const silent: Func = { ...fn, naked: undefined, blocks: [] };
  const block = newBlock(silent);
  block.params = entry?.params ?? [];
  block.end = { kind: "return", values: [], edges: [] };
  return silent;
}

function runOnHost(program: WasmProgram, { symbol }: TestCase, files: readonly string[]): Verdict {
  try {
    program.call(symbol);
    return undefined;
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return /cannot be evaluated|no address before linking|no memory at/.test(error.reason) ? UNAVAILABLE : panicText(error.reason, error.location, files);
  }
}

/// The image with the number of the test that it runs.
function withNumber(image: Image, symbol: string, number: number): Image {
  const place = image.symbols.find(({ name }) => name === symbol)!.offset;
  const sections = image.sections.map((section) => {
    if (!section.bytes || place < section.offset || place >= section.offset + section.size) return section;
    const bytes = section.bytes.slice();
    new DataView(bytes.buffer).setBigUint64(place - section.offset, BigInt(number), true);
    return { ...section, bytes };
  });
  return { ...image, sections };
}

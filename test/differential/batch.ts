// Many programs in one module, each a function `run_N` without parameters, and
// every way to run them all: results by their order, "trap" for one that traps.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { prelude, printC } from "../../compiler/c/print.js";
import { analyse } from "../../compiler/frontend/index.js";
import type { ProgramTree } from "../../compiler/frontend/tree.js";
import { Evaluator, Trap } from "../../compiler/ir/evaluate.js";
import { newFunc, type Module } from "../../compiler/ir/types.js";
import { dropUnnamed } from "../../compiler/passes/inline.js";
import { compileModule, type BackendOptions } from "../../compiler/pipeline.js";
import { WasmProgram } from "../../compiler/wasm/program.js";
import { asmOf, hex, PRINT_HEX } from "./bare-metal.js";
import { TreeEvaluator, TreeTrap } from "./evaluate-tree.js";

const library = fileURLToPath(new URL("../../compiler/language", import.meta.url));

export interface Programs {
  readonly tree: ProgramTree;
  readonly module: Module;
}

/// The front end finds mistakes in what should have none.
export class RefusedPrograms extends Error {}

/// Some programs' texts; as an object, functions call each other as C does. Throws RefusedPrograms where the front end
/// finds mistakes.
export function lowerPrograms(texts: readonly string[], names: readonly string[], form: "program" | "object" = "program"): Programs {
  const main = `import { ${names.join(", ")} } from "./programs.js";\nexport function main(): void {\n${names.map((name) => `  ${name}();`).join("\n")}\n}\n`;
  const files = new Map([
    ["/programs.ts", texts.join("\n")],
    ["/main.ts", main],
  ]);
  const readFile = (path: string) => {
    const text = files.get(path);
    return text === undefined ? (path.startsWith(library) ? readFileSync(path) : undefined) : new TextEncoder().encode(text);
  };
  const { module, tree, diagnostics } = analyse("/main.ts", { target: "bare", boundsChecks: true, form }, { library, readFile });
  if (!module || !tree) throw new RefusedPrograms(diagnostics.map(({ line, column, message, source }) => `${line}:${column}: ${message}\n${source}`).join("\n"));
  module.roots = [...names];
  dropUnnamed(module);
  return { tree, module };
}

const outcome = (run: () => bigint): string => {
  try {
    return hex(run());
  } catch (error) {
    if (error instanceof Trap || error instanceof TreeTrap) return "trap";
    throw error;
  }
};

export function runByTree(tree: ProgramTree, names: readonly string[]): string[] {
  const evaluator = new TreeEvaluator(tree);
  return names.map((name) => outcome(() => evaluator.result(name)));
}

export function runByEvaluator(module: Module, names: readonly string[]): string[] {
  const evaluator = new Evaluator(module);
  return names.map((name) => outcome(() => evaluator.call(name)[0] ?? 0n));
}
export function runByWasm(module: Module, names: readonly string[]): string[] {
  const program = new WasmProgram(module);
  return names.map((name) => outcome(() => program.call(name)[0] ?? 0n));
}

/// Calls each program with a fresh stack; a trap goes on with the next.
function startOf(names: readonly string[]): string {
  const calls = names.map(
    (name) => `
  la    t0, 2f
  csrw  mscratch, t0
  li    sp, 0x80f00000
  call  ${name}
  jal   5f
2:nop`,
  );
  return `
  li    t0, 0x2000
  csrs  mstatus, t0
  la    t0, on_trap
  csrw  mtvec, t0
${calls.join("\n")}
  li    t1, 0x5555
  li    t0, 0x100000
  sw    t1, 0(t0)
1:j     1b
5:${PRINT_HEX}
  li    t1, 10
  sb    t1, 0(t0)
  ret`;
}
const ON_TRAP = `
  li    t0, 0x10000000
${[..."trap\n"].map((letter) => `  li t1, ${letter.charCodeAt(0)}\n  sb t1, 0(t0)`).join("\n")}
  csrr  t0, mscratch
  jr    t0`;

/// An image that prints all results; the module is optimised in place.
export function imageOf(module: Module, names: readonly string[], options: BackendOptions = {}): Uint8Array {
  const naked = (name: string, text: string, section: string) => newFunc(name, [], { attributes: { section, align: 4 }, naked: asmOf(text) });
  const whole: Module = {
    ...module,
    functions: [naked("_start", startOf(names), ".text.start"), naked("on_trap", ON_TRAP, ".text.cold"), ...module.functions],
    roots: ["_start", ...names],
  };
  return compileModule(whole, { strip: true, ...options }).elf;
}

export function runByMachine(elf: Uint8Array): string[] {
  const boot = planBoot({ bios: "none", kernel: { name: "programs", bytes: elf }, ramBytes: 32 << 20, harts: 1 });
  let output = "";
  const machine = new Machine({ boot, transmit: (byte) => (output += String.fromCharCode(byte)) });
  const { kind } = machine.run(2_000_000_000);
  return kind === "finished" ? output.trim().split("\n") : [...output.trim().split("\n"), kind];
}

function inScratch<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function runByQemu(elf: Uint8Array): string[] {
  return inScratch((directory) => {
    const path = join(directory, "programs.elf");
    writeFileSync(path, elf);
    // A file keeps all of it: what goes to a pipe is cut off at the end.
    const output = join(directory, "output");
    const args = ["-M", "virt", "-bios", "none", "-display", "none", "-serial", `file:${output}`, "-kernel", path];
    execFileSync("qemu-system-riscv64", args, { timeout: 120_000 });
    return readFileSync(output, "utf8").trim().split("\n");
  });
}

export function runByC(module: Module, names: readonly string[]): string[] {
  return inScratch((directory) => {
    const indices = names.map((name) => module.functions.findIndex((fn) => fn.name === name));
    const calls = indices.map((index, at) => `  if (!setjmp(next)) printf("%016llx\\n", (unsigned long long)tm_${index}_${names[at]}()); else puts("trap");`);
    const text = `${prelude}#include <setjmp.h>\n#include <stdio.h>\nstatic jmp_buf next;\nvoid typemetal_trap(const char *reason) { (void)reason; longjmp(next, 1); }\n${printC(module)}\nint main(void) {\n  tm_start();\n${calls.join("\n")}\n}\n`;
    writeFileSync(join(directory, "programs.c"), text);
    const flags = ["-O0", "-w", "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off"];
    execFileSync("gcc", [...flags, "-o", join(directory, "programs"), join(directory, "programs.c"), "-lm"]);
    return execFileSync(join(directory, "programs"), { timeout: 60_000 }).toString().trim().split("\n");
  });
}

// The command table, nothing else: names, options and what they mean. A
// command's body is loaded when the command is called, so `--help` and running
// an ELF load neither the compiler nor what is not needed.

import { readFileSync } from "node:fs";
import process from "node:process";
import { type Command, readCommandLine } from "./emulator/commands/command-line.js";
import { colorsFor } from "./emulator/commands/colors.js";
import { ExitCode } from "./emulator/commands/exit-codes.js";
import { explain } from "./emulator/commands/explain.js";
import { goFirst } from "./emulator/commands/helper-threads.js";
import type { ConformOptions } from "./kernel/commands/conform.js";
import { type MachineArguments, machineOptions, runOptions } from "./emulator/commands/run-options.js";
import { packageRoot } from "./compiler/commands/package-root.js";
import type { Emitted } from "./compiler/commands/build.js";
import type { Memos } from "./compiler/memo.js";
import type { CompileHost } from "./compiler/pipeline.js";

const { stdin, stdout, stderr } = process;
const host = { stdin, stdout, stderr, colors: colorsFor(stderr) };
const write = (content: string | Uint8Array) => void stdout.write(content);
const terminal = { write, writeError: (text: string) => void stderr.write(text), colors: host.colors };

const explained = (error: unknown) => explain(error, stderr, host.colors);

type Target = "bare" | "kernel" | "user";
const target = {
  choices: ["bare", "kernel", "user"],
  default: "bare",
  describe: "What a program runs on: the bare machine, firmware, or our kernel",
} as const;

/// How a program is compiled. `-O0`, `-O` and `-Os` are short for --optimise.
const compileTable = {
  target,
  optimise: { type: "string", choices: ["0", "2", "s"], default: "2", describe: "0 for debugging, 2 for speed, s for size; -O0, -O, -Os" },
  "bounds-checks": { type: "boolean", default: true, describe: "Check indices; --no-bounds-checks leaves it out" },
  "overflow-checks": { type: "boolean", default: false, describe: "Trap where + - * leave their type, outside of u8(…) and its kin" },
} as const;
type CompileArguments = { target: Target; optimise: "0" | "2" | "s"; boundsChecks: boolean; overflowChecks: boolean };
const choicesOf = ({ target, optimise, boundsChecks, overflowChecks }: CompileArguments) =>
  ({ target, optimise: optimise === "s" ? "s" : optimise === "0" ? 0 : 2, boundsChecks, overflowChecks }) as const;
const spelledOut = (argument: string) => argument.replace(/^-O([0-9s]?)$/, (_, level) => `--optimise=${level === "" || level === "1" || level === "3" ? "2" : level}`);

const watched = { type: "boolean", default: false, describe: "Go on, and do it again when a file that was read changes" } as const;

const imageOptions = {
  bios: { type: "string", describe: "builtin, none, or a firmware FILE; by default what the image needs" },
  kernel: { type: "string", describe: "The image, as QEMU's -kernel" },
  initrd: { type: "string", describe: "Initial RAM disk" },
} as const;

const machineTable = {
  append: { type: "string", describe: "The kernel's command line" },
  drive: { type: "string", describe: "Raw disk image: FILE[,readonly][,snapshot][,slot=N]; may be repeated" },
  net: { type: "string", describe: "Network card, its wire to another machine: listen=PORT or connect=HOST:PORT" },
  rng: { type: "boolean", default: false, describe: "A virtio entropy device, fed from the seed" },
  console: { choices: ["uart", "virtio"], default: "uart", describe: "Where what is typed goes; both are shown" },
  memory: { type: "string", default: "128M", describe: "RAM, as 512M or 1G" },
  harts: { type: "string", default: "1", describe: "Harts, 1 to 8" },
  cpu: { type: "string", describe: "rv64, then extensions to leave out, as in rv64,zba=off,d=off" },
  seed: { type: "string", default: "0", describe: "What the guest's random seed comes from" },
  "real-time": { type: "boolean", describe: "Tie time to the clock; default on a terminal only" },
  "max-instructions": { type: "string", describe: "Stop after so many instructions, with exit code 124" },
  engine: { choices: ["interpreter", "jit", "lockstep"], default: "jit", describe: "What runs instructions; lockstep runs both and compares" },
  stats: { type: "boolean", default: false, describe: "Show what the run was made of, on stderr: tiers, JIT, TLB, memory" },
  trace: { type: "string", alone: true, describe: "Show on stderr: traps, or some of instructions,traps,csrs,devices" },
  save: { type: "string", describe: "Write the machine's state to FILE when the run ends before the guest does" },
  restore: { type: "string", describe: "Go on from a state that --save wrote; no image is needed" },
  record: { type: "string", describe: "Write what is typed, and when, to FILE" },
  replay: { type: "string", describe: "Run again what --record wrote, to the bit" },
  json: { type: "boolean", default: false, describe: "Print the result as one line of JSON on stderr" },
  gdb: { type: "string", describe: "Wait for gdb at this port: target remote :PORT" },
  "dump-dtb": { type: "string", describe: "Write the device tree to FILE and stop" },
} as const;

async function watching(run: (host: CompileHost, memos: Memos) => Promise<number>): Promise<number> {
  const { runAndWatch } = await import("./compiler/commands/watch.js");
  return runAndWatch(run, terminal);
}

const commands: readonly Command[] = [
  {
    name: "run",
    describe: "Run an ELF, a raw image or a FILE.ts",
    words: { name: "image", describe: "What --kernel takes, or a FILE.ts to compile and run" },
    options: {
      ...imageOptions,
      ...machineTable,
      ...compileTable,
      cache: { type: "boolean", default: true, describe: "Keep what a FILE.ts was compiled to; --no-cache compiles anew" },
    },
    run: async (argv: MachineArguments & CompileArguments & { image?: string; cache: boolean }) => {
      const options = runOptions(argv);
      const { cachedImage, keptBytes } = await import("./compiler/commands/cache.js");
      const { runImage } = await import("./emulator/commands/run.js");
      (await import("./emulator/cpu/emitted.js")).keepEmitted(keptBytes());
      if (!argv.image?.endsWith(".ts")) return runImage(options, host);
      const { image: file } = argv;
      const choices = choicesOf(argv);
      const compile = async (host?: CompileHost) => {
        const { compileFile } = await import("./compiler/commands/build.js");
        return compileFile({ file, ...choices, ...(host && { host }), ...terminal });
      };
      const compiled = await (argv.cache ? cachedImage({ file, choices }, compile) : compile());
      return compiled ? runImage({ ...options, kernel: compiled }, host) : ExitCode.failed;
    },
  },
  {
    name: "build",
    describe: "Compile a program of the dialect to an ELF, or to an object for a linker",
    words: { name: "file", describe: "The program's main file", count: "one" },
    options: {
      out: { alias: "o", type: "string", describe: "Output; FILE with its ending changed where left out" },
      ...compileTable,
      emit: { choices: ["elf", "obj", "ir", "asm", "c", "wasm"], default: "elf", describe: "What to write" },
      dump: { type: "string", array: true, describe: "after:PASS writes the IR after that pass; may be repeated" },
      watch: watched,
    },
    run: async (argv: CompileArguments & { file: string; out?: string; emit: Emitted; dump?: string[]; watch: boolean }) => {
      const { buildFile } = await import("./compiler/commands/build.js");
      const { file, out, emit, dump } = argv;
      const options = { file, emit, ...(out !== undefined && { out }), ...(dump && { dump }), ...choicesOf(argv), ...terminal };
      return argv.watch ? watching((host, memos) => buildFile({ ...options, host, memos })) : buildFile(options);
    },
  },
  {
    name: "check",
    describe: "Say what is wrong with programs, without building them",
    words: { name: "files", describe: "Main files; without, the programs in this folder", count: "any" },
    options: { target, emit: { choices: ["elf", "obj"], default: "elf", describe: "What they are for: programs, or objects for a linker" }, watch: watched },
    run: async ({ files = [], target, emit, watch }: { files?: string[]; target: Target; emit: "elf" | "obj"; watch: boolean }) => {
      const { checkFiles } = await import("./compiler/commands/check.js");
      const options = { files, target, isObject: emit === "obj", ...terminal };
      return watch ? watching((host, memos) => checkFiles({ ...options, host, memos })) : checkFiles(options);
    },
  },
  {
    name: "lsp",
    describe: "Serve diagnostics to an editor: the Language Server Protocol on stdin and stdout",
    options: { target, stdio: { type: "boolean", default: true, describe: "The only way there is" } },
    run: async ({ target }: { target: Target }) => {
      const { serveEditor } = await import("./compiler/commands/lsp.js");
      return serveEditor(target);
    },
  },
  {
    name: "test",
    describe: "Run a file's tests on the host and on the machine",
    words: { name: "file", describe: "Has test(…) at its top level", count: "one" },
    options: compileTable,
    run: async (argv: CompileArguments & { file: string }) => {
      const { testFile } = await import("./compiler/commands/test.js");
      const { runQuietly } = await import("./emulator/commands/run-quiet.js");
      return testFile({ file: argv.file, run: runQuietly, outColors: colorsFor(stdout), ...choicesOf(argv), ...terminal });
    },
  },
  {
    name: "disasm",
    describe: "Show machine code by function, with the source lines that it comes from",
    words: { name: "file", describe: "Any RV64 ELF", count: "one" },
    options: { function: { type: "string", describe: "Only this function" } },
    run: async ({ file, function: name }: { file: string; function?: string }) => {
      const { disassembleFile } = await import("./compiler/commands/disasm.js");
      return disassembleFile({ file, ...(name === undefined ? {} : { function: name }), write, colors: colorsFor(stdout) });
    },
  },
  {
    name: "new",
    describe: "Start a kernel of your own in a new directory",
    words: { name: "dir", describe: "Where; must not hold anything", count: "one" },
    options: {},
    run: async ({ dir }: { dir: string }) => {
      const { createProject } = await import("./compiler/commands/new.js");
      return createProject({ dir, write });
    },
  },
  {
    name: "start",
    describe: "Build and boot the kernel that comes with typemetal",
    options: {
      ...machineTable,
      write: { type: "string", describe: "Write the image to FILE and do not boot" },
      example: { type: "string", describe: "Boot one program of userland/examples in place of the userland" },
    },
    run: async (argv: MachineArguments & { write?: string; example?: string }) => {
      const { start } = await import("./kernel/commands/start.js");
      return start({ ...machineOptions(argv), write: argv.write, example: argv.example, host });
    },
  },
  {
    name: "conform",
    describe: "Hold a kernel to the documentation: the conformance suite",
    words: { name: "filters", describe: "Parts of names of groups, or of \"group: check\"", count: "any" },
    options: {
      kernel: { type: "string", describe: "An image of your own that takes an initial RAM disk, in place of ours" },
      harts: { type: "string", default: "1", describe: "Harts, 1 to 8" },
      engine: { choices: ["interpreter", "jit"], default: "jit", describe: "What runs instructions; the run is the same" },
      shard: { type: "string", describe: "One part of the groups, as 2/8" },
      json: { type: "boolean", default: false, describe: "Print the results as one line of JSON" },
      tap: { type: "boolean", default: false, describe: "Print the results as TAP" },
      junit: { type: "string", describe: "Write the results to FILE as JUnit's XML" },
      invariants: { type: "string", default: "0", describe: "Check the kernel's invariants at one of so many returns to user mode" },
      "max-instructions": { type: "string", default: "4000000000", describe: "Bounds each program, for a kernel that hangs" },
      list: { type: "boolean", default: false, describe: "List the groups and stop" },
    },
    run: async (argv: Omit<ConformOptions, "host">) => {
      const { conform } = await import("./kernel/commands/conform.js");
      return conform({ ...argv, host });
    },
  },
];

async function main(): Promise<void> {
  goFirst();
  try {
    const about = "A TypeScript dialect on bare RISC-V, and the machine to run it on";
    const asked = readCommandLine(commands, process.argv.slice(2).map(spelledOut), about, version, Math.min(100, stdout.columns ?? 100));
    if ("print" in asked) stdout.write(asked.print);
    else process.exitCode = await asked.command.run(asked.argv as never);
  } catch (error) {
    process.exitCode = explained(error);
  }
}

function version(): string { return JSON.parse(readFileSync(`${packageRoot()}/package.json`, "utf8")).version; }

void main();

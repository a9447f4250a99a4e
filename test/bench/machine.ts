// Speed of both engines against QEMU: each of the eight programs in
// test/bench/machine/kernels.c and the four in further.c on ours, then on
// qemu-system-riscv64, in turn; the median of the runs counts.
//
//     tsx test/bench/machine.ts [--engine interpreter|jit] [--json] [--runs N] [--only NAME] [--no-qemu]
//
// It needs riscv64-unknown-elf-gcc and qemu-system-riscv64. A program prints
// its checksum and the instructions that it took, which must be what
// icount.txt says up to what reading a counter costs. Time is the host's, from
// the line before to the program's line, so translation is in it. The gates are
// 0.4 of QEMU 7.2 for the interpreter; 1.3 for the JIT, and 0.8 for each program.
// The geometric mean is that of the eight.
// Then our kernel's IPC (ipc.ts), whose gate is 1.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { measureOurs, measureQemu, writeKernel } from "./ipc.js";

const { values: options } = parseArgs({ options: { json: { type: "boolean" }, runs: { type: "string", default: "5" }, only: { type: "string" }, "no-qemu": { type: "boolean" }, engine: { type: "string" }, stats: { type: "boolean" } } });
type EngineName = "interpreter" | "jit";
const gates = { interpreter: { mean: 0.4, each: 0 }, jit: { mean: 1.3, each: 0.8 } } as const;
const IPC_GATE = 1;
/// Instructions of the harness that a program's count may differ by.
const SLACK = 16;

interface Line { readonly name: string; readonly checksum: string; readonly instructions: number; readonly milliseconds: number }

const programs = ["kernels", "further"];
/// What the geometric mean leaves out.
const further: ReadonlySet<string> = new Set(["sort", "bytecode", "large", "hash"]);

const here = join(dirname(fileURLToPath(import.meta.url)), "machine");
const directory = mkdtempSync(join(tmpdir(), "bench-machine-"));
const ramBytes = 128 << 20;

async function main(): Promise<number> {
  const built = spawnSync("bash", [join(here, "build.sh"), directory], { encoding: "utf8" });
  if (built.status !== 0) {
    console.error(`cannot build the programs: ${built.error?.message ?? built.stderr}`);
    return 1;
  }
  const elves = programs.map((name) => join(directory, `${name}.elf`));
  const expected = new Map(readFileSync(join(here, "icount.txt"), "utf8").trim().split("\n").map((text) => {
    const line = parseLine(text, 0);
    return [line?.name ?? "", line] as const;
  }));

  const kernel = options.only && options.only !== "ipc" ? undefined : await writeKernel(directory);
  const engines: readonly EngineName[] = options.engine === "interpreter" || options.engine === "jit" ? [options.engine] : ["interpreter", "jit"];
  const ours: Record<EngineName, Line[][]> = { interpreter: [], jit: [] }, theirs: Line[][] = [];
  const trips: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let run = 0; run < Number(options.runs); run++) {
    if (options.only !== "ipc") {
      for (const elf of elves) {
        for (const engine of engines) ours[engine].push(runOurs(elf, engine));
        if (!options["no-qemu"]) theirs.push(await runQemu(elf));
      }
    }
    if (kernel) {
      trips.ours.push(measureOurs(kernel.bytes, engines.at(-1) as EngineName));
      if (!options["no-qemu"]) trips.theirs.push(await measureQemu(kernel.path));
    }
  }
  const ipc = { perSecond: median(trips.ours), qemuPerSecond: median(trips.theirs), ratio: median(trips.ours) / median(trips.theirs) };
  const results = engines.map((engine) => {
    const rows = [...expected.keys()].flatMap((name) => {
      const ourLine = medianOf(ours[engine], name);
      if (!ourLine) return [];
      const want = expected.get(name);
      const right = want?.checksum === ourLine.checksum && Math.abs(want.instructions - ourLine.instructions) <= SLACK;
      const qemu = medianOf(theirs, name);
      const mips = ourLine.instructions / 1000 / ourLine.milliseconds;
      return [{ name, right, instructions: ourLine.instructions, mips, ...(qemu && { qemuMips: ourLine.instructions / 1000 / qemu.milliseconds, ratio: qemu.milliseconds / ourLine.milliseconds }) }];
    });
    const first = rows.filter(({ name }) => !further.has(name));
    return { engine, rows, mips: mean(first.map(({ mips }) => mips)), geomean: mean(first.map(({ ratio }) => ratio ?? Number.NaN)) };
  });
  // The figures of the last engine, which is the JIT unless the interpreter alone was asked for.
  const { rows, geomean } = results.at(-1) as (typeof results)[number];
  if (options.json) console.log(JSON.stringify({ geomean, interpreter: results.find(({ engine }) => engine === "interpreter")?.geomean, ipc: ipc.ratio, rows }));
  else {
    if (options.only !== "ipc") results.forEach(print);
    if (kernel) console.log(`IPC ${ipc.perSecond.toFixed(0)} round trips per second, QEMU ${ipc.qemuPerSecond.toFixed(0)}, ${ipc.ratio.toFixed(2)}; the gate is ${IPC_GATE}`);
  }
  return (options.only === "ipc" || results.every(passes)) && !(ipc.ratio < IPC_GATE) ? 0 : 1;
}

interface Row { readonly name: string; readonly right: boolean; readonly mips: number; readonly qemuMips?: number; readonly ratio?: number }
interface Result { readonly engine: EngineName; readonly rows: readonly Row[]; readonly mips: number; readonly geomean: number }

function print({ engine, rows, mips, geomean }: Result): void {
  console.log(engine);
  for (const { name, right, mips, qemuMips, ratio } of rows) console.log(" ", name.padEnd(8), `${mips.toFixed(0)} MIPS`.padStart(10), qemuMips === undefined ? "" : `QEMU ${qemuMips.toFixed(0)}`.padStart(10), (ratio?.toFixed(2) ?? "").padStart(6), right ? "" : "WRONG RESULT");
  console.log("  geometric mean", mips.toFixed(0), "MIPS,", geomean.toFixed(2), "of QEMU; the gate is", gates[engine].mean);
}

function passes({ engine, rows, geomean }: Result): boolean {
  const gate = gates[engine];
  return rows.length > 0 && rows.every(({ right, ratio = 1 }) => right && ratio >= gate.each) && !(geomean < gate.mean);
}

function runOurs(elf: string, engine: EngineName): Line[] {
  const clock = new LineClock();
  const boot = planBoot({ bios: "none", kernel: { name: elf, bytes: readFileSync(elf) }, ramBytes, harts: 1 });
  const machine = new Machine({ boot, engine, transmit: (byte) => clock.put(String.fromCharCode(byte)) });
  clock.start();
  const outcome = machine.run();
  if (outcome.kind !== "finished") console.error("the machine did not finish:", outcome);
  if (options.stats) console.error(machine.jit?.statistics);
  return clock.lines;
}

async function runQemu(elf: string): Promise<Line[]> {
  const clock = new LineClock();
  const qemu = spawn("qemu-system-riscv64", ["-M", "virt", "-bios", "none", "-m", "128M", "-nographic", "-monitor", "none", "-serial", "stdio", "-kernel", elf], { stdio: ["ignore", "pipe", "inherit"] });
  clock.start();
  qemu.stdout.on("data", (data: Buffer) => { for (const byte of data) clock.put(String.fromCharCode(byte)); });
  await new Promise((resolve, reject) => qemu.on("close", resolve).on("error", reject));
  return clock.lines;
}

/// Times each line of output by when it ended.
class LineClock {
  readonly lines: Line[] = [];
  #text = "";
  #last = 0;

  start(): void { this.#last = performance.now(); }

  put(character: string): void {
    if (character !== "\n") {
      this.#text += character;
      return;
    }
    const now = performance.now();
    const line = parseLine(this.#text, now - this.#last);
    if (line) this.lines.push(line);
    else console.error(this.#text);
    this.#text = "";
    this.#last = now;
  }
}

function parseLine(text: string, milliseconds: number): Line | undefined {
  const [, name = "", checksum = "", instructions] = /^(\w+) \d+ (\w+) insn=(\d+)/.exec(text) ?? [];
  return instructions === undefined ? undefined : { name, checksum, instructions: Number(instructions), milliseconds };
}

function medianOf(runs: readonly Line[][], name: string): Line | undefined {
  const lines = runs.flat().filter((line) => line.name === name && (!options.only || name === options.only)).sort((a, b) => a.milliseconds - b.milliseconds);
  return lines[lines.length >> 1];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

process.exitCode = await main();
rmSync(directory, { recursive: true });

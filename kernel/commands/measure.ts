// `npm run bench:kernel`: instructions from trap to sret, exact, one kind of trap a row, beside seL4's. They are kept
// in test/bench/ratchet.json: `--check` fails where one has risen by more than 1 %, `--update` writes them anew,
// `--path-cache` measures a kernel with the cache of IPC paths; `--json` prints for programs; `--trace ROW` prints the instructions of a row's trap instead.
//
// seL4 1326364bc for RV64, gcc 12 -O2, release, one core, classic: counted in the same way, two address spaces.
// Of the general registers ours keeps all but a0 to a5 and a7 over Call and ReplyRecv, all but results over the rest.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TrapMeter } from "../../emulator/cpu/trap-meter.js";
import type { HartObserver, Trap } from "../../emulator/cpu/trap.js";
import { traceTo } from "../../emulator/commands/trace.js";
import { readLines } from "../../compiler/object/dwarf-read.js";
import { packageRoot } from "../../compiler/commands/package-root.js";
import type { Machine } from "../../emulator/machine/machine.js";
import { invocations } from "../abi/invocations.js";
import { syscalls } from "../abi/syscalls.js";
import { readElf } from "../../compiler/object/elf-read.js";
import { boot, buildInitrd, buildKernel } from "./conformance.js";

const PROGRAM = "test/guest/bench/kernel.ts";
const USER = 0;
const A1 = 11, A7 = 17;
const ECALL_FROM_USER = 8, STORE_PAGE_FAULT = 15, TIMER = 5, EXTERNAL = 9;
/// A syscall that there is none of, plus the number of a case.
const MARK = 1 << 20;
/// Above this a count may rise no more.
const TOLERANCE = 1.01;

/// Cases as the program numbers them.
const cases = [
  "Rest", "Call", "Words8", "Words64", "Words120", "Capability", "Fault", "Signal", "SignalWakes", "Wait", "Poll", "Yield", "Tick", "CNode", "Retype",
  "Frame", "Map", "Priority", "Portal", "Semaphore", "Demand", "CopyOnWrite",
  "SignalLower",
] as const;

interface Row {
  readonly name: string;
  readonly case: (typeof cases)[number];
  /// The trap's kind: a syscall, an invocation, a fault or an interrupt.
  readonly trap: string;
  readonly seL4?: number;
}

const rows: readonly Row[] = [
  { name: "Call", case: "Call", trap: "Call", seL4: 234 },
  { name: "ReplyRecv", case: "Call", trap: "ReplyRecv", seL4: 273 },
  { name: "Call, 8 words", case: "Words8", trap: "Call", seL4: 927 },
  { name: "Call, 64 words", case: "Words64", trap: "Call", seL4: 1263 },
  { name: "Call, 120 words", case: "Words120", trap: "Call", seL4: 1599 },
  { name: "Call, 1 capability", case: "Capability", trap: "Call", seL4: 1308 },
  { name: "page fault to handler", case: "Fault", trap: "fault", seL4: 641 },
  { name: "handler's ReplyRecv", case: "Fault", trap: "ReplyRecv", seL4: 763 },
  { name: "Signal", case: "Signal", trap: "Signal", seL4: 424 },
  { name: "Signal that wakes", case: "SignalLower", trap: "Signal", seL4: 441 },
  { name: "Signal that switches", case: "SignalWakes", trap: "Signal", seL4: 441 },
  { name: "Wait, bits pending", case: "Wait", trap: "Wait", seL4: 298 },
  { name: "Poll", case: "Poll", trap: "Poll", seL4: 295 },
  { name: "Yield", case: "Yield", trap: "Yield", seL4: 445 },
  { name: "timer tick", case: "Tick", trap: "timer", seL4: 186 },
  { name: "CNodeCopy", case: "CNode", trap: "CNodeCopy", seL4: 886 },
  { name: "CNodeMint", case: "CNode", trap: "CNodeMint", seL4: 912 },
  { name: "CNodeMove", case: "CNode", trap: "CNodeMove", seL4: 759 },
  { name: "CNodeDelete", case: "CNode", trap: "CNodeDelete", seL4: 832 },
  { name: "CNodeRevoke, no children", case: "CNode", trap: "CNodeRevoke", seL4: 701 },
  { name: "retype to Endpoint", case: "Retype", trap: "UntypedRetype", seL4: 1001 },
  { name: "retype to Frame", case: "Frame", trap: "UntypedRetype", seL4: 992 },
  { name: "FrameMap", case: "Map", trap: "FrameMap", seL4: 717 },
  { name: "FrameUnmap", case: "Map", trap: "FrameUnmap", seL4: 666 },
  { name: "set priority", case: "Priority", trap: "SchedContextConfigure", seL4: 566 },
  { name: "Call through Portal", case: "Portal", trap: "Call" },
  { name: "Reply of a handler", case: "Portal", trap: "Reply" },
  { name: "Up", case: "Semaphore", trap: "Up" },
  { name: "Down", case: "Semaphore", trap: "Down" },
  { name: "demand page", case: "Demand", trap: "fault" },
];

const syscallNames = new Map<number, string>(Object.entries(syscalls).map(([name, { number }]) => [number, name]));
const invocationNames = new Map<number, string>(Object.entries(invocations).map(([name, { number }]) => [number, name]));

/// How often each number of instructions was seen, by "case trap". The program runs on one hart; beside others it takes
/// the kernel lock. `further` is told of each trap's kind.
function measure(kernel: Uint8Array, initrd: Uint8Array, harts: number, further: HartObserver = {}, begin: (kind: string) => void = () => {}, prepare: (machine: Machine) => void = () => {}): Map<string, Map<number, number>> {
  const kinds: string[] = [];
  let current = "Rest";
  const meter = new TrapMeter((trap) => trap.from === USER);
  const observer: HartObserver = {
    ...further,
    trapped: (hart, trap) => {
      meter.trapped(hart, trap);
      if (trap.from !== USER) return;
      const number = Number(hart.readRegister(A7));
      const isMark = trap.cause === ECALL_FROM_USER && !trap.interrupt && number >= MARK;
      if (isMark) current = cases[number - MARK] ?? "Rest";
      const kind = isMark ? "" : `${current} ${kindOf(trap, number, Number(hart.readRegister(A1)))}`;
      kinds.push(kind);
      begin(kind);
    },
    returned: (hart, from) => meter.returned(hart, from),
  };
  const { text, end } = boot({ kernel, initrd, harts, observer, prepare });
  if (end !== "pass") throw new Error(`the guest ended with ${end}: ${text}`);
  const counts = new Map<string, Map<number, number>>();
  meter.finished.forEach(({ instructions }, index) => {
    const seen = counts.get(kinds[index] ?? "") ?? new Map<number, number>();
    counts.set(kinds[index] ?? "", seen.set(instructions, (seen.get(instructions) ?? 0) + 1));
  });
  return counts;
}

function kindOf({ interrupt, cause }: Trap, number: number, label: number): string {
  if (interrupt) return cause === TIMER ? "timer" : cause === EXTERNAL ? "external" : "software";
  if (cause === STORE_PAGE_FAULT) return "fault";
  if (cause !== ECALL_FROM_USER) return "exception";
  return number === syscalls.Invoke.number ? (invocationNames.get(label) ?? "none") : (syscallNames.get(number) ?? "none");
}

/// The instructions of a usual trap of a row, with their lines in the source.
function trace(name: string, kernel: Uint8Array, initrd: Uint8Array): string {
  const row = rows.find((row) => row.name === name);
  if (!row) throw new Error(`no row is called ${name}`);
  const elf = readElf(kernel, "kernel.elf"), lines = readLines(elf), kind = `${row.case} ${row.trap}`;
  let machine: Machine | undefined, isWanted = false, place = "", instructions = 0, text: string[] = [];
  const traces = new Map<number, string>();
  const { observer } = traceTo((line) => text.push(line.replace(/^.*? 0x/, "0x")), new Set(["instructions"]), elf.symbols, (id, pc) => {
    const { file, line } = lines.at(pc) ?? { file: "?", line: 0 };
    if (place !== (place = `${file}:${line}`)) text.push(place);
    const hart = machine?.harts[id];
    return hart && machine?.readVirtual(hart, pc, 4);
  });
  const executing: HartObserver["executing"] = (hart) => {
    if (!isWanted || hart.privilege === USER) return;
    instructions++;
    observer?.executing?.(hart);
  };
  const counts = measure(kernel, initrd, 1, { executing }, (next) => {
    if (isWanted) traces.set(instructions, `${text.join("\n")}\n`);
    [isWanted, instructions, text] = [next === kind, 0, []];
  }, (booted) => { machine = booted; });
  return traces.get(mostFrequent(counts.get(kind) ?? new Map([[0, 0]]))) ?? "";
}

function mostFrequent(seen: ReadonlyMap<number, number>): number {
  return [...seen].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

type Counts = ReadonlyMap<string, ReadonlyMap<number, number>>;

/// What CI watches, and what docs quote.
function figures(counts: Counts, locked: Counts, kernel: Uint8Array): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { name, case: group, trap } of rows) {
    const seen = counts.get(`${group} ${trap}`);
    if (seen) found[name] = mostFrequent(seen);
  }
  found["round trip"] = (found.Call ?? 0) + (found.ReplyRecv ?? 0);
  for (const trap of ["Call", "ReplyRecv"]) found[`${trap}, kernel lock`] = mostFrequent(locked.get(`Call ${trap}`) ?? new Map());
  found["round trip, kernel lock"] = (found["Call, kernel lock"] ?? 0) + (found["ReplyRecv, kernel lock"] ?? 0);
  const { sections } = readElf(kernel, "kernel.elf");
  found["text and rodata, bytes"] = sections.filter(({ name }) => name === ".text" || name === ".rodata").reduce((sum, { size }) => sum + Number(size), 0);
  return found;
}

function check(found: Readonly<Record<string, number>>, ratchet: Readonly<Record<string, number>>): string[] {
  return Object.entries(ratchet).flatMap(([name, allowed]) => {
    const now = found[name];
    if (now === undefined) return [`${name} was not seen`];
    return now > allowed * TOLERANCE ? [`${name} takes ${now}, it took ${allowed}`] : [];
  });
}

const theirs = new Map<string, number>([...rows.flatMap(({ name, seL4 }): [string, number][] => (seL4 === undefined ? [] : [[name, seL4]])), ["round trip", 507], ["text and rodata, bytes", 65536]]);

function table(found: Readonly<Record<string, number>>): string {
  const lines = Object.entries(found).map(([name, ours]) => {
    const seL4 = theirs.get(name);
    const beside = seL4 === undefined ? "" : `${String(seL4).padStart(8)}${(ours / seL4).toFixed(2).padStart(7)}`;
    return `${name.padEnd(26)}${String(ours).padStart(7)}${beside}`;
  });
  return `${"".padEnd(26)}${"ours".padStart(7)}${"seL4".padStart(8)}${"ratio".padStart(7)}\n${lines.join("\n")}\n`;
}

async function main(options: readonly string[]): Promise<number> {
  const kernel = await buildKernel(options.includes("--path-cache")), initrd = await buildInitrd(PROGRAM);
  const traced = options[options.indexOf("--trace") + 1];
  if (options.includes("--trace")) {
    process.stdout.write(trace(traced ?? "", kernel, initrd));
    return 0;
  }
  const found = figures(measure(kernel, initrd, 1), measure(kernel, initrd, 2), kernel);
  const path = join(packageRoot(), "test/bench/ratchet.json");
  if (options.includes("--update")) writeFileSync(path, `${JSON.stringify(found, undefined, 2)}\n`);
  if (options.includes("--json")) {
    const rowsOut = Object.fromEntries(Object.entries(found).map(([name, ours]) => [name, { ours, ...(theirs.has(name) && { seL4: theirs.get(name) }) }]));
    process.stdout.write(`${JSON.stringify(rowsOut)}\n`);
  } else process.stdout.write(table(found));
  if (!options.includes("--check")) return 0;
  const risen = check(found, JSON.parse(readFileSync(path, "utf8")));
  for (const line of risen) process.stderr.write(`${line}\n`);
  return risen.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

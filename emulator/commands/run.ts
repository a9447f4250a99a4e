// `typemetal run`: an image on the machine, its console on the terminal.
//
// stdout is the guest's alone; our own words go to stderr. Deterministic time
// runs in slices of a fixed number of instructions, and input enters between
// slices; in real time an idle machine sleeps until its next timer or a key.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ChalkInstance } from "chalk";
import { TIMEBASE_HZ } from "../devices/device.js";
import type { Finish } from "../devices/finisher.js";
import { type Cpu, fullCpu } from "../isa/cpu.js";
import type { JitStatistics } from "../jit/jit.js";
import { writeDeviceTree } from "../machine/device-tree.js";
import { type BootOptions, type BootPlan, ImageError, type NamedFile, planBoot, readLineTable } from "../machine/loader.js";
import { Machine } from "../machine/machine.js";
import { defaultRamBytes } from "../machine/memory-map.js";
import type { Outcome } from "../machine/outcome.js";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "../machine/snapshot.js";
import { type ConsoleCommand, ConsoleKeys, consoleHelp } from "./console-keys.js";
import { type DriveOptions, type Drives, openDrives } from "./drives.js";
import { GdbServer } from "./gdb-server.js";
import { ExitCode } from "./exit-codes.js";
import { digest, Journal, Recorder, type RunIdentity } from "./journal.js";
import { type NetOptions, Network } from "./network.js";
import { describeDeath, placeOf, traceTo } from "./trace.js";
import type { TraceKind } from "./trace-kinds.js";

/// The process that a command runs in.
export interface Host {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /// For stderr.
  readonly colors: ChalkInstance;
}

export interface RunOptions {
  /// A path, or the file itself.
  readonly kernel?: string | NamedFile;
  /// "builtin", "none" or a path; undefined: what the kernel needs.
  readonly bios?: string;
  readonly initrd?: string | NamedFile;
  readonly append?: string;
  readonly drives?: readonly DriveOptions[];
  readonly net?: NetOptions;
  readonly ramBytes: number;
  readonly harts: number;
  readonly cpu?: Cpu;
  readonly seed: number;
  /// mtime follows the host's clock; undefined: where the console is a terminal.
  readonly realTime?: boolean;
  readonly maxInstructions?: number;
  /// The JIT where it is not given; the run is the same.
  readonly engine?: "interpreter" | "jit";
  /// What the JIT did, on stderr at the end.
  readonly stats?: boolean;
  /// What happens, on stderr.
  readonly trace?: ReadonlySet<TraceKind>;
  /// Writes the machine's state to this file, where the run ends and the guest did not.
  readonly save?: string;
  /// Goes on from such a file in place of starting an image.
  readonly restore?: string;
  /// Writes what comes in from outside to this file, so that `replay` gives the run again.
  readonly record?: string;
  readonly replay?: string;
  /// The result as one line of JSON, on stderr.
  readonly json?: boolean;
  /// A port of this host where gdb may connect; the guest waits for it.
  readonly gdb?: number;
  /// Writes the device tree to this file, and runs nothing.
  readonly dumpDtb?: string;
}

/// How a run ended; --json prints it.
export interface RunResult {
  readonly exitCode: number;
  readonly reason: "finished" | "reset" | "quit" | "limit" | "died" | "stuck" | "interrupted" | "closed" | "failed" | "replayed";
  readonly message?: string;
  readonly instructions?: number;
  readonly seconds?: number;
}

/// Between looks at input, signals and output; deterministic runs let input in at these points only.
const sliceInstructions = 2_000_000;
/// Real-time slices are short, so that a key is not kept waiting.
const realTimeSlice = 500_000;
/// So that gdb's interrupt is not kept waiting.
const gdbSlice = 500_000;
/// Writers that started together with us have written by now.
const silentPipeMilliseconds = 20;
/// Input beyond this waits with the host until the guest has read some.
const inputHighWater = 65_536;

/// Runs an image to its end and gives the process's exit code.
export async function runImage(options: RunOptions, host: Host): Promise<number> {
  const result = await run(options, host);
  report(result, options, host);
  return result.exitCode;
}

async function run(options: RunOptions, host: Host): Promise<RunResult> {
  let plan: BootPlan;
  let files: BootOptions;
  let drives: Drives;
  let snapshot: Snapshot | undefined;
  let session: Session | undefined;
  let network: Network | undefined;
  try {
    files = readFiles(options);
    if (options.dumpDtb !== undefined) return dumpDeviceTree(options.dumpDtb, files);
    snapshot = options.restore === undefined ? undefined : readSnapshot(options.restore);
    plan = snapshot?.boot ?? planBoot(files);
    drives = openDrives(options.drives ?? [], (message) => host.stderr.write(`${host.colors.yellow("warning: ")}${message}\n`));
  } catch (error) {
    return failure(error);
  }
  try {
    const warn = (message: string) => void host.stderr.write(`${host.colors.yellow("warning: ")}${message}\n`);
    network = options.net && (await Network.open(options.net, () => session?.wake(), warn));
    session = new Session(options, files, plan, drives, host, network, snapshot);
    return await session.run();
  } catch (error) {
    return failure(error);
  } finally {
    network?.close();
    drives.close();
  }
}

function failure(error: unknown): RunResult {
  if (!(error instanceof ImageError)) throw error;
  return { exitCode: ExitCode.failed, reason: "failed", message: `${error.message}\n  help: ${error.help}` };
}

function readSnapshot(path: string): Snapshot {
  const { bytes } = readImage(path);
  let plain: Uint8Array;
  try {
    plain = gunzipSync(bytes);
  } catch {
    throw new ImageError(`${path} is not a state of a machine, or is cut off`, "give a file that --save wrote");
  }
  return decodeSnapshot(plain, path);
}

function readFiles({ kernel, bios, initrd, append, ramBytes, harts, cpu, seed }: RunOptions): BootOptions {
  const isWord = bios === undefined || bios === "builtin" || bios === "none";
  const read = (file: string | NamedFile | undefined) => (typeof file === "string" ? readImage(file) : file);
  return {
    bios: isWord ? bios : readImage(bios),
    kernel: read(kernel),
    initrd: read(initrd),
    append,
    ramBytes,
    harts,
    cpu,
    rngSeed: rngSeedOf(seed),
  };
}

/// Throws ImageError.
export function readImage(path: string): NamedFile {
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isDirectory) throw new ImageError(`${path} is a directory`, "give the image in it");
  try {
    return { name: path, bytes: readFileSync(path) };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) throw new ImageError(`${path} does not exist`, "check the path, or build it first: typemetal build");
    throw new ImageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, "check its rights");
  }
}

/// 32 bytes that depend on the seed alone: xorshift, which is plenty for a guest that wants repeatable runs.
function rngSeedOf(seed: number): Uint8Array {
  let state = (seed ^ 0x9e37_79b9) | 1;
  return Uint8Array.from({ length: 32 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

function dumpDeviceTree(path: string, options: BootOptions): RunResult {
  // With an image the tree also says where the initrd lies.
  const { harts = 1, ramBytes = defaultRamBytes, append, rngSeed, cpu = fullCpu } = options;
  const tree = options.kernel
    ? planBoot(options).loads.at(-1)?.bytes
    : writeDeviceTree({ harts, ramBytes, isa: cpu.isa, rngSeed, bootArguments: append });
  writeFileSync(path, tree ?? new Uint8Array(0));
  return { exitCode: ExitCode.ok, reason: "finished" };
}

function report({ exitCode, reason, message, ...rest }: RunResult, { json }: RunOptions, { stderr, colors }: Host): void {
  if (json) stderr.write(`${JSON.stringify({ exitCode, reason, ...(message ? { message } : {}), ...rest })}\n`);
  else if (message) stderr.write(`${exitCode === ExitCode.ok ? "" : colors.red("error: ")}${message}\n`);
}

/// One run: the loop, and everything that may end it.
class Session {
  private readonly isRealTime: boolean;
  private readonly keys = new ConsoleKeys();
  private machine: Machine;
  private output: number[] = [];
  /// Of machines before a reset.
  private retiredBefore = 0;
  private inputEnded = false;
  /// Set by a key, a signal or a closed stdout.
  private stopped: RunResult | undefined;
  wake: () => void = () => {};
  private gdb: GdbServer | undefined;
  private recorder: Recorder | undefined;
  private journal: Journal | undefined;
  /// Events of the journal that are done.
  private replayed = 0;

  constructor(
    private readonly options: RunOptions,
    private readonly files: BootOptions,
    private readonly plan: BootPlan,
    private readonly drives: Drives,
    private readonly host: Host,
    private readonly network: Network | undefined,
    snapshot: Snapshot | undefined,
  ) {
    this.isRealTime = options.realTime ?? (host.stdin.isTTY === true && options.record === undefined && options.replay === undefined);
    this.machine = this.startMachine();
    if (snapshot) {
      this.restoreState(snapshot);
      this.retiredBefore = snapshot.retiredBefore;
    }
    if (options.replay !== undefined) {
      this.journal = Journal.read(options.replay);
      this.journal.check(this.identity());
    }
    if (options.record !== undefined) this.recorder = new Recorder(options.record, this.identity());
  }

  private restoreState({ state }: Snapshot): void {
    try {
      this.machine.restore(state);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ImageError(error.message, "give the devices that the machine had when it was saved: the same --drive options");
    }
  }

  /// What a recording depends on.
  private identity(): RunIdentity {
    const { kernel, bios, initrd, append } = this.files;
    const { restore, drives = [] } = this.options;
    const files = { kernel, ...(typeof bios === "object" ? { bios } : {}), initrd, ...(restore === undefined ? {} : { state: readImage(restore) }), ...Object.fromEntries(drives.map((drive, index) => [`drive ${index}`, readImage(drive.path)])) };
    return {
      machine: { memory: this.plan.ramBytes, harts: this.plan.harts, cpu: this.plan.cpu.text, seed: this.options.seed, append: append ?? "", firmware: typeof bios === "string" ? bios : bios ? "file" : "default" },
      files: Object.fromEntries(Object.entries(files).flatMap(([name, file]) => (file ? [[name, digest(file.bytes)]] : []))),
    };
  }

  async run(): Promise<RunResult> {
    const closeConsole = this.openConsole();
    const started = performance.now();
    try {
      if (this.options.gdb !== undefined) await this.serveGdb(this.options.gdb);
      const result = this.checkReplay(await this.loop());
      await this.flush();
      this.keep(result);
      const seconds = Math.round(performance.now() - started) / 1000;
      const { jit } = this.machine;
      if (this.options.stats && jit) this.host.stderr.write(describeStatistics(jit.statistics, jit.exits));
      return { ...result, instructions: this.instructions, seconds };
    } finally {
      this.gdb?.close();
      closeConsole();
    }
  }

  private get instructions(): number {
    return this.retiredBefore + this.machine.retired;
  }

  private startMachine(): Machine {
    const { trace, engine = "jit" } = this.options;
    const started = performance.now();
    const ticks = () => BigInt(Math.floor(((performance.now() - started) * TIMEBASE_HZ) / 1000));
    const readCode = (id: number, pc: bigint) => {
      const hart = machine.harts[id];
      return hart && (machine.readVirtual(hart, pc, 4) ?? machine.readVirtual(hart, pc, 2));
    };
    const machine: Machine = new Machine({
      boot: this.plan,
      engine,
      transmit: (byte) => this.output.push(byte),
      ...(this.isRealTime ? { hostClock: { ticks }, epochSeconds: Math.floor(Date.now() / 1000) } : {}),
      ...(trace ? traceTo((line) => this.host.stderr.write(`${line}\n`), trace, this.plan.symbols, readCode) : {}),
    });
    this.drives.plug(machine);
    this.network?.plug(machine);
    return machine;
  }

  private async loop(): Promise<RunResult> {
    const limit = this.options.maxInstructions ?? Number.POSITIVE_INFINITY;
    const slice = this.isRealTime ? realTimeSlice : sliceInstructions;
    await this.firstInput();
    for (;;) {
      const nextEvent = this.replayEvents();
      if (this.stopped) return this.stopped;
      const left = limit - this.instructions;
      if (left <= 0)
        return {
          exitCode: ExitCode.limitReached,
          reason: "limit",
          message: `stopped after ${limit} instructions (--max-instructions)`,
        };
      const outcome = this.gdb ? this.gdb.advance(Math.min(left, nextEvent, gdbSlice)) : this.machine.run(Math.min(left, nextEvent, slice));
      await this.flush();
      if (!outcome) {
        await this.sleep(undefined);
        continue;
      }
      const result = await this.after(outcome);
      if (result) return result;
    }
  }

  /// What is piped enters before the first instruction, so that the run is the same each time. A pipe that
  /// stays silent is not waited for.
  private async firstInput(): Promise<void> {
    if (this.host.stdin.isTTY || this.journal) return nextTurn();
    const isSilent = () => !this.inputEnded && this.machine.board.uart.waiting === 0;
    let patience: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (isSilent()) patience = setTimeout(resolve, silentPipeMilliseconds);
      else resolve();
    });
    clearTimeout(patience);
    // A turn looks at the pipe once more, however long the host took to get here.
    await nextTurn();
  }

  /// What an outcome leads to: a result where the run is over.
  private async after(outcome: Outcome): Promise<RunResult | undefined> {
    switch (outcome.kind) {
      case "budget":
        await nextTurn();
        return undefined;
      case "idle":
        if (this.journal) return this.journal.events.length > this.replayed || this.inputEnded ? (this.inputEnded ? stuck : undefined) : endOfRecording;
        if (outcome.deadline === undefined && this.inputEnded && !this.gdb && !this.network) return stuck;
        await this.sleep(outcome.deadline);
        return undefined;
      case "halted":
        return undefined;
      case "finished":
        if (outcome.how.kind !== "reset") return finished(outcome.how);
        // gdb knows the machine that is over.
        if (this.gdb) return { exitCode: ExitCode.ok, reason: "reset", message: "the guest reset the machine" };
        if (this.options.restore !== undefined) return { exitCode: ExitCode.ok, reason: "reset", message: "the guest reset the machine, and a restored one has no image to start again" };
        this.reset();
        return undefined;
      case "died": {
        const lines = this.files.kernel && readLineTable(this.files.kernel);
        return { exitCode: ExitCode.guestDied, reason: "died", message: describeDeath(outcome, this.plan.symbols, lines) };
      }
    }
  }

  private async serveGdb(port: number): Promise<void> {
    this.gdb = await GdbServer.open(port, {
      machine: this.machine,
      exitCodeOf: (outcome) => (outcome.kind === "finished" ? (outcome.how.kind === "reset" ? ExitCode.ok : finished(outcome.how).exitCode) : outcome.kind === "died" ? ExitCode.guestDied : undefined),
      wake: () => this.wake(),
      killed: () => this.stop({ exitCode: ExitCode.ok, reason: "quit" }),
      monitor: (command) => (command === "status" ? `${this.describeHarts().join("\n")}\n${this.instructions} instructions\n` : "monitor status: where the harts are\n"),
    });
    this.host.stderr.write(`waiting for gdb: target remote :${this.gdb.port}\n`);
  }

  private describeHarts(): string[] { return this.machine.harts.map(({ id, pc }) => `hart ${id} at ${placeOf(pc, this.plan.symbols)}`); }

  /// Gives the guest what the recording says it got by now. Instructions to the next such time, or to the recording's end.
  private replayEvents(): number {
    const { journal } = this;
    if (!journal) return Number.POSITIVE_INFINITY;
    for (let event = journal.events[this.replayed]; event && event.at <= this.instructions; event = journal.events[++this.replayed]) {
      if (event.bytes) this.machine.board.uart.receive(event.bytes);
      else this.inputEnded = true;
    }
    const next = journal.events[this.replayed]?.at ?? journal.end?.at;
    if (next === undefined) return Number.POSITIVE_INFINITY;
    if (next <= this.instructions) this.stop(endOfRecording);
    return Math.max(0, next - this.instructions) || Number.POSITIVE_INFINITY;
  }

  private checkReplay(result: RunResult): RunResult {
    const end = this.journal?.end;
    if (!end) return result;
    const isSame = end.at === this.instructions && end.state === this.stateDigest();
    if (!isSame) return { exitCode: ExitCode.failed, reason: "failed", message: `the replay is not the recorded run: it is at instruction ${this.instructions}, the recording ended at ${end.at}` };
    return result === endOfRecording ? { ...result, exitCode: end.exitCode } : result;
  }

  private stateDigest(): string { return digest(encodeSnapshot(this.machine, this.plan)); }

  /// Writes what --save and --record ask for.
  private keep(result: RunResult): void {
    this.recorder?.end({ at: this.instructions, exitCode: result.exitCode, state: this.stateDigest() });
    const { save } = this.options;
    if (save === undefined) return;
    const isOver = ["finished", "died", "failed", "reset"].includes(result.reason);
    if (isOver) this.host.stderr.write(`${this.host.colors.yellow("warning: ")}${save} is not written: the guest has ended\n`);
    else writeFileSync(save, gzipSync(encodeSnapshot(this.machine, this.plan, this.retiredBefore), { level: 1 }));
  }

  private reset(): void {
    const unread: number[] = [];
    for (let byte = this.machine.board.uart.take(); byte !== undefined; byte = this.machine.board.uart.take()) unread.push(byte);
    this.retiredBefore += this.machine.retired;
    this.machine = this.startMachine();
    this.machine.board.uart.receive(unread);
  }

  /// Until a tick of the machine's clock or until input comes, whichever is first.
  private async sleep(deadline: bigint | undefined): Promise<void> {
    if (this.stopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (deadline === undefined) return;
      const milliseconds = (Number(deadline - this.machine.ticks()) * 1000) / TIMEBASE_HZ;
      // Node's timers overflow beyond 2^31; waking up early is harmless.
      timer = setTimeout(resolve, Math.min(Math.max(0, Math.ceil(milliseconds)), 2 ** 30));
    });
    clearTimeout(timer);
  }

  private stop(result: RunResult): void {
    this.stopped ??= result;
    this.wake();
  }

  /// Connects keys, pipes and signals; the result disconnects them.
  private openConsole(): () => void {
    const { stdin, stdout } = this.host;
    if (this.journal) return () => {};
    const onData = (chunk: Buffer) => {
      this.receive(chunk);
      if (this.machine.board.uart.waiting > inputHighWater) stdin.pause();
    };
    const onEnd = () => {
      this.inputEnded = true;
      this.recorder?.input({ at: this.instructions });
      this.wake();
    };
    const onSignal = () => this.stop({ exitCode: ExitCode.interrupted, reason: "interrupted", message: "interrupted" });
    // Whoever read our output is gone, as in `typemetal run … | head`.
    const onClosed = () => this.stop({ exitCode: ExitCode.failed, reason: "closed" });
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on("data", onData).on("end", onEnd).on("error", onEnd);
    stdout.on("error", onClosed);
    for (const signal of signals) process.on(signal, onSignal);
    return () => {
      for (const signal of signals) process.off(signal, onSignal);
      stdin.off("data", onData).off("end", onEnd);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      // A pipe that nobody ends would keep the process alive.
      stdin.unref?.();
    };
  }

  private receive(bytes: Uint8Array): void {
    const { uart } = this.machine.board;
    if (!this.host.stdin.isTTY) {
      uart.receive(bytes);
      this.recorder?.input({ at: this.instructions, bytes });
    } else {
      const { toGuest, commands } = this.keys.type(bytes);
      uart.receive(toGuest);
      if (toGuest.length > 0) this.recorder?.input({ at: this.instructions, bytes: Uint8Array.from(toGuest) });
      for (const command of commands) this.obey(command);
    }
    this.wake();
  }

  private obey(command: ConsoleCommand): void {
    const say = (lines: readonly string[]) => this.host.stderr.write(`\n${lines.join("\n")}\n`);
    if (command === "quit") this.stop({ exitCode: ExitCode.ok, reason: "quit" });
    if (command === "help") say(consoleHelp);
    if (command === "status")
      say(this.describeHarts());
  }

  /// Gives the guest's output to stdout, and waits where that is slow.
  private async flush(): Promise<void> {
    if (this.host.stdin.isPaused() && !this.inputEnded && this.machine.board.uart.waiting < inputHighWater) this.host.stdin.resume();
    if (this.output.length === 0) return;
    const bytes = Uint8Array.from(this.output);
    this.output = [];
    const { stdout } = this.host;
    if (this.stopped?.reason === "closed" || stdout.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        stdout.off("drain", done).off("error", done);
        resolve();
      };
      stdout.on("drain", done).on("error", done);
    });
  }
}

function describeStatistics({ regions, modules, instructions, bytes, invalidated, evicted, translateTime, compileTime }: JitStatistics, exits: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(exits).sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} ${reason}`);
  return [
    `jit: ${regions} regions of ${instructions} instructions in ${modules} modules of ${bytes} bytes; ${invalidated} went stale, ${evicted} were evicted`,
    `jit: translated in ${translateTime.toFixed(1)} ms, compiled in ${compileTime.toFixed(1)} ms`,
    `jit: left for ${reasons.join(", ") || "nothing"}\n`,
  ].join("\n");
}

const endOfRecording: RunResult = { exitCode: ExitCode.ok, reason: "replayed", message: "the recording ends here" };

const stuck: RunResult = {
  exitCode: ExitCode.guestDied,
  reason: "stuck",
  message: "every hart waits for an interrupt, no timer is set, and input is at its end: nothing can happen any more",
};

function finished(how: Exclude<Finish, { kind: "reset" }>): RunResult {
  if (how.kind === "pass") return { exitCode: ExitCode.ok, reason: "finished" };
  // Guests of our compiler say by this code that they panicked; their console says why.
  if (how.code === ExitCode.guestDied) return { exitCode: how.code, reason: "died" };
  // A process has eight bits for its code: a failure must not come out as 0.
  return { exitCode: how.code & 0xff || ExitCode.failed, reason: "finished" };
}

/// Lets the host's events in.
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

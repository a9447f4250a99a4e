// One run: machines are started, run in slices, and stopped.
//
// Deterministic time runs in slices of a fixed number of instructions, and input
// enters between slices; in real time an idle machine sleeps until its next timer or a key.

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { HartState } from "../cpu/hart-state.js";
import { type Difference, Lockstep } from "../debug/lockstep.js";
import { explainPanic, type PanicReader, readPanics } from "../debug/panic-reader.js";
import { TIMEBASE_HZ } from "../devices/device.js";
import { Console } from "../devices/virtio/console.js";
import { Entropy } from "../devices/virtio/entropy.js";
import { type BootOptions, type BootPlan, ImageError, planBoot, readLineTable } from "../machine/loader.js";
import { Machine, type MachineOptions } from "../machine/machine.js";
import type { Outcome } from "../machine/outcome.js";
import { encodeSnapshot, type Snapshot } from "../machine/snapshot.js";
import { type ConsoleCommand, consoleHelp } from "./console-keys.js";
import type { Drives } from "./drives.js";
import { ExitCode } from "./exit-codes.js";
import { GdbServer } from "./gdb-server.js";
import { GuestConsole } from "./guest-console.js";
import type { Host } from "./host.js";
import { digest, Journal, Recorder, type RunIdentity } from "./journal.js";
import type { Network } from "./network.js";
import { readImage } from "./read-image.js";
import type { RunOptions } from "./run-options.js";
import { endOfRecording, finished, type RunResult, stuck } from "./run-result.js";
import { describeStatistics } from "./statistics.js";
import { withPatience } from "./tiering.js";
import { describeDeath, placeOf, traceTo } from "./trace.js";

/// A UART, or a console device.
interface ConsoleInput {
  receive(bytes: Iterable<number>): void;
  take(): number | undefined;
  /// Bytes that the guest has not got yet.
  readonly waiting: number;
}

export interface SessionSetup {
  readonly options: RunOptions;
  /// Reads them, since images are large and wanted seldom. Throws ImageError.
  readonly files: () => BootOptions;
  /// Of each machine.
  readonly drives: readonly Drives[];
  readonly host: Host;
  readonly network: Network | undefined;
}

/// Between looks at input, signals and output; deterministic runs let input in at these points only.
const sliceInstructions = 2_000_000;
/// Real-time slices are short, so that a key is not kept waiting.
const realTimeSlice = 500_000;
/// So that gdb's interrupt is not kept waiting.
const gdbSlice = 500_000;
/// Writers that started together with us have written by now.
const silentPipeMilliseconds = 20;
/// In lockstep nearly everything is compiled.
const lockstepJit = { threshold: 16, batch: 4 };

/// By itself, so that no closure of a session's holds what was loaded.
const newMachine = (options: MachineOptions): Machine => withPatience(() => new Machine(options));

/// One run: the loop, and everything that may end it.
export class Session {
  private readonly isRealTime: boolean;
  private readonly console: GuestConsole;
  /// Without what was loaded.
  private readonly plan: BootPlan;
  /// What the user sees, and perhaps another that runs in step with it.
  private machines: readonly Machine[];
  /// Where each of them gets what is typed.
  private inputs: ConsoleInput[] = [];
  private lockstep: Lockstep | undefined;
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
  /// Read once: a guest may come by its breakpoints often.
  private panics: readonly PanicReader[] | undefined;

  constructor(private readonly setup: SessionSetup, snapshot: Snapshot | undefined) {
    const { options, host } = setup;
    this.console = new GuestConsole({
      host,
      waiting: () => this.input.waiting,
      input: (bytes) => this.receive(bytes),
      ended: () => this.endInput(),
      command: (command) => this.obey(command),
      stop: (result) => this.stop(result),
    });
    this.isRealTime = options.realTime ?? (host.stdin.isTTY === true && options.engine !== "lockstep" && options.record === undefined && options.replay === undefined);
    const plan = snapshot?.boot ?? planBoot(setup.files());
    this.plan = { ...plan, loads: [] };
    this.machines = this.startMachines(plan);
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
      for (const machine of this.machines) machine.restore(state);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ImageError(error.message, "give the devices that the machine had when it was saved: the same --drive options");
    }
  }

  /// What a recording depends on.
  private identity(): RunIdentity {
    const { kernel, bios, initrd, append } = this.setup.files();
    const { restore, drives = [] } = this.setup.options;
    const files = { kernel, ...(typeof bios === "object" ? { bios } : {}), initrd, ...(restore === undefined ? {} : { state: readImage(restore) }), ...Object.fromEntries(drives.map((drive, index) => [`drive ${index}`, readImage(drive.path)])) };
    return {
      machine: { memory: this.plan.ramBytes, harts: this.plan.harts, cpu: this.plan.cpu.text, seed: this.setup.options.seed, append: append ?? "", firmware: typeof bios === "string" ? bios : bios ? "file" : "default" },
      files: Object.fromEntries(Object.entries(files).flatMap(([name, file]) => (file ? [[name, digest(file.bytes)]] : []))),
    };
  }

  async run(): Promise<RunResult> {
    const closeConsole = this.journal ? () => {} : this.console.open();
    const started = performance.now();
    try {
      if (this.setup.options.gdb !== undefined) await this.serveGdb(this.setup.options.gdb);
      const result = this.checkReplay(await this.loop());
      await this.console.flush();
      this.keep(result);
      const seconds = Math.round(performance.now() - started) / 1000;
      if (this.setup.options.stats) this.setup.host.stderr.write(describeStatistics(this.machine, seconds));
      return { ...result, instructions: this.instructions, seconds };
    } finally {
      this.gdb?.close();
      closeConsole();
    }
  }

  private get instructions(): number {
    return this.retiredBefore + this.machine.retired;
  }

  private get input(): ConsoleInput { return this.inputs[0] as ConsoleInput; }
  private get machine(): Machine { return this.machines[0] as Machine; }

  private startMachines(plan: BootPlan): Machine[] {
    const { engine = "jit", stats } = this.setup.options;
    this.lockstep = undefined;
    this.inputs = [];
    if (engine !== "lockstep") return [this.startMachine(plan, { engine, transmit: (byte) => this.console.put(byte), ...(stats ? { jit: { timed: true } } : {}) }, 0)];
    const machines = [
      this.startMachine(plan, { engine: "jit", jit: lockstepJit, transmit: (byte) => this.console.put(byte) }, 0),
      this.startMachine(plan, { engine: "interpreter" }, 1),
    ] as const;
    this.lockstep = new Lockstep(...machines);
    return [...machines];
  }

  private startMachine(boot: BootPlan, options: Pick<MachineOptions, "engine" | "jit" | "transmit">, disks: number): Machine {
    const { options: { trace, rng, seed, console: consoleKind }, host, drives, network } = this.setup;
    const started = performance.now();
    const ticks = () => BigInt(Math.floor(((performance.now() - started) * TIMEBASE_HZ) / 1000));
    const readCode = (id: number, pc: bigint) => {
      const hart = machine.harts[id];
      return hart && (machine.readVirtual(hart, pc, 4) ?? machine.readVirtual(hart, pc, 2));
    };
    const traced = trace ? traceTo((line) => host.stderr.write(`${line}\n`), trace, boot.symbols, readCode) : {};
    const machine: Machine = newMachine({
      boot,
      ...options,
      ...(this.isRealTime ? { hostClock: { ticks }, epochSeconds: Math.floor(Date.now() / 1000) } : {}),
      ...traced,
      observer: { ...traced.observer, broke: (hart) => disks === 0 && !this.setup.options.json && this.explainPanic(hart, machine) },
    });
    drives[disks]?.plug(machine);
    network?.plug(machine);
    if (rng) machine.board.plug(new Entropy(seed), machine.memory);
    const port = consoleKind === "virtio" ? new Console((bytes) => { for (const byte of bytes) options.transmit?.(byte); }) : undefined;
    if (port) machine.board.plug(port, machine.memory);
    this.inputs.push(port ?? machine.board.uart);
    return machine;
  }

  /// A failed check of the image's own, or of a program in it: what its debug information says of the way there, on stderr.
  private explainPanic(state: HartState, machine: Machine): void {
    if (!this.panics) {
      const { kernel, initrd } = this.setup.files();
      this.panics = [kernel, initrd].flatMap((file) => (file ? readPanics(file.bytes) : []));
    }
    const text = explainPanic(this.panics, state, machine);
    if (text !== undefined) this.setup.host.stderr.write(`${text}\n`);
  }

  private async loop(): Promise<RunResult> {
    const limit = this.setup.options.maxInstructions ?? Number.POSITIVE_INFINITY;
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
      const outcome = this.gdb ? this.gdb.advance(Math.min(left, nextEvent, gdbSlice)) : (this.lockstep ?? this.machine).run(Math.min(left, nextEvent, slice));
      await this.console.flush();
      if (!outcome) {
        await this.sleep(undefined);
        continue;
      }
      if (outcome.kind === "differs") return differs(outcome);
      const result = await this.after(outcome);
      if (result) return result;
    }
  }

  /// What is piped enters before the first instruction, so that the run is the same each time. A pipe that
  /// stays silent is not waited for.
  private async firstInput(): Promise<void> {
    if (this.setup.host.stdin.isTTY || this.journal) return nextTurn();
    const isSilent = () => !this.inputEnded && this.input.waiting === 0;
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
        if (outcome.deadline === undefined && this.inputEnded && !this.gdb && !this.setup.network) return stuck;
        await this.sleep(outcome.deadline);
        return undefined;
      case "halted":
        return undefined;
      case "finished":
        if (outcome.how.kind !== "reset") return finished(outcome.how);
        // gdb knows the machine that is over.
        if (this.gdb) return { exitCode: ExitCode.ok, reason: "reset", message: "the guest reset the machine" };
        if (this.setup.options.restore !== undefined) return { exitCode: ExitCode.ok, reason: "reset", message: "the guest reset the machine, and a restored one has no image to start again" };
        this.reset();
        return undefined;
      case "died": {
        const { kernel } = this.setup.options.restore === undefined ? this.setup.files() : {};
        const lines = kernel && readLineTable(kernel);
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
    this.setup.host.stderr.write(`waiting for gdb: target remote :${this.gdb.port}\n`);
  }

  private describeHarts(): string[] { return this.machine.harts.map(({ id, pc }) => `hart ${id} at ${placeOf(pc, this.plan.symbols)}`); }

  /// Gives the guest what the recording says it got by now. Instructions to the next such time, or to the recording's end.
  private replayEvents(): number {
    const { journal } = this;
    if (!journal) return Number.POSITIVE_INFINITY;
    for (let event = journal.events[this.replayed]; event && event.at <= this.instructions; event = journal.events[++this.replayed]) {
      if (event.bytes) this.give(event.bytes);
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
    const { save } = this.setup.options;
    if (save === undefined) return;
    const isOver = ["finished", "died", "failed", "reset"].includes(result.reason);
    if (isOver) this.setup.host.stderr.write(`${this.setup.host.colors.yellow("warning: ")}${save} is not written: the guest has ended\n`);
    else writeFileSync(save, gzipSync(encodeSnapshot(this.machine, this.plan, this.retiredBefore), { level: 1 }));
  }

  private reset(): void {
    const unread: number[] = [];
    for (let byte = this.input.take(); byte !== undefined; byte = this.input.take()) unread.push(byte);
    this.retiredBefore += this.machine.retired;
    this.machines = this.startMachines(planBoot(this.setup.files()));
    this.give(Uint8Array.from(unread));
  }

  private give(bytes: Uint8Array): void { for (const input of this.inputs) input.receive(bytes); }

  private receive(bytes: Uint8Array): void {
    this.give(bytes);
    if (bytes.length > 0) this.recorder?.input({ at: this.instructions, bytes });
    this.wake();
  }

  private endInput(): void {
    this.inputEnded = true;
    this.recorder?.input({ at: this.instructions });
    this.wake();
  }

  private obey(command: ConsoleCommand): void {
    const say = (lines: readonly string[]) => this.setup.host.stderr.write(`\n${lines.join("\n")}\n`);
    if (command === "quit") this.stop({ exitCode: ExitCode.ok, reason: "quit" });
    if (command === "help") say(consoleHelp);
    if (command === "status") say(this.describeHarts());
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
}

function differs({ from, to, what }: Difference): RunResult {
  return { exitCode: ExitCode.failed, reason: "differs", message: [`JIT and interpreter differ, in instructions ${from} to ${to}`, ...what.map((line) => `  ${line}`)].join("\n") };
}

/// Lets the host's events in.
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

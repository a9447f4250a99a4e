// The machine: harts that take turns on one memory, devices, and time.
//
// Time is a function of instructions: one is a nanosecond on every hart. Harts
// run one after the other through the same slice of time, a round; a round
// ends at a fixed length or at the next deadline of a device. When all harts
// wait, time jumps to the next deadline. So a run depends on nothing but image
// and input, and not on how calls of `run` cut it. With a host clock, time is
// the host's, and a run is not repeatable.
//
// The state of a round (`#round`) is part of the machine's state: a run may end
// in the midst of one.

import { Breakpoints } from "../cpu/breakpoints.js";
import { CodePages } from "../cpu/code-pages.js";
import { Hart, type HartObserver } from "../cpu/hart.js";
import { Layout } from "../cpu/layout.js";
import { GuestMemory } from "../cpu/memory.js";
import { defaultJitOptions, Jit, type JitOptions } from "../jit/jit.js";
import { type Clock, INSTRUCTIONS_PER_TICK } from "../devices/device.js";
import type { Finish } from "../devices/finisher.js";
import { Board } from "./board.js";
import type { BootPlan } from "./loader.js";
import * as map from "./memory-map.js";
import type { Outcome } from "./outcome.js";
import { Sbi } from "./sbi.js";
import { SupervisedHart } from "./supervised-hart.js";

export interface MachineOptions {
  readonly boot: BootPlan;
  /// Gets each byte that the guest sends to its console.
  readonly transmit?: (byte: number) => void;
  /// Ties time to the host's.
  readonly hostClock?: Clock;
  /// What the RTC shows at tick 0, in seconds since 1970.
  readonly epochSeconds?: number;
  readonly observer?: HartObserver;
  /// What runs instructions; the run is the same. The interpreter where it is not given.
  readonly engine?: "interpreter" | "jit";
  readonly jit?: Partial<JitOptions>;
  /// Instructions that a hart runs before it is the next one's turn, where there are several.
  readonly turn?: number;
  /// The guest stored to the boot ROM, to no effect.
  readonly romStore?: (hart: Hart, paddr: number) => void;
}

/// A state to come back to. Plain data; RAM is a copy.
export interface MachineState {
  readonly time: number;
  readonly round: Round;
  readonly harts: readonly { readonly state: Uint8Array; readonly parked: boolean }[];
  readonly ram: Uint8Array;
  readonly devices: Readonly<Record<string, unknown>>;
  readonly sbi: unknown;
}

/// Where in a round the machine is. All in instructions but `turn`, which is a hart.
interface Round {
  /// Zero before the round begins.
  length: number;
  turn: number;
  /// What the hart whose turn it is has done of the round.
  position: number;
  /// The most that any hart has done of it.
  furthest: number;
}

/// Long for one hart, which no other waits for; short enough that spinning harts lose little.
const ROUND_ALONE = 1 << 28;
const ROUND_SHARED = 20_000;
/// With a host clock, devices look at it this often.
const ROUND_REAL_TIME = 100_000;

export class Machine {
  readonly memory: GuestMemory;
  readonly code: CodePages;
  readonly harts: readonly Hart[];
  readonly board: Board;
  readonly sbi: Sbi | undefined;
  readonly jit: Jit | undefined;
  /// While there are any, the interpreter runs everything; the run is the same.
  readonly breakpoints: Breakpoints;
  /// Instructions since the start, and time that was skipped.
  #time = 0;
  #round: Round = { length: 0, turn: 0, position: 0, furthest: 0 };
  #outcome: Outcome | undefined;
  #running: Hart | undefined;
  #deadlinesChanged = false;
  readonly #hostClock: Clock | undefined;
  readonly #turn: number;

  constructor(options: MachineOptions) {
    const { boot, transmit = () => {}, hostClock } = options;
    const { ramBytes, harts } = boot;
    this.#hostClock = hostClock;
    this.#turn = options.turn ?? ROUND_SHARED;
    this.memory = new GuestMemory({ ramBase: map.ramBase, ramBytes, romBase: map.bootRom.base, romBytes: map.bootRom.size });
    const code = this.code = new CodePages(
      this.memory,
      boot.cpu,
      (pageAddress) => { for (const hart of this.harts) hart.protectPage(pageAddress); },
      (records) => { for (const hart of this.harts) records === undefined ? hart.dropAllTranslations() : hart.forgetRecords(records); },
    );
    this.memory.onChange = (address, length) => code.changed(address, length);

    this.breakpoints = new Breakpoints(() => {
      code.discard();
      for (const hart of this.harts) hart.breakpointsChanged();
    });
    code.mayBreakAt = (offset) => this.breakpoints.mayBeAt(offset);

    const clock: Clock = { ticks: () => this.ticks() };
    const finish = (how: Finish) => this.#end({ kind: "finished", how });
    const supervised: SupervisedHart[] = [];
    const host = {
      memory: this.memory,
      code,
      cpu: boot.cpu,
      breakpoints: this.breakpoints,
      findDevice: (paddr: number) => this.board.find(paddr),
      ticks: () => this.board.clint.ticks(),
      setSupervisorTimer: (hart: number, ticks: bigint | undefined) => this.board.clint.setSupervisorTimer(hart, ticks),
      devicesChanged: () => { this.#deadlinesChanged = true; this.#running?.stop(); },
      ...(boot.mode === "supervisor" && { environmentCall: (hart: Hart) => this.sbi?.call(supervised[hart.id] as SupervisedHart) }),
      ...(options.romStore && { romStore: options.romStore }),
    };
    this.harts = Array.from({ length: harts }, (_, id) => new Hart(id, host));
    const isWatched = options.observer?.executing !== undefined || options.observer?.csrAccessed !== undefined;
    code.inlinesCsrs = !options.observer?.csrAccessed;
    this.jit = options.engine === "jit" && !isWatched ? new Jit(this.memory, code, { ...defaultJitOptions, ...options.jit }) : undefined;
    for (const hart of this.harts) {
      hart.observer = options.observer ?? {};
      hart.engine = this.jit?.engineOf(hart.id, hart.loops);
    }
    this.board = new Board({
      harts, clock, transmit, finish,
      line: (hart, interrupt) => (this.harts[hart] as Hart).line(interrupt),
      ...(options.epochSeconds !== undefined && { epochSeconds: options.epochSeconds }),
    });
    if (boot.mode === "supervisor") {
      supervised.push(...this.harts.map((hart) => new SupervisedHart(hart)));
      this.sbi = new Sbi({ harts: supervised, memory: this.memory, console: { transmit, take: () => this.board.uart.take() }, finish });
    }
    this.#load(boot);
  }

  /// mtime before the guest set it: in ticks of the timebase.
  ticks(): bigint {
    return this.#hostClock?.ticks() ?? BigInt(Math.floor((this.#time + this.#round.position + (this.#running?.executed ?? 0)) / INSTRUCTIONS_PER_TICK));
  }

  /// Instructions retired, by all harts together.
  get retired(): number { return this.harts.reduce((sum, hart) => sum + hart.retired, 0); }

  /// Runs at most so many instructions, of all harts together. Exact.
  run(instructions = Number.POSITIVE_INFINITY): Outcome {
    let left = instructions;
    const round = this.#round;
    for (;;) {
      if (this.#outcome) return this.#outcome;
      if (round.length === 0 && !this.#beginRound()) return this.#idle();
      if (left <= 0) return { kind: "budget" };
      const hart = this.harts[round.turn] as Hart;
      const remaining = round.length - round.position;
      if (remaining <= 0 || !hart.canRun) {
        this.#endTurn(hart);
        continue;
      }
      this.#running = hart;
      const executed = hart.execute(Math.min(remaining, left));
      this.#running = undefined;
      round.position += executed;
      left -= executed;
      if (hart.death) this.#end({ kind: "died", hart: hart.id, pc: hart.death.pc, cause: BigInt(hart.death.cause) | (hart.death.interrupt ? 1n << 63n : 0n), detail: hart.death.value });
      if (this.#deadlinesChanged) round.length = Math.max(round.position, Math.min(round.length, this.#untilDeadline()));
      this.#deadlinesChanged = false;
      if (hart.halt) {
        const { halt } = hart;
        hart.halt = undefined;
        return { kind: "halted", hart: hart.id, halt };
      }
    }
  }

  /// One instruction of a hart, or its trap; the other harts run what comes before it in turn.
  step(hart: Hart): Outcome {
    hart.stepping = true;
    hart.breakpointsChanged();
    const outcome = this.run();
    hart.stepping = false;
    hart.breakpointsChanged();
    return outcome;
  }

  /// A copy of physical memory, RAM or boot ROM.
  readPhysical(paddr: number, bytes: number): Uint8Array | undefined { return this.memory.slice(paddr, bytes)?.slice(); }
  writePhysical(paddr: number, data: Uint8Array): boolean { return this.memory.write(paddr, data); }

  /// A copy of what loads of a hart would find, as it is now; undefined where they would fault or meet a device.
  readVirtual(hart: Hart, vaddr: bigint, bytes: number): Uint8Array | undefined {
    const data = new Uint8Array(bytes);
    for (let done = 0; done < bytes; ) {
      const piece = Math.min(bytes - done, 4096 - Number((vaddr + BigInt(done)) & 0xfffn));
      const paddr = hart.translate("load", vaddr + BigInt(done));
      const found = paddr === undefined ? undefined : this.memory.slice(paddr, piece);
      if (!found) return undefined;
      data.set(found, done);
      done += piece;
    }
    return data;
  }

  /// The same for writing: false, and nothing is written, where not all of it is memory.
  writeVirtual(hart: Hart, vaddr: bigint, data: Uint8Array): boolean {
    const pieces: { paddr: number; from: number; to: number }[] = [];
    for (let done = 0; done < data.length; ) {
      const piece = Math.min(data.length - done, 4096 - Number((vaddr + BigInt(done)) & 0xfffn));
      const paddr = hart.translate("load", vaddr + BigInt(done));
      if (paddr === undefined || !this.memory.slice(paddr, piece)) return false;
      pieces.push({ paddr, from: done, to: (done += piece) });
    }
    for (const { paddr, from, to } of pieces) this.memory.write(paddr, data.subarray(from, to));
    return true;
  }

  save(): MachineState {
    return {
      time: this.#time, round: { ...this.#round },
      harts: this.harts.map((hart) => ({ state: hart.save(), parked: hart.parked })),
      ram: this.memory.bytes.slice(Layout.ram), devices: this.board.save(), sbi: this.sbi?.save(),
    };
  }

  restore(state: MachineState): void {
    this.#time = state.time;
    Object.assign(this.#round, state.round);
    this.#outcome = undefined;
    this.memory.bytes.set(state.ram, Layout.ram);
    this.memory.onChange(Layout.ram, state.ram.length);
    state.harts.forEach(({ state, parked }, id) => {
      const hart = this.harts[id] as Hart;
      hart.restore(state);
      hart.parked = parked;
    });
    this.board.restore(state.devices);
    if (this.sbi) this.sbi.restore(state.sbi as ReturnType<Sbi["save"]>);
  }

  #load(boot: BootPlan): void {
    for (const { paddr, bytes } of boot.loads) if (!this.memory.write(paddr, bytes)) throw new RangeError("the image does not fit in RAM");
    this.memory.write(map.bootRom.base, boot.rom);
    for (const hart of this.harts) hart.reset(BigInt(map.bootRom.base));
    this.sbi?.boot(BigInt(boot.entry), BigInt(boot.deviceTree));
  }

  #end(outcome: Outcome): void {
    this.#outcome ??= outcome;
    this.#running?.stop();
  }

  /// False where no hart can run, now or ever.
  #beginRound(): boolean {
    this.board.elapse();
    if (!this.harts.some((hart) => hart.canRun)) {
      if (this.#hostClock) return false;
      const wait = this.#untilDeadline();
      if (wait === Number.POSITIVE_INFINITY) return false;
      this.#time += wait;
      this.board.elapse();
      if (!this.harts.some((hart) => hart.canRun)) return this.#beginRound();
    }
    const length = this.#hostClock ? ROUND_REAL_TIME : this.harts.length === 1 ? ROUND_ALONE : this.#turn;
    Object.assign(this.#round, { length: Math.max(1, Math.min(length, this.#untilDeadline())), turn: 0, position: 0, furthest: 0 });
    return true;
  }

  #endTurn(hart: Hart): void {
    const round = this.#round;
    hart.yieldTurn();
    round.furthest = Math.max(round.furthest, round.position);
    round.turn++;
    round.position = 0;
    if (round.turn < this.harts.length) return;
    // Where all harts wait, time has not come further than they have.
    this.#time += this.harts.some((each) => each.canRun) ? round.length : round.furthest;
    round.length = 0;
    round.turn = 0;
  }


  #idle(): Outcome {
    const deadline = this.#hostClock && this.board.nextDeadline();
    return deadline === undefined ? { kind: "idle" } : { kind: "idle", deadline };
  }

  /// Instructions from the start of the round to the next deadline.
  #untilDeadline(): number {
    const deadline = this.#hostClock ? undefined : this.board.nextDeadline();
    return deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline) * INSTRUCTIONS_PER_TICK - this.#time;
  }
}

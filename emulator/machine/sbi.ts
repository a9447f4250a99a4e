// The built-in firmware: the RISC-V SBI 2.0, called by `ecall` from S-mode.
//
// No machine-mode code runs. The machine hands such an `ecall` here, with the
// pc already behind it; what OpenSBI would set up in CSRs is `supervisorSetup`.
// One row per function, in the order of its number; an extension is what
// `probe_extension` finds. Calls return an error in a0 and a value in a1; the
// legacy ones (SBI 0.1) return in a0 alone.

import type { InterruptLine } from "../devices/device.js";
import type { Finish } from "../devices/finisher.js";
import { ramBase } from "./memory-map.js";

/// What a hart does for firmware. Registers may come as signed or unsigned.
export interface SbiHart {
  readonly id: number;
  readRegister(x: number): bigint;
  writeRegister(x: number, value: bigint): void;
  /// S-mode at `pc` as after reset: `supervisorSetup`, satp and sstatus.SIE zero, a0 and a1 given.
  startSupervisor(pc: bigint, a0: bigint, a1: bigint): void;
  /// Runs no more until `startSupervisor`.
  stop(): void;
  /// As if a `wfi` were at this point.
  waitForInterrupt(): void;
  /// What `fence.i` and `sfence.vma` do.
  fenceInstructions(): void;
  fenceTranslations(): void;
  /// Eight bytes as S-mode would load them; undefined where that faults.
  loadVirtual(vaddr: bigint): bigint | undefined;
  /// mip.SSIP itself, which the guest clears.
  readonly software: InterruptLine;
  /// stimecmp.
  setTimer(ticks: bigint): void;
}

export interface SbiOptions {
  readonly harts: readonly SbiHart[];
  /// RAM by physical address; undefined and false where not all of it is RAM.
  readonly memory: {
    slice(paddr: number, bytes: number): Uint8Array | undefined;
    write(paddr: number, bytes: Uint8Array): boolean;
  };
  readonly console: {
    transmit(byte: number): void;
    take(): number | undefined;
  };
  readonly finish: (how: Finish) => void;
}

/// CSRs as OpenSBI leaves them for S-mode. It passes the exceptions that it
/// gets but does not handle on to S-mode, so here they go there at once: all
/// but the `ecall` from S-mode itself.
export const supervisorSetup = {
  medeleg: 0xb1ffn,
  mideleg: 0x222n,
  /// Cycle, time and instret, for S-mode and U-mode.
  mcounteren: 0xffff_ffffn,
  scounteren: 7n,
  /// mstatus.FS: dirty.
  mstatus: 3n << 13n,
  /// menvcfg: STCE, and what `cbo` instructions need (CBIE, CBCFE, CBZE).
  menvcfg: (1n << 63n) | 0xf0n,
  /// All of memory, by one entry.
  pmpaddr0: (1n << 54n) - 1n,
  pmpcfg0: 0x1fn,
} as const;

const Status = {
  success: 0n,
  failed: -1n,
  notSupported: -2n,
  invalidParameter: -3n,
  invalidAddress: -5n,
  alreadyAvailable: -6n,
} as const;

const HartState = { started: 0, stopped: 1 } as const;
const specVersion = 2n << 24n;
/// Not a registered number: "TM".
const implementationId = 0x544dn;
const implementationVersion = 1n;
/// Of a timer: no time.
export const never = 0xffff_ffff_ffff_ffffn;
const allHarts = 0xffff_ffff_ffff_ffffn;
const A0 = 10;
const A1 = 11;
const A6 = 16;
const A7 = 17;

interface Result {
  readonly error: bigint;
  readonly value?: bigint;
}

type Arguments = readonly [a0: bigint, a1: bigint, a2: bigint, a3: bigint, a4: bigint, a5: bigint];
type Body = (sbi: Sbi, hart: SbiHart, args: Arguments) => Result | undefined;

interface Extension {
  readonly id: bigint;
  readonly name: string;
  readonly isLegacy?: true;
  /// By function number; a legacy extension is one function whatever a6 says.
  readonly functions: readonly (readonly [name: string, body: Body])[];
}

const success: Result = { error: Status.success };
const failure = (error: bigint): Result => ({ error });
const value = (result: bigint): Result => ({ error: Status.success, value: result });

export const extensions: readonly Extension[] = [
  legacy(0, "set_timer", (sbi, hart, [deadline]) => sbi.setTimer(hart, deadline)),
  legacy(1, "console_putchar", (sbi, _hart, [byte]) => sbi.putByte(byte)),
  legacy(2, "console_getchar", (sbi) => failure(BigInt(sbi.options.console.take() ?? -1))),
  legacy(3, "clear_ipi", (_sbi, hart) => {
    hart.software.set(false);
    return success;
  }),
  legacy(4, "send_ipi", (sbi, hart, [at]) => sbi.eachNamedAt(hart, at, ({ software }) => software.set(true))),
  legacy(5, "remote_fence_i", (sbi, hart, [at]) => sbi.eachNamedAt(hart, at, (other) => other.fenceInstructions())),
  legacy(6, "remote_sfence_vma", (sbi, hart, [at]) => sbi.eachNamedAt(hart, at, (other) => other.fenceTranslations())),
  legacy(7, "remote_sfence_vma_asid", (sbi, hart, [at]) =>
    sbi.eachNamedAt(hart, at, (other) => other.fenceTranslations()),
  ),
  legacy(8, "shutdown", (sbi) => {
    sbi.options.finish({ kind: "pass" });
    return undefined;
  }),
  {
    id: 0x10n,
    name: "base",
    functions: [
      ["get_spec_version", () => value(specVersion)],
      ["get_impl_id", () => value(implementationId)],
      ["get_impl_version", () => value(implementationVersion)],
      ["probe_extension", (_sbi, _hart, [id]) => value(byId.has(id) ? 1n : 0n)],
      ["get_mvendorid", () => value(0n)],
      ["get_marchid", () => value(0n)],
      ["get_mimpid", () => value(0n)],
    ],
  },
  { id: 0x54494d45n, name: "TIME", functions: [["set_timer", (sbi, hart, [deadline]) => sbi.setTimer(hart, deadline)]] },
  {
    id: 0x735049n,
    name: "IPI",
    functions: [
      ["send_ipi", (sbi, _hart, [mask, base]) => sbi.eachNamed(mask, base, ({ software }) => software.set(true))],
    ],
  },
  {
    id: 0x52464e43n,
    name: "RFENCE",
    functions: [
      ["remote_fence_i", (sbi, _hart, [mask, base]) => sbi.eachNamed(mask, base, (hart) => hart.fenceInstructions())],
      ["remote_sfence_vma", fenceTranslations],
      ["remote_sfence_vma_asid", fenceTranslations],
    ],
  },
  {
    id: 0x48534dn,
    name: "HSM",
    functions: [
      ["hart_start", (sbi, _hart, [id, pc, opaque]) => sbi.startHart(id, pc, opaque)],
      ["hart_stop", (sbi, hart) => sbi.stopHart(hart)],
      ["hart_get_status", (sbi, _hart, [id]) => sbi.hartStatus(id)],
      ["hart_suspend", (_sbi, hart, [kind]) => suspend(hart, kind)],
    ],
  },
  { id: 0x53525354n, name: "SRST", functions: [["system_reset", (sbi, _hart, [kind, reason]) => sbi.reset(kind, reason)]] },
  {
    id: 0x4442434en,
    name: "DBCN",
    functions: [
      ["console_write", (sbi, _hart, range) => sbi.writeConsole(range)],
      ["console_read", (sbi, _hart, range) => sbi.readConsole(range)],
      ["console_write_byte", (sbi, _hart, [byte]) => sbi.putByte(byte)],
    ],
  },
];

const byId: ReadonlyMap<bigint, Extension> = new Map(extensions.map((extension) => [extension.id, extension]));

interface State {
  readonly harts: number[];
}

export class Sbi {
  private readonly states: number[];

  constructor(readonly options: SbiOptions) {
    this.states = options.harts.map(() => HartState.stopped);
  }

  /// Starts hart 0 in the kernel; the others wait for hart_start.
  boot(entry: bigint, deviceTree: bigint): void {
    this.options.harts.forEach((hart, id) => {
      this.states[id] = HartState.stopped;
      hart.stop();
    });
    this.startHart(0n, entry, deviceTree);
  }

  /// An `ecall` from S-mode. The pc is already behind it.
  call(hart: SbiHart): void {
    const read = (x: number) => BigInt.asUintN(64, hart.readRegister(x));
    const extension = byId.get(BigInt.asUintN(32, read(A7)));
    const number = extension?.isLegacy ? 0n : BigInt.asUintN(32, read(A6));
    const body = extension?.functions[Number(number)]?.[1];
    const args: Arguments = [read(A0), read(A1), read(A0 + 2), read(A0 + 3), read(A0 + 4), read(A0 + 5)];
    const result = body ? body(this, hart, args) : failure(Status.notSupported);
    // None where the call does not return: the hart may be somewhere else by now.
    if (!result) return;
    hart.writeRegister(A0, BigInt.asUintN(64, result.error));
    if (!extension?.isLegacy) hart.writeRegister(A1, BigInt.asUintN(64, result.value ?? 0n));
  }

  save(): State {
    return { harts: [...this.states] };
  }

  restore(state: State): void {
    state.harts.forEach((hartState, id) => {
      this.states[id] = hartState;
    });
  }

  setTimer(hart: SbiHart, deadline: bigint): Result {
    hart.setTimer(deadline);
    return success;
  }

  putByte(byte: bigint): Result {
    this.options.console.transmit(Number(byte & 0xffn));
    return success;
  }

  /// Does something to the harts of a mask whose bit 0 is hart `base`; base -1 means all.
  eachNamed(mask: bigint, base: bigint, act: (hart: SbiHart) => void): Result {
    const { harts } = this.options;
    if (base === allHarts) {
      this.started().forEach(act);
      return success;
    }
    if (mask !== 0n && base + BigInt(mask.toString(2).length) > BigInt(harts.length))
      return failure(Status.invalidParameter);
    this.started()
      .filter(({ id }) => BigInt(id) >= base && ((mask >> (BigInt(id) - base)) & 1n) !== 0n)
      .forEach(act);
    return success;
  }

  /// The legacy calls' mask lies in the caller's memory; address 0 means all harts.
  eachNamedAt(caller: SbiHart, vaddr: bigint, act: (hart: SbiHart) => void): Result {
    const mask = vaddr === 0n ? undefined : caller.loadVirtual(vaddr);
    if (vaddr !== 0n && mask === undefined) return failure(Status.failed);
    return mask === undefined ? this.eachNamed(0n, allHarts, act) : this.eachNamed(mask, 0n, act);
  }

  startHart(id: bigint, pc: bigint, opaque: bigint): Result {
    const hart = this.hartOf(id);
    if (!hart) return failure(Status.invalidParameter);
    if (this.states[hart.id] === HartState.started) return failure(Status.alreadyAvailable);
    if (!this.ramRange(pc, 2n)) return failure(Status.invalidAddress);
    this.states[hart.id] = HartState.started;
    hart.setTimer(never);
    hart.software.set(false);
    hart.startSupervisor(pc, id, opaque);
    return success;
  }

  stopHart(hart: SbiHart): undefined {
    this.states[hart.id] = HartState.stopped;
    hart.stop();
  }

  hartStatus(id: bigint): Result {
    const hart = this.hartOf(id);
    return hart ? value(BigInt(this.states[hart.id] ?? HartState.stopped)) : failure(Status.invalidParameter);
  }

  reset(kind: bigint, reason: bigint): Result | undefined {
    const [shutdown, coldReboot, warmReboot] = [0n, 1n, 2n];
    const systemFailure = 1n;
    const type = BigInt.asUintN(32, kind);
    if (type > warmReboot || BigInt.asUintN(32, reason) > systemFailure) return failure(Status.invalidParameter);
    if (type === coldReboot || type === warmReboot) this.options.finish({ kind: "reset" });
    else if (type === shutdown && reason === systemFailure) this.options.finish({ kind: "fail", code: 1 });
    else this.options.finish({ kind: "pass" });
    return undefined;
  }

  writeConsole([bytes, low, high]: Arguments): Result {
    const range = high === 0n ? this.ramRange(low, bytes) : undefined;
    if (!range) return failure(Status.invalidParameter);
    for (const byte of range) this.options.console.transmit(byte);
    return value(bytes);
  }

  readConsole([bytes, low, high]: Arguments): Result {
    const range = high === 0n ? this.ramRange(low, bytes) : undefined;
    if (!range) return failure(Status.invalidParameter);
    const taken: number[] = [];
    while (taken.length < range.length) {
      const byte = this.options.console.take();
      if (byte === undefined) break;
      taken.push(byte);
    }
    this.options.memory.write(Number(low), Uint8Array.from(taken));
    return value(BigInt(taken.length));
  }

  private ramRange(paddr: bigint, bytes: bigint): Uint8Array | undefined {
    const isExact = paddr >= BigInt(ramBase) && paddr + bytes <= BigInt(Number.MAX_SAFE_INTEGER);
    return isExact ? this.options.memory.slice(Number(paddr), Number(bytes)) : undefined;
  }

  private hartOf(id: bigint): SbiHart | undefined {
    return id < BigInt(this.options.harts.length) ? this.options.harts[Number(id)] : undefined;
  }

  private started(): SbiHart[] {
    return this.options.harts.filter(({ id }) => this.states[id] === HartState.started);
  }
}

/// Of the whole address space or of a range: dropping more than asked is allowed.
function fenceTranslations(sbi: Sbi, _hart: SbiHart, [mask, base]: Arguments): Result {
  return sbi.eachNamed(mask, base, (hart) => hart.fenceTranslations());
}

function suspend(hart: SbiHart, kind: bigint): Result {
  // Only the default retentive suspend, which is a wfi that firmware does.
  if (BigInt.asUintN(32, kind) !== 0n) return failure(Status.notSupported);
  hart.waitForInterrupt();
  return success;
}

function legacy(id: number, name: string, body: Body): Extension {
  return { id: BigInt(id), name, isLegacy: true, functions: [[name, body]] };
}

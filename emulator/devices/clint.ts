// The core-local interruptor: a software interrupt and a timer for each hart.
// SiFive FU540 manual, chapter 9; the RISC-V ACLINT spec names the same registers.
//
//     0x0000 + 4h  msip of hart h (bit 0)
//     0x4000 + 8h  mtimecmp of hart h
//     0xbff8       mtime
//
// MTIP of hart h is mtime >= mtimecmp[h]. The comparators of Sstc are here too,
// though their registers are the harts' CSRs. Nothing here runs by itself: the
// machine asks for the next deadline, and calls `elapse` when time got there.

import type { AccessBytes, Clock, Device, InterruptLine } from "./device.js";

export interface ClintLines {
  /// mip.MSIP
  readonly software: InterruptLine;
  /// mip.MTIP
  readonly timer: InterruptLine;
  /// mip.STIP, where menvcfg.STCE gives it to stimecmp.
  readonly supervisorTimer: InterruptLine;
}

const MTIMECMP = 0x4000;
const MTIME = 0xbff8;
const never = 0xffff_ffff_ffff_ffffn;

interface State {
  readonly software: number[];
  readonly compare: string[];
  readonly supervisorCompare: (string | null)[];
  readonly offset: string;
}

/// The clock that guests see: what `rdtime` gives is `ticks()` here.
export class Clint implements Device, Clock {
  readonly name = "clint";
  private readonly software: number[];
  private readonly compare: bigint[];
  /// stimecmp; undefined while STIP is not its.
  private readonly supervisorCompare: (bigint | undefined)[];
  /// mtime less the clock's ticks: not zero once the guest wrote mtime.
  private offset = 0n;
  /// mtime that the lines were last set for.
  private elapsed = 0n;

  constructor(
    readonly base: number,
    readonly size: number,
    private readonly clock: Clock,
    private readonly harts: readonly ClintLines[],
  ) {
    this.software = harts.map(() => 0);
    // As in QEMU: so MTIP is pending until the guest sets a timer.
    this.compare = harts.map(() => 0n);
    this.supervisorCompare = harts.map(() => undefined);
  }

  /// mtime.
  ticks(): bigint {
    return BigInt.asUintN(64, this.clock.ticks() + this.offset);
  }

  /// The clock's tick at which the next timer fires, or undefined where none is set to. A timer that came due since
  /// the lines were set has yet to fire.
  nextDeadline(): bigint | undefined {
    const next = [...this.compare, ...this.supervisorCompare].reduce<bigint>((soonest, at) => (at !== undefined && at > this.elapsed && at < soonest ? at : soonest), never);
    return next === never ? undefined : next - this.offset;
  }

  /// Sets the timer lines to what mtime says now.
  elapse(): void {
    const now = this.ticks();
    this.elapsed = now;
    this.harts.forEach(({ timer, supervisorTimer }, hart) => {
      timer.set(now >= this.compareOf(hart));
      const at = this.supervisorCompare[hart];
      supervisorTimer.set(at !== undefined && now >= at);
    });
  }

  /// mtimecmp, as the guest's firmware would set it.
  setTimer(hart: number, ticks: bigint): void {
    this.compare[hart] = BigInt.asUintN(64, ticks);
    this.elapse();
  }

  /// stimecmp of a hart; undefined where its STIP is software's.
  setSupervisorTimer(hart: number, ticks: bigint | undefined): void {
    this.supervisorCompare[hart] = ticks;
    this.elapse();
  }

  setSoftware(hart: number, level: boolean): void {
    this.software[hart] = Number(level);
    this.harts[hart]?.software.set(level);
  }

  read(byteOffset: number, bytes: AccessBytes): number {
    const word = this.readWord(byteOffset & ~3) >>> ((byteOffset & 3) * 8);
    return bytes === 4 ? word : word & (2 ** (bytes * 8) - 1);
  }

  write(byteOffset: number, bytes: AccessBytes, value: number): void {
    // Narrower writes have no meaning here; QEMU faults on them.
    if (bytes !== 4) return;
    const hart = (byteOffset - MTIMECMP) >> 3;
    if (byteOffset >> 2 < this.harts.length) this.setSoftware(byteOffset >> 2, (value & 1) !== 0);
    else if (byteOffset >= MTIMECMP && hart < this.harts.length)
      this.setTimer(hart, withHalf(this.compareOf(hart), byteOffset, value));
    else if (byteOffset >= MTIME && byteOffset < MTIME + 8) {
      this.offset = withHalf(this.ticks(), byteOffset, value) - this.clock.ticks();
      this.elapse();
    }
  }

  save(): State {
    return {
      software: [...this.software],
      compare: this.compare.map(String),
      supervisorCompare: this.supervisorCompare.map((at) => (at === undefined ? null : String(at))),
      offset: String(this.offset),
    };
  }

  restore(state: State): void {
    this.offset = BigInt(state.offset);
    state.compare.forEach((at, hart) => {
      this.compare[hart] = BigInt(at);
    });
    state.supervisorCompare.forEach((at, hart) => {
      this.supervisorCompare[hart] = at === null ? undefined : BigInt(at);
    });
    state.software.forEach((level, hart) => this.setSoftware(hart, level !== 0));
    this.elapse();
  }

  private readWord(byteOffset: number): number {
    const hart = (byteOffset - MTIMECMP) >> 3;
    if (byteOffset < MTIMECMP) return this.software[byteOffset >> 2] ?? 0;
    if (byteOffset >= MTIME && byteOffset < MTIME + 8) return half(this.ticks(), byteOffset);
    return hart < this.harts.length ? half(this.compareOf(hart), byteOffset) : 0;
  }

  private compareOf(hart: number): bigint {
    return this.compare[hart] ?? never;
  }
}

function half(value: bigint, byteOffset: number): number {
  return Number(BigInt.asUintN(32, byteOffset & 4 ? value >> 32n : value));
}

function withHalf(value: bigint, byteOffset: number, word: number): bigint {
  const low = BigInt.asUintN(32, value);
  return byteOffset & 4 ? (BigInt(word) << 32n) | low : ((value >> 32n) << 32n) | BigInt(word);
}

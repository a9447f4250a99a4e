// The Goldfish real-time clock: nanoseconds since 1970, and one alarm.
// Android's GOLDFISH-VIRTUAL-HARDWARE document.
//
//     0x00 TIME_LOW      reading it latches TIME_HIGH
//     0x04 TIME_HIGH
//     0x08 ALARM_LOW     writing it sets the alarm, with ALARM_HIGH as it is
//     0x0c ALARM_HIGH
//     0x10 IRQ_ENABLED
//     0x14 CLEAR_ALARM
//     0x18 ALARM_STATUS  1 while an alarm is set
//     0x1c CLEAR_INTERRUPT
//
// Time is the machine's clock on top of a date given at the start, so a run
// that fixes the date sees the same time whenever it is repeated.

import { type AccessBytes, type Clock, type Device, type InterruptLine, TIMEBASE_HZ } from "./device.js";

const nanosecondsPerTick = BigInt(1_000_000_000 / TIMEBASE_HZ);

interface State {
  readonly offset: string;
  readonly latched: number;
  readonly alarm: string;
  readonly alarmHigh: number;
  readonly set: boolean;
  readonly enabled: boolean;
  readonly pending: boolean;
}

export class GoldfishRtc implements Device {
  readonly name = "rtc";
  /// Nanoseconds since 1970 at tick 0.
  private offset: bigint;
  private latched = 0;
  private alarm = 0n;
  private alarmHigh = 0;
  private alarmIsSet = false;
  private enabled = false;
  private pending = false;

  /// `epochSeconds`: the date at tick 0, in seconds since 1970.
  constructor(
    readonly base: number,
    readonly size: number,
    private readonly clock: Clock,
    private readonly line: InterruptLine,
    epochSeconds: number,
  ) {
    this.offset = BigInt(epochSeconds) * 1_000_000_000n;
  }

  /// The clock's tick at which the alarm rings, or undefined where none is set.
  nextDeadline(): bigint | undefined {
    if (!this.alarmIsSet) return undefined;
    const ticks = (this.alarm - this.offset + nanosecondsPerTick - 1n) / nanosecondsPerTick;
    return ticks < 0n ? 0n : ticks;
  }

  /// Rings the alarm where time has got there.
  elapse(): void {
    if (!this.alarmIsSet || this.now() < this.alarm) return;
    this.alarmIsSet = false;
    this.pending = true;
    this.update();
  }

  read(byteOffset: number, _bytes: AccessBytes): number {
    switch (byteOffset) {
      case 0x00: {
        const now = this.now();
        this.latched = Number(BigInt.asUintN(32, now >> 32n));
        return Number(BigInt.asUintN(32, now));
      }
      case 0x04:
        return this.latched;
      case 0x08:
        return Number(BigInt.asUintN(32, this.alarm));
      case 0x0c:
        return this.alarmHigh;
      case 0x10:
        return Number(this.enabled);
      case 0x18:
        return Number(this.alarmIsSet);
      default:
        return 0;
    }
  }

  write(byteOffset: number, _bytes: AccessBytes, value: number): void {
    const now = this.now();
    switch (byteOffset) {
      case 0x00:
        this.offset += ((now >> 32n) << 32n) + BigInt(value) - now;
        break;
      case 0x04:
        this.offset += (BigInt(value) << 32n) + BigInt.asUintN(32, now) - now;
        break;
      case 0x08:
        this.alarm = (BigInt(this.alarmHigh) << 32n) | BigInt(value);
        this.alarmIsSet = true;
        this.elapse();
        break;
      case 0x0c:
        this.alarmHigh = value;
        break;
      case 0x10:
        this.enabled = (value & 1) !== 0;
        this.update();
        break;
      case 0x14:
        this.alarmIsSet = false;
        break;
      case 0x1c:
        this.pending = false;
        this.update();
        break;
    }
  }

  save(): State {
    return {
      offset: String(this.offset),
      latched: this.latched,
      alarm: String(this.alarm),
      alarmHigh: this.alarmHigh,
      set: this.alarmIsSet,
      enabled: this.enabled,
      pending: this.pending,
    };
  }

  restore(state: State): void {
    this.offset = BigInt(state.offset);
    this.latched = state.latched;
    this.alarm = BigInt(state.alarm);
    this.alarmHigh = state.alarmHigh;
    this.alarmIsSet = state.set;
    this.enabled = state.enabled;
    this.pending = state.pending;
    this.update();
  }

  private now(): bigint {
    return BigInt.asUintN(64, this.clock.ticks() * nanosecondsPerTick + this.offset);
  }

  private update(): void {
    this.line.set(this.pending && this.enabled);
  }
}

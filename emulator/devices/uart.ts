// A 16550A UART, as QEMU's: National Semiconductor PC16550D data sheet.
//
//     offset  read            write       with LCR.DLAB
//     0       RBR  receive    THR  send   DLL  divisor, low byte
//     1       IER  interrupt enable       DLM  divisor, high byte
//     2       IIR  identify   FCR  FIFO control
//     3       LCR  line control
//     4       MCR  modem control
//     5       LSR  line status            0x01 data ready, 0x20 THRE, 0x40 TEMT
//     6       MSR  modem status
//     7       SCR  scratch
//
// Sending takes no time, so LSR always shows THRE and TEMT. The receive FIFO
// is a window on what the host has typed or piped: its first sixteen bytes
// (one without FIFOs). So input enters whenever there is room, none is lost
// to an overrun or to a driver that resets the FIFOs at its start, and when
// it enters depends on the guest alone. In place of the timeout interrupt's
// four character times, data below the trigger level times out at once.

import type { AccessBytes, Device, InterruptLine } from "./device.js";

const Ier = { received: 1, transmitEmpty: 2, lineStatus: 4, modemStatus: 8, mask: 0xf } as const;
const Iir = { none: 1, modemStatus: 0, transmitEmpty: 2, received: 4, timeout: 0xc, idMask: 0xf, fifos: 0xc0 } as const;
const Fcr = { enable: 1, resetReceive: 2, kept: 0xc9 } as const;
const Lcr = { divisorLatch: 0x80 } as const;
const Mcr = { loop: 0x10, mask: 0x1f } as const;
const Lsr = { dataReady: 0x01, transmitEmpty: 0x60 } as const;
/// Carrier, data set ready, clear to send: a terminal is connected.
const connected = 0xb0;
const fifoBytes = 16;
const triggerLevels = [1, 4, 8, 14] as const;

/// First in, first out; taking a byte from a long queue costs no copy of the rest.
class ByteQueue {
  private bytes: number[] = [];
  private head = 0;

  get length(): number {
    return this.bytes.length - this.head;
  }

  push(byte: number): void {
    this.bytes.push(byte);
  }

  shift(): number | undefined {
    const byte = this.bytes[this.head];
    if (byte === undefined) return undefined;
    this.head += 1;
    if (this.head * 2 > this.bytes.length) this.replace(this.toArray());
    return byte;
  }

  toArray(): number[] {
    return this.bytes.slice(this.head);
  }

  replace(bytes: readonly number[]): void {
    this.bytes = [...bytes];
    this.head = 0;
  }
}

interface State {
  readonly input: number[];
  readonly looped: number[];
  readonly registers: Readonly<Record<"ier" | "fcr" | "lcr" | "mcr" | "scratch" | "divisor" | "modemDelta", number>>;
  readonly transmitPending: boolean;
}

export class Uart implements Device {
  readonly name = "uart";
  private readonly input = new ByteQueue();
  /// What the guest sent to itself in loop mode.
  private readonly looped = new ByteQueue();
  private ier = 0;
  private fcr = 0;
  private lcr = 0;
  private mcr = 8;
  private scratch = 0;
  private divisor = 12;
  private modemDelta = 0;
  /// The transmitter became empty since the guest last wrote THR or saw it in IIR.
  private transmitPending = false;

  /// `transmit` gets each byte that the guest sends.
  constructor(
    readonly base: number,
    readonly size: number,
    private readonly line: InterruptLine,
    readonly transmit: (byte: number) => void,
  ) {}

  /// Input from the host. It waits here until the FIFO has room.
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.input.push(byte);
    this.update();
  }

  /// One byte of input past the registers, for firmware that shares this UART with the guest.
  take(): number | undefined {
    const byte = this.input.shift();
    this.update();
    return byte;
  }

  /// Bytes that the guest has not read yet.
  get waiting(): number {
    return this.input.length;
  }

  read(byteOffset: number, _bytes: AccessBytes): number {
    const divisorLatch = (this.lcr & Lcr.divisorLatch) !== 0;
    switch (byteOffset) {
      case 0:
        return divisorLatch ? this.divisor & 0xff : this.readReceived();
      case 1:
        return divisorLatch ? this.divisor >> 8 : this.ier;
      case 2:
        return this.readIdentification();
      case 3:
        return this.lcr;
      case 4:
        return this.mcr;
      case 5:
        return Lsr.transmitEmpty | (this.available > 0 ? Lsr.dataReady : 0);
      case 6:
        return this.readModemStatus();
      case 7:
        return this.scratch;
      default:
        return 0;
    }
  }

  write(byteOffset: number, _bytes: AccessBytes, value: number): void {
    const byte = value & 0xff;
    const divisorLatch = (this.lcr & Lcr.divisorLatch) !== 0;
    switch (byteOffset) {
      case 0:
        if (divisorLatch) this.divisor = (this.divisor & 0xff00) | byte;
        else this.send(byte);
        break;
      case 1:
        if (divisorLatch) this.divisor = (byte << 8) | (this.divisor & 0xff);
        else this.writeInterruptEnable(byte & Ier.mask);
        break;
      case 2:
        this.writeFifoControl(byte);
        break;
      case 3:
        this.lcr = byte;
        break;
      case 4:
        this.writeModemControl(byte & Mcr.mask);
        break;
      case 7:
        this.scratch = byte;
        break;
    }
    this.update();
  }

  save(): State {
    const { ier, fcr, lcr, mcr, scratch, divisor, modemDelta } = this;
    return {
      input: this.input.toArray(),
      looped: this.looped.toArray(),
      registers: { ier, fcr, lcr, mcr, scratch, divisor, modemDelta },
      transmitPending: this.transmitPending,
    };
  }

  restore({ input, looped, registers, transmitPending }: State): void {
    this.input.replace(input);
    this.looped.replace(looped);
    Object.assign(this, registers);
    this.transmitPending = transmitPending;
    this.update();
  }

  private get queue(): ByteQueue {
    return this.mcr & Mcr.loop ? this.looped : this.input;
  }

  private get available(): number {
    return Math.min(this.queue.length, this.fcr & Fcr.enable ? fifoBytes : 1);
  }

  private readReceived(): number {
    if (this.available === 0) return 0;
    const byte = this.queue.shift() ?? 0;
    this.update();
    return byte;
  }

  private readIdentification(): number {
    const id = this.identify();
    // Seeing that the transmitter is empty withdraws the request.
    if (id === Iir.transmitEmpty) {
      this.transmitPending = false;
      this.update();
    }
    return id | (this.fcr & Fcr.enable ? Iir.fifos : 0);
  }

  private readModemStatus(): number {
    const delta = this.modemDelta;
    this.modemDelta = 0;
    this.update();
    return this.modemLines(this.mcr) | delta;
  }

  /// In loop mode the four modem inputs are wired to the four outputs.
  private modemLines(mcr: number): number {
    if (!(mcr & Mcr.loop)) return connected;
    return ((mcr & 0x0c) << 4) | ((mcr & 0x02) << 3) | ((mcr & 0x01) << 5);
  }

  private send(byte: number): void {
    if (!(this.mcr & Mcr.loop)) this.transmit(byte);
    else if (this.available < (this.fcr & Fcr.enable ? fifoBytes : 1)) this.looped.push(byte);
    this.transmitPending = true;
  }

  private writeInterruptEnable(ier: number): void {
    // Turning the interrupt on asks at once, since the transmitter is empty.
    if ((ier ^ this.ier) & Ier.transmitEmpty) this.transmitPending = (ier & Ier.transmitEmpty) !== 0;
    this.ier = ier;
  }

  private writeFifoControl(fcr: number): void {
    if ((fcr ^ this.fcr) & Fcr.enable || fcr & Fcr.resetReceive) this.looped.replace([]);
    this.fcr = fcr & Fcr.kept;
  }

  private writeModemControl(mcr: number): void {
    const before = this.modemLines(this.mcr);
    const after = this.modemLines(mcr);
    if (!(mcr & Mcr.loop)) this.looped.replace([]);
    this.mcr = mcr;
    // Ring (0x40) counts only when it ends.
    const changed = (before ^ after) & (0xb0 | (before & 0x40));
    this.modemDelta |= changed >> 4;
  }

  private identify(): number {
    if (this.ier & Ier.received && this.available > 0) {
      const trigger = this.fcr & Fcr.enable ? (triggerLevels[this.fcr >> 6] ?? 1) : 1;
      return this.available >= trigger ? Iir.received : Iir.timeout;
    }
    if (this.ier & Ier.transmitEmpty && this.transmitPending) return Iir.transmitEmpty;
    if (this.ier & Ier.modemStatus && this.modemDelta) return Iir.modemStatus;
    return Iir.none;
  }

  private update(): void {
    this.line.set(this.identify() !== Iir.none);
  }
}

// The board: every device of the memory map, wired to the interrupt lines of
// the harts, and the bus that finds a device by physical address.
//
// Time-driven devices do nothing by themselves: whoever runs the harts asks
// `nextDeadline`, and calls `elapse` when time got there.

import { Clint } from "../devices/clint.js";
import type { AccessBytes, Clock, Device, InterruptLine } from "../devices/device.js";
import { type Finish, Finisher } from "../devices/finisher.js";
import { GoldfishRtc } from "../devices/goldfish-rtc.js";
import { Plic } from "../devices/plic.js";
import { Uart } from "../devices/uart.js";
import type { VirtioDevice } from "../devices/virtio/device.js";
import type { DeviceMemory } from "../devices/virtio/guest-ram.js";
import { VirtioMmio } from "../devices/virtio/transport.js";
import { EmptyVirtioSlot } from "../devices/virtio-mmio.js";
import * as map from "./memory-map.js";

/// Bits of mip that devices drive.
export const Interrupt = {
  supervisorSoftware: 1,
  machineSoftware: 3,
  supervisorTimer: 5,
  machineTimer: 7,
  supervisorExternal: 9,
  machineExternal: 11,
} as const;
export type Interrupt = (typeof Interrupt)[keyof typeof Interrupt];

export interface BoardOptions {
  readonly harts: number;
  readonly clock: Clock;
  /// The wire to a bit of a hart's mip.
  readonly line: (hart: number, interrupt: Interrupt) => InterruptLine;
  /// Gets each byte that the guest sends to its console.
  readonly transmit: (byte: number) => void;
  readonly finish: (how: Finish) => void;
  /// The date at tick 0, in seconds since 1970; a fixed date where none is given.
  readonly epochSeconds?: number;
}

/// 2026-01-01T00:00:00Z: what the RTC shows where nobody asks for the real date.
export const defaultEpochSeconds = 1_767_225_600;

export class Board {
  readonly clint: Clint;
  readonly plic: Plic;
  readonly uart: Uart;
  readonly rtc: GoldfishRtc;
  readonly #devices: Device[];
  /// Of the last access: they come in runs.
  private last: Device;

  constructor({ harts, clock, line, transmit, finish, epochSeconds = defaultEpochSeconds }: BoardOptions) {
    const hartIds = Array.from({ length: harts }, (_, hart) => hart);
    this.clint = new Clint(
      map.clint.base,
      map.clint.size,
      clock,
      hartIds.map((hart) => ({
        software: line(hart, Interrupt.machineSoftware),
        timer: line(hart, Interrupt.machineTimer),
        supervisorTimer: line(hart, Interrupt.supervisorTimer),
      })),
    );
    this.plic = new Plic(
      map.plic.base,
      map.plic.size,
      map.plicSources,
      hartIds.flatMap((hart) => [line(hart, Interrupt.machineExternal), line(hart, Interrupt.supervisorExternal)]),
    );
    this.uart = new Uart(map.uart.base, map.uart.size, this.plic.line(map.uart.irq), transmit);
    this.rtc = new GoldfishRtc(map.rtc.base, map.rtc.size, clock, this.plic.line(map.rtc.irq), epochSeconds);
    this.#devices = [
      new Finisher(map.finisher.base, map.finisher.size, finish),
      this.rtc,
      this.clint,
      this.plic,
      this.uart,
      ...map.virtioSlots.map(({ base, size }) => new EmptyVirtioSlot(base, size)),
    ].sort((a, b) => a.base - b.base);
    this.last = this.uart;
  }

  /// Sorted by address.
  get devices(): readonly Device[] {
    return this.#devices;
  }

  /// Puts a device into a virtio slot before the guest starts: as QEMU does, into the highest
  /// free one where none is named. Throws RangeError where there is none, or it is taken.
  plug(device: VirtioDevice, memory: DeviceMemory, slot?: number): VirtioMmio {
    const place = map.virtioSlots.findLast(({ base }, number) => (slot ?? number) === number && this.#at(base) instanceof EmptyVirtioSlot);
    if (!place) throw new RangeError(slot === undefined ? "every virtio slot is taken" : `virtio slot ${slot} is taken, or there is none`);
    const plugged = new VirtioMmio(place.base, place.size, device, memory, this.plic.line(place.irq));
    this.#devices[this.#devices.findIndex(({ base }) => base === place.base)] = plugged;
    this.last = this.uart;
    return plugged;
  }

  /// Puts a device of one's own onto the bus before the guest starts. The device tree does not tell of it; its wire is
  /// `plic.line(source)`. Throws RangeError where its registers would lie on those of another, or on RAM.
  attach(device: Device): void {
    const end = device.base + device.size;
    const other = this.#devices.find(({ base, size }) => base < end && device.base < base + size);
    if (other) throw new RangeError(`${device.name} would lie on ${other.name}`);
    if (device.base < map.bootRom.base + map.bootRom.size || end > map.ramBase) throw new RangeError(`${device.name} would not lie between the boot ROM and RAM`);
    this.#devices.push(device);
    this.#devices.sort((a, b) => a.base - b.base);
  }

  /// The device at a physical address, if any.
  find(paddr: number): Device | undefined {
    if (covers(this.last, paddr)) return this.last;
    const found = this.#at(paddr);
    if (found) this.last = found;
    return found;
  }

  /// Undefined where no device answers: an access fault.
  read(paddr: number, bytes: AccessBytes): number | undefined {
    const device = this.find(paddr);
    return device?.read(paddr - device.base, bytes);
  }

  /// False where no device answers.
  write(paddr: number, bytes: AccessBytes, value: number): boolean {
    const device = this.find(paddr);
    device?.write(paddr - device.base, bytes, value);
    return device !== undefined;
  }

  /// The clock's tick at which a device next changes by itself.
  nextDeadline(): bigint | undefined {
    const [a, b] = [this.clint.nextDeadline(), this.rtc.nextDeadline()];
    if (a === undefined || b === undefined) return a ?? b;
    return a < b ? a : b;
  }

  /// Lets devices see that time has passed.
  elapse(): void {
    this.clint.elapse();
    this.rtc.elapse();
  }

  save(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.devices.map((device) => [keyOf(device), device.save()]));
  }

  restore(state: Readonly<Record<string, unknown>>): void {
    // In order of address, so the PLIC knows its lines before the UART drives one.
    for (const device of this.devices) {
      const key = keyOf(device);
      if (!(key in state)) throw new RangeError(`the state has no ${key}: the machine that saved it had other devices`);
      device.restore(state[key]);
    }
  }

  #at(paddr: number): Device | undefined {
    return this.#devices.find((device) => covers(device, paddr));
  }
}

function covers({ base, size }: Device, paddr: number): boolean {
  return paddr >= base && paddr < base + size;
}

function keyOf({ name, base }: Device): string {
  return `${name}@${base.toString(16)}`;
}

// A split virtqueue, the device's side: virtio 1.2, section 2.7.
//
//     descriptor area   size descriptors of 16 bytes                (chain.ts)
//     driver area       flags u16 | idx u16 | ring[size] u16 | used_event u16
//     device area       flags u16 | idx u16 | ring[size] {id u32, len u32} | avail_event u16
//
// Both idx count on and wrap at 2^16; a ring's place is idx modulo size.
//
//     available:   taken          #taken ──▶ #seen        the driver's idx, read in `open`
//     used:        signalled   #signalled ──▶ #used       told to the driver in `close`
//
// A device is served between `open` and `close` only. The driver's idx is read
// once in between, so one notification costs at most `size` chains, whatever a
// device writes into the rings themselves.

import { type Chain, DESCRIPTOR_BYTES, readChain } from "./chain.js";
import type { GuestRam } from "./guest-ram.js";

/// What was negotiated that changes how queues work.
export interface QueueFeatures {
  readonly indirect: boolean;
  readonly eventIndex: boolean;
}

/// A 64-bit register in two halves, kept apart so that none loses bits.
export class Address {
  low = 0;
  high = 0;

  get paddr(): number {
    return this.high * 2 ** 32 + this.low;
  }
}

export interface QueueState {
  readonly size: number;
  readonly ready: boolean;
  readonly areas: readonly (readonly [low: number, high: number])[];
  readonly taken: number;
  readonly used: number;
  readonly signalled: number;
}

const Avail = { idx: 2, ring: 4 } as const;
const Used = { idx: 2, ring: 4, elementBytes: 8 } as const;
/// VIRTQ_AVAIL_F_NO_INTERRUPT
const noInterrupt = 1;
const u16 = (value: number) => value & 0xffff;

export class Virtqueue {
  readonly descriptors = new Address();
  readonly driver = new Address();
  readonly device = new Address();
  /// QueueNum, as the driver wrote it.
  size = 0;
  #ready = false;
  #taken = 0;
  #seen = 0;
  #used = 0;
  #signalled = 0;
  #features: QueueFeatures = { indirect: false, eventIndex: false };

  constructor(
    /// QueueNumMax
    readonly maximum: number,
    private readonly ram: GuestRam,
    /// Told what the driver did wrong, once; nothing is served after that.
    readonly fault: (reason: string) => void,
  ) {}

  get ready(): boolean {
    return this.#ready;
  }

  /// QueueReady = 1. What the driver set up wrong, in words.
  enable(): string | undefined {
    const wrong = this.#setupFault();
    if (wrong) return wrong;
    this.#ready = true;
    this.#taken = this.#seen = this.#used = this.#signalled = 0;
    return undefined;
  }

  disable(): void {
    this.#ready = false;
  }

  reset(): void {
    this.disable();
    this.size = 0;
    for (const area of [this.descriptors, this.driver, this.device]) area.low = area.high = 0;
  }

  /// Looks at what the driver has made available; false where that cannot be.
  open(features: QueueFeatures): boolean {
    this.#features = features;
    const idx = this.ram.u16(this.driver.paddr + Avail.idx);
    if (u16(idx - this.#taken) > this.size) {
      this.fault(`${u16(idx - this.#taken)} chains in a queue of ${this.size}`);
      return false;
    }
    this.#seen = idx;
    return true;
  }

  /// The next request; `finish` gives it back.
  next(): Chain | undefined {
    if (this.#taken === this.#seen) return undefined;
    const { size, ram } = this;
    const head = ram.u16(this.driver.paddr + Avail.ring + (this.#taken % size) * 2);
    const chain = readChain(ram, this.descriptors.paddr, size, head, this.#features.indirect);
    if (!("fault" in chain)) {
      this.#taken = u16(this.#taken + 1);
      return chain;
    }
    this.fault(chain.fault);
    this.#seen = this.#taken;
    return undefined;
  }

  /// Gives a chain back; `written` bytes at the start of its writable part are the device's.
  finish({ head }: Chain, written: number): void {
    const at = this.device.paddr + Used.ring + (this.#used % this.size) * Used.elementBytes;
    const element = new Uint8Array(Used.elementBytes);
    new DataView(element.buffer).setUint32(0, head, true);
    new DataView(element.buffer).setUint32(4, written, true);
    this.ram.write(at, element);
    this.#used = u16(this.#used + 1);
    this.ram.setU16(this.device.paddr + Used.idx, this.#used);
  }

  /// Whether the driver wants an interrupt for what was finished since the last one.
  close(): boolean {
    const { ram, size } = this;
    const { eventIndex } = this.#features;
    // avail_event: tell us when this one is there.
    if (eventIndex) ram.setU16(this.device.paddr + Used.ring + size * Used.elementBytes, this.#seen);
    const before = this.#signalled;
    this.#signalled = this.#used;
    if (before === this.#used) return false;
    if (!eventIndex) return (ram.u16(this.driver.paddr) & noInterrupt) === 0;
    const usedEvent = ram.u16(this.driver.paddr + Avail.ring + size * 2);
    return u16(this.#used - usedEvent - 1) < u16(this.#used - before);
  }

  save(): QueueState {
    const areas = [this.descriptors, this.driver, this.device].map(({ low, high }): [number, number] => [low, high]);
    return { size: this.size, ready: this.#ready, areas, taken: this.#taken, used: this.#used, signalled: this.#signalled };
  }

  restore(state: QueueState): void {
    [this.descriptors, this.driver, this.device].forEach((area, index) => {
      [area.low, area.high] = state.areas[index] ?? [0, 0];
    });
    this.size = state.size;
    this.#taken = this.#seen = u16(state.taken);
    this.#used = u16(state.used);
    this.#signalled = u16(state.signalled);
    // A state may come from a file, so it gets no more trust than a driver.
    this.#ready = state.ready && this.#setupFault() === undefined;
  }

  #setupFault(): string | undefined {
    const { size, maximum, ram } = this;
    if (size === 0 || size > maximum || (size & (size - 1)) !== 0) return `a queue of ${size}: a power of two to ${maximum} is one`;
    const areas = [
      ["descriptor", this.descriptors.paddr, size * DESCRIPTOR_BYTES, 16],
      ["driver", this.driver.paddr, Avail.ring + size * 2 + 2, 2],
      ["device", this.device.paddr, Used.ring + size * Used.elementBytes + 2, 4],
    ] as const;
    for (const [name, paddr, bytes, alignment] of areas) {
      if (!ram.has(paddr, bytes)) return `the ${name} area is at 0x${paddr.toString(16)}, which is not RAM`;
      if (paddr % alignment !== 0) return `the ${name} area is at 0x${paddr.toString(16)}, not aligned to ${alignment}`;
    }
    return undefined;
  }
}

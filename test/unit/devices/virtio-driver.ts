// A driver's side of virtio for tests: memory that notes what devices write, registers by name, rings made by hand.

import type { VirtioDevice } from "../../../emulator/devices/virtio/device.js";
import type { DeviceMemory } from "../../../emulator/devices/virtio/guest-ram.js";
import { VirtioMmio } from "../../../emulator/devices/virtio/transport.js";
import { Wire } from "./wires.js";

export const RAM = 0x8000_0000;
export const RAM_BYTES = 1 << 20;
const NEXT = 1, WRITE = 2, INDIRECT = 4;

/// RAM between walls: an access outside is an error of ours.
export class TestMemory implements DeviceMemory {
  readonly map = { ramBase: RAM, ramBytes: RAM_BYTES };
  readonly bytes = new Uint8Array(RAM_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly written: { paddr: number; length: number }[] = [];

  slice(paddr: number, length: number): Uint8Array {
    this.check(paddr, length);
    return this.bytes.subarray(paddr - RAM, paddr - RAM + length);
  }

  write(paddr: number, data: Uint8Array): boolean {
    this.check(paddr, data.length);
    this.written.push({ paddr, length: data.length });
    this.bytes.set(data, paddr - RAM);
    return true;
  }

  put(paddr: number, bytes: ArrayLike<number>): void { this.bytes.set(bytes, paddr - RAM); }
  u16(paddr: number): number { return this.view.getUint16(paddr - RAM, true); }
  u32(paddr: number): number { return this.view.getUint32(paddr - RAM, true); }
  setU16(paddr: number, value: number): void { this.view.setUint16(paddr - RAM, value, true); }
  setU32(paddr: number, value: number): void { this.view.setUint32(paddr - RAM, value, true); }

  private check(paddr: number, length: number): void {
    if (!(paddr >= RAM && paddr + length <= RAM + RAM_BYTES)) throw new Error(`outside RAM: ${paddr.toString(16)}, ${length}`);
  }
}

export const Register = {
  magic: 0, version: 4, deviceId: 8, vendorId: 0xc, deviceFeatures: 0x10, deviceFeaturesSel: 0x14,
  driverFeatures: 0x20, driverFeaturesSel: 0x24, queueSel: 0x30, queueNumMax: 0x34, queueNum: 0x38, queueReady: 0x44,
  queueNotify: 0x50, interruptStatus: 0x60, interruptAck: 0x64, status: 0x70, queueDesc: 0x80, queueDriver: 0x90,
  queueDevice: 0xa0, shmLen: 0xb0, generation: 0xfc, config: 0x100,
} as const;

export const INDIRECT_DESC = 28, EVENT_IDX = 29, VERSION_1 = 32;
export const NEEDS_RESET = 64;

export interface Buffer {
  readonly at: number;
  readonly length: number;
  readonly write?: boolean;
}

/// A queue at fixed places: each has 64 KiB from 0x80010000 on.
export interface Ring {
  readonly index: number;
  readonly size: number;
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
  readonly table: number;
}

export function ringOf(index: number, size = 8): Ring {
  const at = RAM + 0x1_0000 * (index + 1);
  return { index, size, descriptors: at, driver: at + 0x4000, device: at + 0x5000, table: at + 0x8000 };
}

export class Driver {
  readonly wire = new Wire();
  readonly mmio: VirtioMmio;

  constructor(device: VirtioDevice, readonly memory = new TestMemory()) {
    this.mmio = new VirtioMmio(0x1000_8000, 0x1000, device, memory, this.wire);
  }

  read(register: number): number { return this.mmio.read(register, 4); }
  write(register: number, value: number): void { this.mmio.write(register, 4, value); }
  get status(): number { return this.read(Register.status); }
  get needsReset(): boolean { return (this.status & NEEDS_RESET) !== 0; }

  negotiate(...bits: number[]): void {
    this.write(Register.status, 0);
    this.write(Register.status, 3);
    for (const half of [0, 1]) {
      this.write(Register.driverFeaturesSel, half);
      this.write(Register.driverFeatures, bits.filter((bit) => bit >> 5 === half).reduce((word, bit) => (word | (1 << (bit & 31))) >>> 0, 0));
    }
    this.write(Register.status, 0xb);
  }

  place(ring: Ring): void {
    const { descriptors, driver, device } = ring;
    this.write(Register.queueSel, ring.index);
    this.write(Register.queueNum, ring.size);
    for (const [register, value] of [[Register.queueDesc, descriptors], [Register.queueDriver, driver], [Register.queueDevice, device]] as const) {
      this.write(register, value % 2 ** 32);
      this.write(register + 4, Math.floor(value / 2 ** 32));
    }
    this.write(Register.queueReady, 1);
  }

  /// Up, with queues of eight.
  start(features: readonly number[] = [VERSION_1], queues = 1): Ring[] {
    this.negotiate(...features);
    const rings = Array.from({ length: queues }, (_, index) => ringOf(index));
    for (const ring of rings) this.place(ring);
    this.write(Register.status, 0xf);
    return rings;
  }

  describe(table: number, at: number, { at: paddr, length, write }: Buffer, next?: number): void {
    const place = table + at * 16;
    this.memory.setU32(place, paddr % 2 ** 32);
    this.memory.setU32(place + 4, Math.floor(paddr / 2 ** 32));
    this.memory.setU32(place + 8, length);
    this.memory.setU16(place + 12, (write ? WRITE : 0) | (next === undefined ? 0 : NEXT));
    this.memory.setU16(place + 14, next ?? 0);
  }

  /// A chain from descriptor `head` on.
  chain(table: number, head: number, buffers: readonly Buffer[]): void {
    buffers.forEach((buffer, index) => this.describe(table, head + index, buffer, index + 1 < buffers.length ? head + index + 1 : undefined));
  }

  indirect(ring: Ring, head: number, buffers: readonly Buffer[]): void {
    this.chain(ring.table, 0, buffers);
    this.describe(ring.descriptors, head, { at: ring.table, length: buffers.length * 16 });
    this.memory.setU16(ring.descriptors + head * 16 + 12, INDIRECT);
  }

  offer({ driver, size }: Ring, head: number): void {
    const idx = this.memory.u16(driver + 2);
    this.memory.setU16(driver + 4 + (idx % size) * 2, head);
    this.memory.setU16(driver + 2, idx + 1);
  }

  notify({ index }: Ring): void { this.write(Register.queueNotify, index); }

  /// Offers one chain and tells of it; what came back: the last used element.
  submit(ring: Ring, buffers: readonly Buffer[], head = 0): { id: number; length: number } | undefined {
    const before = this.usedIdx(ring);
    this.chain(ring.descriptors, head, buffers);
    this.offer(ring, head);
    this.notify(ring);
    return this.usedIdx(ring) === before ? undefined : this.used(ring, before);
  }

  usedIdx({ device }: Ring): number { return this.memory.u16(device + 2); }

  used({ device, size }: Ring, idx: number): { id: number; length: number } {
    const at = device + 4 + (idx % size) * 8;
    return { id: this.memory.u32(at), length: this.memory.u32(at + 4) };
  }
}

// An empty virtio-mmio slot, as QEMU shows one: virtio 1.2, section 4.2.2.
// Drivers find device id 0 and pass on.

import type { AccessBytes, Device } from "./device.js";

const registers: Readonly<Record<number, number>> = {
  /// MagicValue: "virt"
  0x00: 0x7472_6976,
  /// Version
  0x04: 2,
  /// DeviceID: none
  0x08: 0,
  /// VendorID: "QEMU", which some drivers insist on
  0x0c: 0x554d_4551,
};

export class EmptyVirtioSlot implements Device {
  readonly name = "virtio_mmio";

  constructor(
    readonly base: number,
    readonly size: number,
  ) {}

  read(byteOffset: number, bytes: AccessBytes): number {
    const word = (registers[byteOffset & ~3] ?? 0) >>> ((byteOffset & 3) * 8);
    return bytes === 4 ? word : word & (2 ** (bytes * 8) - 1);
  }

  write(): void {}

  save(): unknown {
    return null;
  }

  restore(): void {}
}

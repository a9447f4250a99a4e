// The code that a hart runs first, as QEMU's: hart id in a0, device tree in
// a1, fw_dynamic_info in a2, then on to the start of RAM.
//
//     0x1000  auipc t0, 0
//     0x1004  addi  a2, t0, 0x28
//     0x1008  csrr  a0, mhartid
//     0x100c  ld    a1, 0x20(t0)
//     0x1010  ld    t0, 0x18(t0)
//     0x1014  jr    t0
//     0x1018  start address          0x1020  device tree address
//     0x1028  fw_dynamic_info: magic, version, next address, next mode, options, boot hart
//
// The info is OpenSBI's (include/sbi/fw_dynamic.h, version 2): where its
// fw_dynamic firmware finds the kernel to start.

import { firmwareBase } from "./memory-map.js";

const code = [0x0000_0297, 0x0282_8613, 0xf140_2573, 0x0202_b583, 0x0182_b283, 0x0002_8067];
/// "OSBI"
const infoMagic = 0x4942_534fn;
const infoVersion = 2n;
const supervisorMode = 1n;

export interface BootRomOptions {
  readonly deviceTree: number;
  /// Zero where there is no kernel.
  readonly kernelEntry: number;
}

/// The bytes at bootRom.base.
export function writeBootRom({ deviceTree, kernelEntry }: BootRomOptions): Uint8Array {
  const options = 0n;
  const bootHart = 0n;
  const data = [
    BigInt(firmwareBase),
    BigInt(deviceTree),
    infoMagic,
    infoVersion,
    BigInt(kernelEntry),
    supervisorMode,
    options,
    bootHart,
  ];
  const rom = new Uint8Array(code.length * 4 + data.length * 8);
  const view = new DataView(rom.buffer);
  code.forEach((word, index) => view.setUint32(index * 4, word, true));
  data.forEach((word, index) => view.setBigUint64(code.length * 4 + index * 8, word, true));
  return rom;
}

// A bare ELF64 executable: one loadable segment for text, one for data.

import type { Image } from "../rv64/emit.js";

const HEADER = 64,
  PROGRAM_HEADER = 56,
  PAGE = 4096;
const EXEC = 2,
  RISCV = 243,
  LOAD = 1,
  RX = 5,
  RW = 6;
const RVC_DOUBLE_ABI = 5;

export function writeElf(image: Image, base: number): Uint8Array {
  const textAt = PAGE;
  const dataAt = textAt + Math.ceil(image.text.length / PAGE) * PAGE;
  const bytes = new Uint8Array(dataAt + image.data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, EXEC, true);
  view.setUint16(18, RISCV, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(base), true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint32(48, RVC_DOUBLE_ABI, true);
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, 2, true);
  const segment = (index: number, flags: number, offset: number, address: number, size: number) => {
    const at = HEADER + index * PROGRAM_HEADER;
    view.setUint32(at, LOAD, true);
    view.setUint32(at + 4, flags, true);
    [offset, address, address, size, size, PAGE].forEach((field, word) =>
      view.setBigUint64(at + 8 + word * 8, BigInt(field), true),
    );
  };
  segment(0, RX, textAt, base, image.text.length);
  segment(1, RW, dataAt, image.dataAddress, image.data.length);
  bytes.set(image.text, textAt);
  bytes.set(image.data, dataAt);
  return bytes;
}

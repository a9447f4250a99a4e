// Small ELF files to order, good and bad ones.

export interface ElfOrder {
  readonly segments?: readonly { readonly paddr: bigint; readonly bytes: Uint8Array; readonly memoryBytes?: number }[];
  readonly type?: number;
  readonly machine?: number;
  readonly fileClass?: number;
  readonly data?: number;
}

const segmentsAt = 0x40;

export function makeElf({ segments = [], type = 2, machine = 243, fileClass = 2, data = 1 }: ElfOrder): Uint8Array {
  const bytesAt = segmentsAt + segments.length * 56;
  const total = segments.reduce((sum, { bytes }) => sum + bytes.length, bytesAt);
  const file = new Uint8Array(total);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, fileClass, data, 1]);
  view.setUint16(16, type, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, segments[0]?.paddr ?? 0n, true);
  view.setBigUint64(32, BigInt(segmentsAt), true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  view.setUint16(58, 64, true);
  let offset = bytesAt;
  segments.forEach(({ paddr, bytes, memoryBytes = bytes.length }, index) => {
    const at = segmentsAt + index * 56;
    view.setUint32(at, 1, true);
    view.setUint32(at + 4, 7, true);
    [BigInt(offset), paddr, paddr, BigInt(bytes.length), BigInt(memoryBytes), 4n].forEach((field, word) =>
      view.setBigUint64(at + 8 + word * 8, field, true),
    );
    file.set(bytes, offset);
    offset += bytes.length;
  });
  return file;
}

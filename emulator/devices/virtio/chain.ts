// From a head index to the buffers of one request: virtio 1.2, sections 2.7.4
// to 2.7.5.
//
//     descriptor, 16 bytes:   0 address u64 | 8 length u32 | 12 flags u16 | 14 next u16
//     flags:                  1 NEXT | 2 WRITE (the device writes) | 4 INDIRECT (a table)
//
//     table      head            NEXT           INDIRECT          another table
//     [ ][ ][ header ]──▶[ data, WRITE ]──▶[ 48 bytes at ─]──▶[ ][ ][ ]
//
// What a driver got wrong is a ChainFault. A chain that is returned has at
// most `maximumPieces` pieces, none empty, all in RAM, together no longer than
// RAM, and those that the device reads before those that it writes.

import { type GuestRam, readU16, readU32, readU64 } from "./guest-ram.js";

export interface Piece {
  readonly paddr: number;
  readonly length: number;
}

export interface ChainFault {
  readonly fault: string;
}

export const DESCRIPTOR_BYTES = 16;
const Flag = { next: 1, write: 2, indirect: 4 } as const;
/// As QEMU's: the largest queue size there.
const maximumPieces = 1024;

/// The bytes of several pieces, as if they were one buffer.
export class Pieces {
  readonly list: Piece[] = [];
  length = 0;

  constructor(private readonly ram: GuestRam) {}

  add(piece: Piece): void {
    this.list.push(piece);
    this.length += piece.length;
  }

  /// A copy.
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.length - offset)));
    let at = 0;
    for (const { paddr, length } of this.#parts(offset, bytes.length)) {
      bytes.set(this.ram.slice(paddr, length), at);
      at += length;
    }
    return bytes;
  }

  /// What does not fit is left out; the number of bytes that did.
  write(offset: number, data: Uint8Array): number {
    let at = 0;
    for (const { paddr, length } of this.#parts(offset, data.length)) {
      this.ram.write(paddr, data.subarray(at, at + length));
      at += length;
    }
    return at;
  }

  /// The parts of pieces that a range is.
  *#parts(offset: number, length: number): Generator<Piece> {
    let start = 0;
    for (const piece of this.list) {
      const from = Math.max(start, offset);
      const to = Math.min(start + piece.length, offset + length);
      if (from < to) yield { paddr: piece.paddr + (from - start), length: to - from };
      start += piece.length;
    }
  }
}

export interface Chain {
  /// By which the driver knows it.
  readonly head: number;
  readonly readable: Pieces;
  readonly writable: Pieces;
}

/// Reads a chain of a table of `size` descriptors that is in RAM.
export function readChain(ram: GuestRam, table: number, size: number, head: number, allowsIndirect: boolean): Chain | ChainFault {
  const chain: Chain = { head, readable: new Pieces(ram), writable: new Pieces(ram) };
  let [at, seen, isIndirect] = [head, 0, false];
  for (;;) {
    if (at >= size) return { fault: `descriptor ${at} of a table of ${size}` };
    if (++seen > size) return { fault: "a chain is longer than its table: it has a loop" };
    const bytes = ram.slice(table + at * DESCRIPTOR_BYTES, DESCRIPTOR_BYTES);
    const [paddr, length, flags, next] = [readU64(bytes, 0), readU32(bytes, 8), readU16(bytes, 12), readU16(bytes, 14)];
    if (flags & Flag.indirect) {
      const fault = indirectFault(ram, { paddr, length }, flags, allowsIndirect && !isIndirect);
      if (fault) return { fault };
      [table, size, at, seen, isIndirect] = [paddr, length / DESCRIPTOR_BYTES, 0, 0, true];
      continue;
    }
    const fault = addPiece(ram, chain, { paddr, length }, (flags & Flag.write) !== 0);
    if (fault) return { fault };
    if (!(flags & Flag.next)) return chain;
    at = next;
  }
}

function indirectFault(ram: GuestRam, { paddr, length }: Piece, flags: number, isAllowed: boolean): string | undefined {
  if (!isAllowed) return "an indirect descriptor where none may be";
  if (flags & Flag.next) return "an indirect descriptor with a next one";
  if (length === 0 || length % DESCRIPTOR_BYTES !== 0) return `an indirect table of ${length} bytes`;
  if (!ram.has(paddr, length)) return `an indirect table at 0x${paddr.toString(16)}, which is not RAM`;
  return undefined;
}

function addPiece(ram: GuestRam, { readable, writable }: Chain, piece: Piece, isWritable: boolean): string | undefined {
  if (piece.length === 0) return "an empty buffer";
  if (!ram.has(piece.paddr, piece.length)) return `${piece.length} bytes at 0x${piece.paddr.toString(16)}, which are not all RAM`;
  if (!isWritable && writable.length > 0) return "a buffer to read behind one to write";
  if (readable.list.length + writable.list.length === maximumPieces) return `more than ${maximumPieces} buffers in a chain`;
  if (readable.length + writable.length + piece.length > ram.bytes) return "a chain of more bytes than there is RAM";
  (isWritable ? writable : readable).add(piece);
  return undefined;
}

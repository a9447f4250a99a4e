// `snapshot`: writes stay in memory, above a disk that never changes.
//
//     offset / 4096:     0     1     2     3
//     overlay                 [W]         [W]     blocks that were written to
//     disk              [R]         [R]           everything else
//
// A block comes up whole with the first write to a part of it.

import { type BlockBackend, fromBase64, toBase64 } from "./disk.js";

const BLOCK_BYTES = 4096;

export class Overlay implements BlockBackend {
  readonly isReadonly = false;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(private readonly disk: BlockBackend) {}

  get bytes(): number {
    return this.disk.bytes;
  }

  read(byteOffset: number, into: Uint8Array): boolean {
    if (!this.disk.read(byteOffset, into)) return false;
    for (const { block, from, to, at } of spans(byteOffset, into.length)) {
      const written = this.#blocks.get(block);
      if (written) into.set(written.subarray(from, to), at);
    }
    return true;
  }

  write(byteOffset: number, data: Uint8Array): boolean {
    for (const { block, from, to, at } of spans(byteOffset, data.length)) {
      const bytes = this.#blocks.get(block) ?? this.#copyUp(block, to - from);
      if (!bytes) return false;
      bytes.set(data.subarray(at, at + to - from), from);
      this.#blocks.set(block, bytes);
    }
    return true;
  }

  flush(): boolean {
    return true;
  }

  save(): unknown {
    return [...this.#blocks].sort(([a], [b]) => a - b).map(([block, bytes]) => [block, toBase64(bytes)]);
  }

  restore(state: unknown): void {
    this.#blocks.clear();
    for (const [block, bytes] of state as [number, string][]) this.#blocks.set(block, fromBase64(bytes));
  }

  /// Undefined where the disk cannot be read.
  #copyUp(block: number, writtenBytes: number): Uint8Array | undefined {
    const bytes = new Uint8Array(BLOCK_BYTES);
    const start = block * BLOCK_BYTES;
    // The disk may end within its last block.
    const needed = bytes.subarray(0, Math.min(BLOCK_BYTES, this.disk.bytes - start));
    return writtenBytes === needed.length || this.disk.read(start, needed) ? bytes : undefined;
  }
}

interface Span {
  readonly block: number;
  /// Within the block.
  readonly from: number;
  readonly to: number;
  /// Within the range.
  readonly at: number;
}

function* spans(byteOffset: number, length: number): Generator<Span> {
  for (let at = 0; at < length; ) {
    const from = (byteOffset + at) % BLOCK_BYTES;
    const to = Math.min(BLOCK_BYTES, from + length - at);
    yield { block: (byteOffset + at - from) / BLOCK_BYTES, from, to, at };
    at += to - from;
  }
}

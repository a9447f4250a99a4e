// What a block device needs of its host, and disks that need no host.
//
// Every disk is bytes by offset, synchronous: a request is done when the guest's
// store to QueueNotify is. A disk says false where the host failed; the guest
// then reads VIRTIO_BLK_S_IOERR.

import { SeededRandom } from "./random.js";

export interface BlockBackend {
  /// A multiple of SECTOR_BYTES.
  readonly bytes: number;
  readonly isReadonly: boolean;
  /// The range is inside the disk, here and in `write`.
  read(byteOffset: number, into: Uint8Array): boolean;
  /// Not called where the disk is read-only.
  write(byteOffset: number, data: Uint8Array): boolean;
  /// What was written outlives the host from now on.
  flush(): boolean;
  /// What a saved machine must bring along, as plain JSON data; contents on the host's disk are not part of it.
  save?(): unknown;
  restore?(state: unknown): void;
}

export const SECTOR_BYTES = 512;

/// A disk in memory: for tests, and where there are no files.
export class MemoryDisk implements BlockBackend {
  readonly isReadonly: boolean;

  constructor(
    readonly contents: Uint8Array,
    { isReadonly = false } = {},
  ) {
    if (contents.length % SECTOR_BYTES !== 0) throw new RangeError(`a disk is whole sectors of ${SECTOR_BYTES} bytes`);
    this.isReadonly = isReadonly;
  }

  get bytes(): number {
    return this.contents.length;
  }

  read(byteOffset: number, into: Uint8Array): boolean {
    into.set(this.contents.subarray(byteOffset, byteOffset + into.length));
    return true;
  }

  write(byteOffset: number, data: Uint8Array): boolean {
    this.contents.set(data, byteOffset);
    return true;
  }

  flush(): boolean {
    return true;
  }

  save(): string {
    return toBase64(this.contents);
  }

  restore(state: unknown): void {
    this.contents.set(fromBase64(state as string));
  }
}

/// A disk that fails once in a while, the same way for the same seed. A write
/// that fails has written a part of its sectors, as a torn write does.
export class FaultyDisk implements BlockBackend {
  readonly #random: SeededRandom;

  constructor(
    private readonly disk: BlockBackend,
    /// One of so many operations fails.
    private readonly oneIn: number,
    seed: number,
  ) {
    this.#random = new SeededRandom(seed);
  }

  get bytes(): number {
    return this.disk.bytes;
  }

  get isReadonly(): boolean {
    return this.disk.isReadonly;
  }

  read(byteOffset: number, into: Uint8Array): boolean {
    return !this.#fails() && this.disk.read(byteOffset, into);
  }

  write(byteOffset: number, data: Uint8Array): boolean {
    if (!this.#fails()) return this.disk.write(byteOffset, data);
    const sectors = Math.floor(data.length / SECTOR_BYTES);
    const done = (this.#random.next() % (sectors + 1)) * SECTOR_BYTES;
    if (done > 0) this.disk.write(byteOffset, data.subarray(0, done));
    return false;
  }

  flush(): boolean {
    return !this.#fails() && this.disk.flush();
  }

  save(): unknown {
    return { random: this.#random.save(), disk: this.disk.save?.() ?? null };
  }

  restore(state: unknown): void {
    const { random, disk } = state as { random: number[]; disk: unknown };
    this.#random.restore(random);
    this.disk.restore?.(disk);
  }

  #fails(): boolean {
    return this.#random.next() % this.oneIn === 0;
  }
}

export function toBase64(bytes: Uint8Array): string {
  const pieceBytes = 0x8000;
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes) text += String.fromCharCode(...bytes.subarray(at, at + pieceBytes));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

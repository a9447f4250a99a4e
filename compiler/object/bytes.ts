// Bytes of a file, written in order, little-endian, with the numbers that DWARF
// has: LEB128, 7 bits a byte, the lowest first.

/// A place that holds an address (8 bytes) or, with `section`, an offset in a section of the file (4 bytes): what a
/// linker changes when it moves things.
export interface Reference {
  readonly at: number;
  readonly section: string | undefined;
}

const utf8 = new TextEncoder();

export class ByteWriter {
  readonly references: Reference[] = [];
  private buffer = new Uint8Array(1024);
  private view = new DataView(this.buffer.buffer);
  length = 0;

  /// May replace `view`: ask for it first.
  private room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.length, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(value: number): void {
    const at = this.room(1);
    this.buffer[at] = value;
  }
  u16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, value, true);
  }
  u32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value, true);
  }
  u64(value: bigint): void {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  address(value: bigint): void {
    this.references.push({ at: this.length, section: undefined });
    this.u64(value);
  }
  offsetIn(section: string, value: number): void {
    this.references.push({ at: this.length, section });
    this.u32(value);
  }
  /// What another writer wrote, with its references.
  append(other: ByteWriter): void {
    for (const { at, section } of other.references) this.references.push({ at: at + this.length, section });
    this.bytes(other.buffer.subarray(0, other.length));
  }
  /// To be used again.
  clear(): void {
    this.length = this.references.length = 0;
  }

  uleb(value: number): void {
    do {
      const low = value & 0x7f;
      value >>>= 7;
      this.u8(value === 0 ? low : low | 0x80);
    } while (value !== 0);
  }

  sleb(value: number): void {
    for (;;) {
      const low = value & 0x7f;
      value >>= 7;
      const done = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
      this.u8(done ? low : low | 0x80);
      if (done) return;
    }
  }

  bytes(source: ArrayLike<number>): void {
    const at = this.room(source.length);
    this.buffer.set(source, at);
  }

  /// UTF-8, with a zero after it.
  string(text: string): void {
    this.bytes(utf8.encode(text));
    this.u8(0);
  }

  /// Writes one byte until that length is reached.
  fill(byte: number, length: number): void {
    const at = this.room(length - this.length);
    this.buffer.fill(byte, at, length);
  }

  align(bytes: number): void {
    this.fill(0, Math.ceil(this.length / bytes) * bytes);
  }

  /// Over what is there already.
  bytesAt(offset: number, source: Uint8Array): void {
    this.buffer.set(source, offset);
  }

  /// A u32 that holds the length of what `write` writes after it.
  sized(write: () => void): void {
    const at = this.room(4);
    write();
    this.view.setUint32(at, this.length - at - 4, true);
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

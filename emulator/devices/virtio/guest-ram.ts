// Guest RAM as a device may reach it, and nothing else of physical memory.
//
// Addresses come from the guest as 64 bits, here as doubles: beyond 2^53 they
// lose low bits, but what is beyond RAM stays beyond it, so every check holds.

/// The machine's memory; GuestMemory is one. Writes must go through `write`, so that decoded code stays right.
export interface DeviceMemory {
  readonly map: { readonly ramBase: number; readonly ramBytes: number };
  slice(paddr: number, length: number): Uint8Array | undefined;
  write(paddr: number, data: Uint8Array): boolean;
}

export class GuestRam {
  readonly base: number;
  readonly bytes: number;

  constructor(private readonly memory: DeviceMemory) {
    this.base = memory.map.ramBase;
    this.bytes = memory.map.ramBytes;
  }

  /// Whether all of a range is RAM. No sum can wrap: doubles do not.
  has(paddr: number, length: number): boolean {
    return paddr >= this.base && paddr + length <= this.base + this.bytes;
  }

  /// The bytes themselves, to read. Who asks has checked that they are RAM.
  slice(paddr: number, length: number): Uint8Array {
    const found = this.has(paddr, length) ? this.memory.slice(paddr, length) : undefined;
    if (!found) throw new RangeError(`a device reads 0x${paddr.toString(16)}, which is no RAM`);
    return found;
  }

  /// Who writes has checked that it is RAM.
  write(paddr: number, data: Uint8Array): void {
    if (!this.has(paddr, data.length) || !this.memory.write(paddr, data))
      throw new RangeError(`a device writes 0x${paddr.toString(16)}, which is no RAM`);
  }

  u16(paddr: number): number {
    return readU16(this.slice(paddr, 2), 0);
  }

  setU16(paddr: number, value: number): void {
    this.write(paddr, Uint8Array.of(value, value >>> 8));
  }
}

// All of virtio is little-endian.

export function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

export function readU32(bytes: Uint8Array, offset: number): number {
  return (readU16(bytes, offset) | (readU16(bytes, offset + 2) << 16)) >>> 0;
}

/// As a double: exact below 2^53.
export function readU64(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 4) * 2 ** 32 + readU32(bytes, offset);
}

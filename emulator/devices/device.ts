// What the machine and its devices know of each other.
//
// A device is registers in a range of physical addresses, and lines that it
// raises. It never sees time but through its clock, nor the host but through
// small interfaces, so a run is a function of image, input and seed.

/// The bus splits wider or misaligned accesses before a device sees them.
export type AccessBytes = 1 | 2 | 4;

export interface Device {
  /// As in the device tree, without the address: "uart", "plic".
  readonly name: string;
  readonly base: number;
  /// In bytes.
  readonly size: number;
  /// Unsigned.
  read(byteOffset: number, bytes: AccessBytes): number;
  write(byteOffset: number, bytes: AccessBytes, value: number): void;
  /// Everything that the guest can see or that changes what it will see, as plain JSON data.
  save(): unknown;
  restore(state: unknown): void;
}

/// An interrupt wire: to a source of the PLIC, or to a bit of a hart's mip.
export interface InterruptLine {
  set(level: boolean): void;
}

/// Time in ticks of the timebase.
export interface Clock {
  ticks(): bigint;
}

/// 10 MHz, as QEMU's virt board.
export const TIMEBASE_HZ = 10_000_000;
/// One instruction is one nanosecond of guest time.
export const INSTRUCTIONS_PER_TICK = 100;

// The one table of addresses, sizes and interrupt sources: QEMU's virt board
// without PCIe, flash and fw_cfg. Devices, bus, device tree and boot ROM read it.
//
//     0x0000_1000  boot ROM          0x0c00_0000  PLIC
//     0x0010_0000  finisher          0x1000_0000  UART
//     0x0010_1000  RTC               0x1000_1000  eight virtio-mmio slots
//     0x0200_0000  CLINT             0x8000_0000  RAM

export interface Region {
  readonly base: number;
  /// In bytes.
  readonly size: number;
}

export interface InterruptingRegion extends Region {
  /// The source's number at the PLIC.
  readonly irq: number;
}

export const bootRom: Region = { base: 0x1000, size: 0xf000 };
export const finisher: Region = { base: 0x10_0000, size: 0x1000 };
export const rtc: InterruptingRegion = { base: 0x10_1000, size: 0x1000, irq: 11 };
export const clint: Region = { base: 0x200_0000, size: 0x1_0000 };
export const plic: Region = { base: 0xc00_0000, size: 0x60_0000 };
export const uart: InterruptingRegion = { base: 0x1000_0000, size: 0x100, irq: 10 };
export const virtioSlots: readonly InterruptingRegion[] = Array.from({ length: 8 }, (_, slot) => ({
  base: 0x1000_1000 + slot * 0x1000,
  size: 0x1000,
  irq: 1 + slot,
}));

export const ramBase = 0x8000_0000;
export const defaultRamBytes = 128 << 20;

/// Where firmware starts, or the image with no firmware: the first byte of RAM.
export const firmwareBase = ramBase;
/// Where a raw kernel lies under firmware of up to 2 MiB, and where the built-in SBI starts S-mode.
export const kernelBase = 0x8020_0000;

/// PLIC sources are numbered 1 to 95; number 0 means none.
export const plicSources = 96;
/// The UART's input clock, in Hz.
export const uartClockHz = 3_686_400;
export const maximumHarts = 8;

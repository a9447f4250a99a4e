// From files to a machine that is ready to start: which bytes lie where in
// RAM, the device tree, the boot ROM, and which mode the first hart starts in.
//
// The boot contract is QEMU's. Firmware, or the image with no firmware, lies
// at the start of RAM, where harts begin in M-mode; a kernel lies behind
// firmware, an ELF where its program headers say (by physical address), and is
// entered at its lowest address. With the built-in SBI no firmware lies in
// RAM, and the kernel starts in S-mode at once.
//
// `planBoot` decides and checks; it touches no machine.

import { type Elf, ImageError, isElf, readElf, type ElfSymbol } from "../../compiler/object/elf-read.js";
import { type LineTable, readLines } from "../../compiler/object/dwarf-read.js";
import { type Cpu, fullCpu } from "../isa/cpu.js";
import { writeBootRom } from "./boot-rom.js";
import { writeDeviceTree } from "./device-tree.js";
import * as map from "./memory-map.js";

export { FrameTable } from "../../compiler/object/dwarf-frames-read.js";
export { type LineTable, readLines } from "../../compiler/object/dwarf-read.js";
export { type Elf, ImageError, isElf, readElf, type ElfSymbol } from "../../compiler/object/elf-read.js";

export interface NamedFile {
  /// As the user gave it: messages say it.
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface BootOptions {
  /// Undefined: "none" where the kernel lies at the start of RAM, else "builtin".
  readonly bios?: "builtin" | "none" | NamedFile;
  readonly kernel?: NamedFile;
  readonly initrd?: NamedFile;
  /// The kernel's command line.
  readonly append?: string;
  /// 128 MiB where left out.
  readonly ramBytes?: number;
  /// 1 to 8; 1 where left out.
  readonly harts?: number;
  readonly rngSeed?: Uint8Array;
  /// All extensions where left out.
  readonly cpu?: Cpu;
}

export interface LoadedBytes {
  readonly paddr: number;
  readonly bytes: Uint8Array;
  /// Bytes of zero that follow.
  readonly zeroBytes: number;
}

export interface BootPlan {
  readonly ramBytes: number;
  readonly harts: number;
  readonly cpu: Cpu;
  /// Firmware, kernel, initrd and device tree.
  readonly loads: readonly LoadedBytes[];
  /// What lies at `bootRom.base`.
  readonly rom: Uint8Array;
  /// "supervisor": hart 0 starts in S-mode at `entry` by the built-in SBI, the others are stopped.
  /// "machine": every hart starts in M-mode in the boot ROM.
  readonly mode: "supervisor" | "machine";
  readonly entry: number;
  /// Where the device tree lies: the last of the loads.
  readonly deviceTree: number;
  /// Of firmware and kernel, sorted by address: for traces and profiles.
  readonly symbols: readonly ElfSymbol[];
}

interface Image {
  readonly name: string;
  readonly loads: readonly LoadedBytes[];
  /// The lowest physical address.
  readonly start: number;
  readonly end: number;
  readonly symbols: readonly ElfSymbol[];
}

const MiB = 1 << 20;
const pageTableAlignment = 2 * MiB;
/// QEMU leaves this much between kernel and initrd, where RAM allows.
const initrdDistance = 128 * MiB;
/// The device tree must be addressable by 32-bit loaders too.
const deviceTreeLimit = 3072 * MiB;

/// Throws ImageError where a file cannot be used.
export function planBoot(options: BootOptions): BootPlan {
  const { ramBytes = map.defaultRamBytes, harts = 1, append, rngSeed, cpu = fullCpu } = options;
  const bios = options.bios ?? guessBios(options);
  const ramEnd = map.ramBase + ramBytes;
  const firmware = typeof bios === "string" ? undefined : place(bios, map.firmwareBase);
  const kernel = options.kernel && place(options.kernel, kernelBaseUnder(bios, firmware));
  checkStart(bios, firmware, kernel);

  const initrdStart = (kernel?.start ?? map.ramBase) + Math.min(ramBytes / 2, initrdDistance);
  const initrd = options.initrd && raw(options.initrd, initrdStart);
  const tree = writeDeviceTree({ harts, ramBytes, isa: cpu.isa, bootArguments: append, initrd, rngSeed });
  const treeAt = alignDown(Math.min(ramEnd, deviceTreeLimit) - tree.length, pageTableAlignment);
  const images = [firmware, kernel, initrd].filter((image) => image !== undefined);
  checkRoom(images, { name: "the device tree", start: treeAt, end: treeAt + tree.length }, ramEnd);

  const isBuiltin = bios === "builtin";
  return {
    ramBytes,
    harts,
    cpu,
    loads: [...images.flatMap(({ loads }) => loads), { paddr: treeAt, bytes: tree, zeroBytes: 0 }],
    rom: writeBootRom({ deviceTree: treeAt, kernelEntry: firmware ? (kernel?.start ?? 0) : 0 }),
    mode: isBuiltin ? "supervisor" : "machine",
    entry: isBuiltin ? (kernel?.start ?? map.kernelBase) : map.bootRom.base,
    deviceTree: treeAt,
    symbols: images.flatMap(({ symbols }) => symbols).sort((a, b) => (a.address < b.address ? -1 : 1)),
  };
}

/// Source lines of an image's code; undefined where it is no ELF. Reading them takes time, so only who needs them asks.
export function readLineTable({ name, bytes }: NamedFile): LineTable | undefined {
  return isElf(bytes) ? readLines(readElf(bytes, name)) : undefined;
}

/// An image that lies where firmware would has no need of it.
function guessBios({ kernel }: BootOptions): "builtin" | "none" {
  if (!kernel || !isElf(kernel.bytes)) return "builtin";
  const image = place(kernel, map.kernelBase);
  return image.start === map.firmwareBase ? "none" : "builtin";
}

function kernelBaseUnder(bios: BootOptions["bios"], firmware: Image | undefined): number {
  if (bios === "none") return map.firmwareBase;
  return firmware ? alignUp(firmware.end, pageTableAlignment) : map.kernelBase;
}

function checkStart(bios: BootOptions["bios"], firmware: Image | undefined, kernel: Image | undefined): void {
  const hex = (address: number) => `0x${address.toString(16)}`;
  const first = bios === "none" ? kernel : firmware;
  if (bios === "builtin" && !kernel) throw new ImageError("there is nothing to run", "give an image, or --bios FILE");
  if (bios === "none" && !kernel) throw new ImageError("--bios none needs an image", "give one: --kernel IMAGE");
  if (bios === "builtin" && kernel && kernel.start < map.kernelBase)
    throw new ImageError(
      `${kernel.name} loads at ${hex(kernel.start)}, where firmware belongs`,
      `link it at ${hex(map.kernelBase)}, or run it without firmware: --bios none`,
    );
  if (first && first.start !== map.firmwareBase)
    throw new ImageError(
      `${first.name} loads at ${hex(first.start)}, and harts start at ${hex(map.firmwareBase)}`,
      bios === "none" ? "leave --bios none out, or link it there" : "link it there: it is the first code to run",
    );
}

/// Nothing may lie outside RAM, nor two things at one place.
function checkRoom(
  images: readonly Pick<Image, "name" | "start" | "end">[],
  tree: Pick<Image, "name" | "start" | "end">,
  ramEnd: number,
): void {
  const hex = (address: number) => `0x${address.toString(16)}`;
  for (const { name, start, end } of images)
    if (start < map.ramBase || end > ramEnd)
      throw new ImageError(
        `${name} takes ${hex(start)} to ${hex(end - 1)}, and RAM is ${hex(map.ramBase)} to ${hex(ramEnd - 1)}`,
        start < map.ramBase ? `link it at ${hex(map.kernelBase)} or above` : "give the machine more --memory",
      );
  const sorted = [...images, tree].sort((a, b) => a.start - b.start);
  sorted.forEach(({ name, end }, index) => {
    const next = sorted[index + 1];
    if (next && end > next.start)
      throw new ImageError(
        `${name} and ${next.name} overlap at ${hex(next.start)}`,
        next === tree || name === tree.name ? "give the machine more --memory" : "link one of them elsewhere",
      );
  });
}

/// An ELF where its headers say, anything else at `base`.
function place(file: NamedFile, base: number): Image {
  if (file.bytes.length === 0) throw new ImageError(`${file.name} is empty`, "build it again");
  if (isElf(file.bytes)) return placeElf(file.name, readElf(file.bytes, file.name));
  checkRaw(file);
  return raw(file, base);
}

function placeElf(name: string, elf: Elf): Image {
  if (elf.type === "relocatable")
    throw new ImageError(`${name} is an object file, not yet linked`, "link it to an executable first");
  if (elf.segments.length === 0)
    throw new ImageError(`${name} has nothing to load`, "link it with at least one loadable segment");
  const loads = elf.segments.map(({ paddr, bytes, memoryBytes }) => {
    const last = paddr + memoryBytes - 1n;
    if (last > BigInt(Number.MAX_SAFE_INTEGER))
      throw new ImageError(
        `${name} loads at 0x${paddr.toString(16)}, which is not in RAM`,
        "set physical addresses in the linker script: AT(…)",
      );
    return { paddr: Number(paddr), bytes, zeroBytes: Number(memoryBytes) - bytes.length };
  });
  return {
    name,
    loads,
    start: Math.min(...loads.map(({ paddr }) => paddr)),
    end: Math.max(...loads.map(({ paddr, bytes, zeroBytes }) => paddr + bytes.length + zeroBytes)),
    symbols: elf.symbols,
  };
}

function raw({ name, bytes }: NamedFile, base: number): Image {
  if (bytes.length === 0) throw new ImageError(`${name} is empty`, "build it again");
  return {
    name,
    loads: [{ paddr: base, bytes, zeroBytes: 0 }],
    start: base,
    end: base + bytes.length,
    symbols: [],
  };
}

/// Any bytes would run as a raw image, so a mistaken file name has to be caught by what files look like.
function checkRaw({ name, bytes }: NamedFile): void {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new ImageError(`${name} is compressed`, "unpack it with gunzip first");
  if (/\.(bin|img)$/.test(name) || hasLinuxHeader(bytes)) return;
  throw new ImageError(
    `${name} is not an ELF file, nor a Linux image`,
    "give an RV64 executable; a raw image is taken as one where its name ends in .bin or .img",
  );
}

/// Linux, Documentation/arch/riscv/boot-image-header.rst: magic2 is "RSC\x05".
function hasLinuxHeader(bytes: Uint8Array): boolean {
  const magicAt = 0x38;
  return [0x52, 0x53, 0x43, 0x05].every((byte, index) => bytes[magicAt + index] === byte);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment;
}

/// The package for programs: the machine, and the compiler.
///
///     import { compile, Machine, planBoot } from "typemetal";
///
/// `planBoot` turns an image into a plan, a `Machine` runs it; both work in a
/// browser as they are. The compiler is loaded when `compile` is called.

import type { Compilation, CompileHost, CompileOptions } from "./compiler/pipeline.js";

export { LineTable, readLines, type SourcePlace } from "./compiler/object/dwarf-read.js";
export { type Elf, ImageError, readElf, type Section, type Segment, type ElfSymbol } from "./compiler/object/elf-read.js";
export type { Hart, HartObserver, Trap } from "./emulator/cpu/hart.js";
export type { Clock, Device, InterruptLine } from "./emulator/devices/device.js";
export type { Finish } from "./emulator/devices/finisher.js";
export { Block, type BlockOptions } from "./emulator/devices/virtio/block.js";
export { Console, type ConsoleSize } from "./emulator/devices/virtio/console.js";
export { type BlockBackend, MemoryDisk } from "./emulator/devices/virtio/disk.js";
export { Net } from "./emulator/devices/virtio/net.js";
export { Entropy } from "./emulator/devices/virtio/entropy.js";
export { Overlay } from "./emulator/devices/virtio/overlay.js";
export { type Decoded, decode } from "./emulator/isa/decode.js";
export { encode } from "./emulator/isa/encode.js";
export { Cpu, parseCpu } from "./emulator/isa/cpu.js";
export { format, parse } from "./emulator/isa/text.js";
export type { Board } from "./emulator/machine/board.js";
export { type DeviceTreeOptions, writeDeviceTree } from "./emulator/machine/device-tree.js";
export { type BootOptions, type BootPlan, type NamedFile, planBoot } from "./emulator/machine/loader.js";
export type { Breakpoints, Halt, Watch } from "./emulator/cpu/breakpoints.js";
export { GdbStub, type GdbStubOptions } from "./emulator/debug/gdb-stub.js";
export { decodeSnapshot, encodeSnapshot, type Snapshot } from "./emulator/machine/snapshot.js";
export { Machine, type MachineOptions, type MachineState } from "./emulator/machine/machine.js";
export type { Outcome } from "./emulator/machine/outcome.js";

export type { Compilation, CompiledModule, CompileHost, CompileOptions, Diagnostic, Target } from "./compiler/pipeline.js";

/// Compiles a program of the dialect. Files come from the host; in Node, `await nodeHost()` is one.
export async function compile(entryPath: string, options: CompileOptions, host: CompileHost): Promise<Compilation> {
  const pipeline = await import("./compiler/pipeline.js");
  return pipeline.compile(entryPath, options, host);
}

/// The compiler's files as Node has them: paths are relative to where the process runs.
export async function nodeHost(): Promise<CompileHost> {
  const files = await import("./compiler/commands/node-host.js");
  return files.nodeHost();
}

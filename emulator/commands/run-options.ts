// From the command line's strings to what a run needs.

import { type Cpu, parseCpu } from "../isa/cpu.js";
import { maximumHarts, virtioSlots } from "../machine/memory-map.js";
import type { NamedFile } from "../machine/loader.js";
import type { DriveOptions } from "./drives.js";
import type { NetOptions } from "./network.js";
import { type TraceKind, traceKinds } from "./trace-kinds.js";

export type ConsoleKind = "uart" | "virtio";

export type EngineChoice = "interpreter" | "jit" | "lockstep";

export interface RunOptions {
  /// A path, or the file itself.
  readonly kernel?: string | NamedFile;
  /// "builtin", "none" or a path; undefined: what the kernel needs.
  readonly bios?: string;
  readonly initrd?: string | NamedFile;
  readonly append?: string;
  readonly drives?: readonly DriveOptions[];
  readonly net?: NetOptions;
  /// A virtio entropy device, whose bytes come from the seed.
  readonly rng?: boolean;
  /// Where what is typed goes: the UART where it is not given. Both are shown.
  readonly console?: ConsoleKind;
  readonly ramBytes: number;
  readonly harts: number;
  readonly cpu?: Cpu;
  readonly seed: number;
  /// mtime follows the host's clock; undefined: where the console is a terminal.
  readonly realTime?: boolean;
  readonly maxInstructions?: number;
  /// The JIT where it is not given; the run is the same. Lockstep: both, compared.
  readonly engine?: EngineChoice;
  /// What the JIT did, on stderr at the end.
  readonly stats?: boolean;
  /// What happens, on stderr.
  readonly trace?: ReadonlySet<TraceKind>;
  /// Writes the machine's state to this file, where the run ends and the guest did not.
  readonly save?: string;
  /// Goes on from such a file in place of starting an image.
  readonly restore?: string;
  /// Writes what comes in from outside to this file, so that `replay` gives the run again.
  readonly record?: string;
  readonly replay?: string;
  /// The result as one line of JSON, on stderr.
  readonly json?: boolean;
  /// A port of this host where gdb may connect; the guest waits for it.
  readonly gdb?: number;
  /// Writes the device tree to this file, and runs nothing.
  readonly dumpDtb?: string;
}

/// The command line asks for what cannot be.
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/// As the command line has them: numbers still as text.
export interface MachineArguments {
  readonly image?: string;
  readonly kernel?: string;
  readonly bios?: string;
  readonly initrd?: string;
  readonly append?: string;
  /// An array where the option is repeated.
  readonly drive?: string | readonly string[];
  /// listen=PORT, or connect=HOST:PORT; with ,mac=….
  readonly net?: string;
  readonly rng?: boolean;
  readonly console?: ConsoleKind;
  readonly memory: string;
  readonly harts: string;
  readonly cpu?: string;
  readonly seed: string;
  readonly realTime?: boolean;
  readonly maxInstructions?: string;
  readonly engine?: EngineChoice;
  readonly stats?: boolean;
  readonly trace?: string;
  readonly save?: string;
  readonly restore?: string;
  readonly record?: string;
  readonly replay?: string;
  readonly json: boolean;
  readonly gdb?: string;
  readonly dumpDtb?: string;
}

const unit = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;
const leastMemory = 8 * unit.M;
const mostMemory = 3 * unit.G;

/// "128M" and the like, in bytes; RAM is whole megabytes.
function parseSize(text: string): number {
  const [, digits = "", suffix = ""] = /^(\d+)([KMG]?)(?:i?B)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * unit[suffix.toUpperCase() as keyof typeof unit];
  if (digits === "" || bytes % unit.M !== 0) throw new UsageError(`--memory ${text}: give megabytes or gigabytes, as 512M or 1G`);
  if (bytes < leastMemory || bytes > mostMemory) throw new UsageError(`--memory ${text}: give 8M to 3G`);
  return bytes;
}

function parseHarts(text: string): number {
  const harts = Number(text);
  if (!Number.isInteger(harts) || harts < 1 || harts > maximumHarts)
    throw new UsageError(`--harts ${text}: give 1 to ${maximumHarts}`);
  return harts;
}

function readCpu(text: string): Cpu {
  try {
    return parseCpu(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--cpu ${error.message}`);
  }
}

/// "traps,devices"; the option alone means traps.
function parseTrace(text: string): ReadonlySet<TraceKind> {
  const kinds = text === "" ? ["traps"] : text.split(",");
  const wrong = kinds.find((kind) => !(traceKinds as readonly string[]).includes(kind));
  if (wrong !== undefined) throw new UsageError(`--trace ${text}: give some of ${traceKinds.join(",")}`);
  return new Set(kinds as TraceKind[]);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text === "" || !Number.isInteger(port) || port < 0 || port > 65535) throw new UsageError(`--gdb ${text}: give a port, as in --gdb 1234`);
  return port;
}

/// Underscores may group digits; 5e6 is fine.
export function parseCount(option: string, text: string): number {
  const count = text === "" ? Number.NaN : Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(count) || count < 0) throw new UsageError(`${option} ${text}: give a whole number`);
  return count;
}

/// "FILE,readonly,slot=0" and the like; as with QEMU, a comma of the file's name is written twice.
function parseDrive(text: string): DriveOptions {
  const [path = "", ...words] = text.replaceAll(",,", "\0").split(",").map((part) => part.replaceAll("\0", ","));
  if (path === "") throw new UsageError(`--drive ${text}: give a file, as disk.img or disk.img,snapshot`);
  let [readonly, snapshot, slot]: [boolean, boolean, number | undefined] = [false, false, undefined];
  for (const word of words) {
    const [, digits] = /^slot=(\d+)$/.exec(word) ?? [];
    if (word === "readonly") readonly = true;
    else if (word === "snapshot") snapshot = true;
    else if (digits !== undefined && Number(digits) < virtioSlots.length) slot = Number(digits);
    else throw new UsageError(`--drive ${text}: after the file come readonly, snapshot and slot=0 to slot=${virtioSlots.length - 1}, not ${word}`);
  }
  if (readonly && snapshot) throw new UsageError(`--drive ${text}: readonly and snapshot exclude each other`);
  return { path, readonly, snapshot, ...(slot === undefined ? {} : { slot }) };
}

const defaultMac = "52:54:00:12:34:56";

/// "listen=1234", "connect=127.0.0.1:1234", "listen=1234,mac=52:54:00:12:34:57"
function parseNet(text: string): NetOptions {
  const [, role, host = "127.0.0.1", port, mac = defaultMac] = /^(listen|connect)=(?:([^:,]+):)?(\d+)(?:,mac=((?:[0-9a-f]{2}:){5}[0-9a-f]{2}))?$/i.exec(text) ?? [];
  const isPort = port !== undefined && Number(port) > 0 && Number(port) < 65536;
  if ((role !== "listen" && role !== "connect") || !isPort) throw new UsageError(`--net ${text}: give listen=PORT or connect=HOST:PORT, and perhaps ,mac=${defaultMac}`);
  return { role, host, port: Number(port), mac: Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16)) };
}

/// All devices that need a slot.
function checkSlots(drives: readonly DriveOptions[], others: readonly unknown[]): void {
  const wanted = drives.length + others.filter(Boolean).length;
  if (wanted > virtioSlots.length) throw new UsageError(`the machine has slots for ${virtioSlots.length} virtio devices, not for ${wanted}: leave some of --drive, --net, --rng and --console virtio out`);
}

function parseDrives(given: MachineArguments["drive"]): DriveOptions[] {
  const drives = (typeof given === "string" ? [given] : (given ?? [])).map(parseDrive);
  if (drives.length > virtioSlots.length) throw new UsageError(`--drive: the machine has slots for ${virtioSlots.length}`);
  const slots = drives.map(({ slot }) => slot).filter((slot) => slot !== undefined);
  if (new Set(slots).size < slots.length) throw new UsageError("--drive: two disks want the same slot");
  return drives;
}

/// What the command line says about the machine, apart from what it runs. Throws UsageError.
export function machineOptions(given: MachineArguments): RunOptions {
  const { append, realTime, engine, stats, trace, json, maxInstructions, drive, dumpDtb, gdb, save, restore, record, replay, net, rng, console } = given;
  if ((record !== undefined || replay !== undefined) && net !== undefined) throw new UsageError("--record and --replay cannot tell what comes by --net");
  if ((record !== undefined || replay !== undefined) && realTime) throw new UsageError("--record and --replay need time that depends on nothing: leave --real-time out");
  if (record !== undefined && replay !== undefined) throw new UsageError("give --record or --replay, not both");
  const written = parseDrives(drive).find((drive) => !drive.readonly && !drive.snapshot);
  if ((record !== undefined || replay !== undefined) && written) throw new UsageError(`--record and --replay need disks that stay as they are: ${written.path},snapshot`);
  checkSlots(parseDrives(drive), [net, rng, console === "virtio"]);
  if (engine === "lockstep") {
    const excluded = Object.entries({ "--gdb": gdb, "--net": net, "--trace": trace, "--real-time": realTime || undefined }).find(([, value]) => value !== undefined);
    if (excluded) throw new UsageError(`--engine lockstep runs two machines, for which ${excluded[0]} has no meaning`);
    if (written) throw new UsageError(`--engine lockstep needs disks that stay as they are: ${written.path},snapshot`);
  }
  return {
    append,
    ramBytes: parseSize(given.memory),
    harts: parseHarts(given.harts),
    cpu: given.cpu === undefined ? undefined : readCpu(given.cpu),
    seed: parseCount("--seed", given.seed),
    maxInstructions: maxInstructions === undefined ? undefined : parseCount("--max-instructions", maxInstructions),
    realTime,
    engine,
    stats,
    ...(trace === undefined ? {} : { trace: parseTrace(trace) }),
    ...(save === undefined ? {} : { save }),
    ...(restore === undefined ? {} : { restore }),
    ...(record === undefined ? {} : { record }),
    ...(replay === undefined ? {} : { replay }),
    json,
    dumpDtb,
    ...(gdb === undefined ? {} : { gdb: parsePort(gdb) }),
    drives: parseDrives(drive),
    rng,
    console,
    ...(net === undefined ? {} : { net: parseNet(net) }),
  };
}

/// Those of `run`. Throws UsageError.
export function runOptions(given: MachineArguments): RunOptions {
  const { image, kernel = image, bios, initrd } = given;
  const options = machineOptions(given);
  if (image !== undefined && image !== kernel) throw new UsageError("give the image once: as IMAGE or by --kernel");
  const isFirmware = bios !== undefined && bios !== "builtin" && bios !== "none";
  if (kernel === undefined && !isFirmware && options.dumpDtb === undefined && options.restore === undefined)
    throw new UsageError("there is nothing to run: give an image, as in `typemetal run kernel.elf`");
  return { ...options, kernel, bios, initrd };
}

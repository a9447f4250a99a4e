// Compiles the programs beside this, and runs them on our machine and on QEMU.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { formatDiagnostics } from "../../../compiler/frontend/index.js";
import { compile } from "../../../compiler/pipeline.js";
import { Block } from "../../../emulator/devices/virtio/block.js";
import { Console } from "../../../emulator/devices/virtio/console.js";
import { MemoryDisk } from "../../../emulator/devices/virtio/disk.js";
import { Entropy } from "../../../emulator/devices/virtio/entropy.js";
import { type BootPlan, planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";

export interface Devices {
  /// In the order in which they get slots.
  readonly disks?: readonly { readonly bytes: Uint8Array; readonly isReadonly?: boolean }[];
  readonly entropy?: boolean;
  /// Input of the virtio console.
  readonly console?: string;
}

export interface Ran {
  /// Of the UART.
  readonly output: string;
  /// The disks afterwards.
  readonly disks: readonly Uint8Array[];
  readonly console: string;
}

const MAX_INSTRUCTIONS = 100_000_000;
const RAM_BYTES = 16 << 20;
const folder = fileURLToPath(new URL(".", import.meta.url));
const compiled = new Map<string, Uint8Array>();

async function compileProgram(name: string): Promise<Uint8Array> {
  const known = compiled.get(name);
  if (known) return known;
  const { output, diagnostics } = await compile(join(folder, `${name}.ts`), { target: "bare", check: true }, nodeHost());
  if (!output) throw new Error(formatDiagnostics(diagnostics));
  compiled.set(name, output.elf);
  return output.elf;
}

export async function bootPlan(name: string): Promise<BootPlan> {
  return planBoot({ kernel: { name, bytes: await compileProgram(name) }, ramBytes: RAM_BYTES });
}

export interface Plugged {
  readonly disks: readonly MemoryDisk[];
  console(): string;
}

/// The devices of a machine that has not started yet.
export function plug({ board, memory }: Machine, devices: Devices): Plugged {
  const disks = (devices.disks ?? []).map(({ bytes, isReadonly = false }) => new MemoryDisk(bytes.slice(), { isReadonly }));
  for (const disk of disks) board.plug(new Block(disk, { id: "drive0" }), memory);
  if (devices.entropy) board.plug(new Entropy(1), memory);
  let sent = "";
  if (devices.console !== undefined) {
    const console = new Console((bytes) => (sent += new TextDecoder().decode(bytes)));
    board.plug(console, memory);
    console.receive(new TextEncoder().encode(devices.console));
  }
  return { disks, console: () => sent };
}

export async function runOurs(name: string, devices: Devices, engine: "interpreter" | "jit" = "interpreter"): Promise<Ran> {
  const output: number[] = [];
  const machine = new Machine({ boot: await bootPlan(name), engine, transmit: (byte) => output.push(byte) });
  const plugged = plug(machine, devices);
  const outcome = machine.run(MAX_INSTRUCTIONS);
  const text = new TextDecoder().decode(Uint8Array.from(output));
  const end = outcome.kind === "finished" && outcome.how.kind === "pass" ? "" : `${outcome.kind}\n`;
  return { output: text + end, disks: plugged.disks.map(({ contents }) => contents), console: plugged.console() };
}

export async function runQemu(name: string, { disks = [], entropy, console }: Devices): Promise<Ran> {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-virtio-"));
  try {
    const path = (file: string) => join(directory, file);
    writeFileSync(path("program.elf"), await compileProgram(name));
    const options = ["-M", "virt", "-m", "16M", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", `file:${path("uart")}`, "-global", "virtio-mmio.force-legacy=false", "-kernel", path("program.elf")];
    disks.forEach(({ bytes, isReadonly }, index) => {
      writeFileSync(path(`disk${index}`), bytes);
      options.push("-drive", `file=${path(`disk${index}`)},if=none,format=raw,id=d${index},readonly=${isReadonly ? "on" : "off"}`);
      options.push("-device", `virtio-blk-device,drive=d${index},serial=drive0`);
    });
    if (entropy) options.push("-device", "virtio-rng-device");
    if (console !== undefined) options.push("-chardev", "stdio,id=c,signal=off", "-device", "virtio-serial-device", "-device", "virtconsole,chardev=c");
    const { stdout } = spawnSync("qemu-system-riscv64", options, { encoding: "utf8", timeout: 30_000, input: console ?? "", stdio: ["pipe", "pipe", "ignore"] });
    return { output: readFileSync(path("uart"), "utf8"), disks: disks.map((_, index) => new Uint8Array(readFileSync(path(`disk${index}`)))), console: stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// Our kernel's IPC: round trips per second of the shell's `ping` to the echo
// server in another address space, the same image on ours and on QEMU.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatDiagnostic } from "../../compiler/frontend/diagnostics.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { buildImage } from "../../kernel/commands/build.js";

const ROUND_TRIPS = 100_000;
/// The second line of the answer to this minus the first is the time of ROUND_TRIPS and little else.
const SCRIPT = `ping 1\nping ${ROUND_TRIPS}\nexit\n`;
const PROMPT = "$ ";

export type Engine = "interpreter" | "jit";

/// Writes the kernel's image into a folder, and gives its path.
export async function writeKernel(directory: string): Promise<{ path: string; bytes: Uint8Array }> {
  const built = await buildImage();
  if (!("image" in built)) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  const path = join(directory, "kernel.elf");
  writeFileSync(path, built.image.kernel);
  return { path, bytes: built.image.kernel };
}

/// Times the lines that tell of round trips, as the console's characters arrive.
class Stopwatch {
  readonly #times: number[] = [];
  #text = "";

  put(character: string): void {
    this.#text += character;
    if (this.#text.endsWith("round trips")) this.#times.push(performance.now());
  }

  get hasPrompt(): boolean { return this.#text.endsWith(PROMPT); }

  get perSecond(): number {
    const [first = Number.NaN, second = Number.NaN] = this.#times;
    return (ROUND_TRIPS / (second - first)) * 1000;
  }
}

/// Round trips per second.
export function measureOurs(kernel: Uint8Array, engine: Engine): number {
  const watch = new Stopwatch();
  const boot = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, ramBytes: 128 << 20, harts: 1 });
  const machine = new Machine({ boot, engine, transmit: (byte) => watch.put(String.fromCharCode(byte)) });
  machine.board.uart.receive(new TextEncoder().encode(SCRIPT));
  const outcome = machine.run();
  if (outcome.kind !== "finished") throw new Error(`the kernel ended with ${outcome.kind}`);
  return watch.perSecond;
}

export async function measureQemu(path: string): Promise<number> {
  const watch = new Stopwatch();
  const qemu = spawn("qemu-system-riscv64", ["-M", "virt", "-m", "128M", "-nographic", "-monitor", "none", "-serial", "stdio", "-kernel", path], { stdio: ["pipe", "pipe", "inherit"] });
  let typed = false;
  qemu.stdout.on("data", (data: Buffer) => {
    for (const byte of data) watch.put(String.fromCharCode(byte));
    // Firmware throws away what comes before the prompt.
    if (!typed && watch.hasPrompt) {
      typed = true;
      qemu.stdin.write(SCRIPT);
    }
  });
  await new Promise((resolve, reject) => qemu.on("close", resolve).on("error", reject));
  return watch.perSecond;
}

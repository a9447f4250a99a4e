// Builds the image once in a test process, and boots it with a script as input.

import { fullCpu } from "../../emulator/isa/cpu.js";
import { explainPanic, readPanics } from "../../emulator/debug/panic-reader.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import type { Outcome } from "../../emulator/machine/outcome.js";
import { formatDiagnostic } from "../../compiler/frontend/diagnostics.js";
import { buildImage, type Image } from "../../kernel/commands/build.js";

export interface Booted {
  readonly output: string;
  readonly outcome: Outcome;
  readonly instructions: number;
  /// What is said of each failed check.
  readonly panics: readonly string[];
}

/// Bounds a guest that hangs.
const MAX_INSTRUCTIONS = 1_000_000_000;
const RAM_BYTES = 128 * 2 ** 20;

let image: Promise<Image> | undefined;

export function kernelImage(): Promise<Image> {
  image ??= buildImage().then((built) => {
    if ("image" in built) return built.image;
    throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  });
  return image;
}

export async function bootImage(input: string, cpu = fullCpu): Promise<Booted> {
  const { kernel } = await kernelImage();
  const output: number[] = [];
  const panics: string[] = [];
  const boot = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, ramBytes: RAM_BYTES, harts: 1, cpu });
  const machine: Machine = new Machine({
    boot,
    transmit: (byte) => output.push(byte),
    observer: { broke: (state) => panics.push(explainPanic(readPanics(kernel), state, machine) ?? "none of ours") },
  });
  machine.board.uart.receive(new TextEncoder().encode(input));
  const outcome = machine.run(MAX_INSTRUCTIONS);
  return { output: new TextDecoder().decode(Uint8Array.from(output)), outcome, instructions: machine.retired, panics };
}

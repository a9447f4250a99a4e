// Builds the image once in a test process, and boots it with a script as input.

import { isaString } from "../../emulator/isa/table.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import type { Outcome } from "../../emulator/machine/outcome.js";
import { buildImage, formatFailure, type Image } from "../../kernel/commands/build.js";

export interface Booted {
  readonly output: string;
  readonly outcome: Outcome;
  readonly instructions: number;
}

/// Bounds a guest that hangs.
const MAX_INSTRUCTIONS = 1_000_000_000;
const RAM_BYTES = 128 * 2 ** 20;

let image: Image | undefined;

export function kernelImage(): Image {
  if (image) return image;
  const built = buildImage();
  if ("diagnostics" in built) throw new Error(formatFailure(built));
  image = built.image;
  return image;
}

export function bootImage(input: string, kernel = kernelImage().kernel): Booted {
  const output: number[] = [];
  const boot = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, ramBytes: RAM_BYTES, harts: 1, isa: isaString });
  const machine = new Machine({ boot, ramBytes: RAM_BYTES, transmit: (byte) => output.push(byte) });
  machine.board.uart.receive(new TextEncoder().encode(input));
  const outcome = machine.run(MAX_INSTRUCTIONS);
  return { output: new TextDecoder().decode(Uint8Array.from(output)), outcome, instructions: machine.retired };
}

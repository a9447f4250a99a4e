// Runs an image to its end without a terminal: for who only wants to know what
// it wrote, and how it ended.

import { planBoot } from "../machine/loader.js";
import { Machine } from "../machine/machine.js";

const RAM_BYTES = 64 << 20;
const MOST_INSTRUCTIONS = 2_000_000_000;

export function runQuietly(elf: Uint8Array): { readonly output: string; readonly passed: boolean } {
  const written: number[] = [];
  const boot = planBoot({ kernel: { name: "program.elf", bytes: elf }, ramBytes: RAM_BYTES, harts: 1 });
  const outcome = new Machine({ boot, transmit: (byte) => written.push(byte) }).run(MOST_INSTRUCTIONS);
  const output = new TextDecoder().decode(Uint8Array.from(written));
  return { output, passed: outcome.kind === "finished" && outcome.how.kind !== "fail" };
}

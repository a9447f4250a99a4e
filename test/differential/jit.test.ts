// The JIT against the interpreter, in step: both run the same guest in slices
// of the same random sizes, and after each their states are the same.

import { describe, expect, test } from "vitest";
import { deviceDifferences, hartDifferences, memoryDifferences } from "../../emulator/debug/lockstep.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine, type MachineOptions } from "../../emulator/machine/machine.js";
import { kernelImage } from "../guest/boot.js";
import { makeMachine } from "../isa/guest.js";
import { privilegedPrograms } from "../isa/privileged-programs.js";
import { xorshift } from "../isa/random.js";
import { randomGuest } from "./random-guest.js";

const configurations: Readonly<Record<string, MachineOptions["jit"]>> = {
  "at once": { threshold: 0, batch: 1 },
  soon: { threshold: 16, batch: 3 },
  "with little room": { threshold: 1, batch: 2, capacity: 5 },
};

/// All that these guests use; it is compared over and over.
const RAM_BYTES = 8 << 20;

type Make = (options: Omit<MachineOptions, "boot">) => Machine;

/// Fails where the two differ. Slices are up to `longest` instructions, and `rest` the last.
function runInStep(make: Make, jit: MachineOptions["jit"], { slices = 40, longest = 20_000, rest = 100_000, seed = 1 } = {}): Machine {
  const random = xorshift(seed * 7919 + 17);
  const output = { interpreter: "", jit: "" };
  const machines = (["interpreter", "jit"] as const).map((engine) => make({ engine, jit, transmit: (byte) => { output[engine] += String.fromCharCode(byte); } }));
  const [one, other] = machines as [Machine, Machine];
  for (let slice = 0; slice < slices; slice++) {
    // The last one is the rest.
    const length = slice === slices - 1 ? rest : 1 + ((random() >>> 1) % (random() & 3 ? longest : 50));
    const outcomes = machines.map((machine) => machine.run(length));
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect([output.jit, other.retired, other.ticks()]).toEqual([output.interpreter, one.retired, one.ticks()]);
    expect(hartDifferences(one, other), `after slice ${slice}`).toEqual([]);
    if (slice % 10 === 0 || outcomes[0]?.kind !== "budget") expect([...deviceDifferences(one, other), ...memoryDifferences(one, other)]).toEqual([]);
    if (outcomes[0]?.kind !== "budget") break;
  }
  return other;
}

describe.each(Object.entries(configurations))("%s", (_, jit) => {
  test.each([1, 2, 3, 6, 8])("random guest %i", (seed) => {
    const image = randomGuest(seed, { paged: seed % 2 === 0, rounds: 40 });
    const machine = runInStep((options) => makeMachine(image, { ...options, ramBytes: RAM_BYTES }), jit, { seed });
    expect(machine.jit?.statistics.modules).toBeGreaterThan(0);
  });

  test.each(Object.keys(privilegedPrograms))("program %s", (name) => {
    runInStep((options) => makeMachine(privilegedPrograms[name] as Uint8Array, { ...options, ramBytes: RAM_BYTES }), jit, { longest: 2000, rest: 1_000_000 });
  });

  test("the kernel with its shell, on three harts", async () => {
    const { kernel } = await kernelImage();
    const boot = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, ramBytes: 64 << 20, harts: 3 });
    const machine = runInStep((options) => {
      const machine = new Machine({ ...options, boot });
      machine.board.uart.receive(new TextEncoder().encode("help\nps\necho hi\nfault\nrun wild\nps\nexit\n"));
      return machine;
    }, jit, { longest: 100_000, rest: 50_000_000 });
    expect(machine.run(0)).toEqual({ kind: "finished", how: { kind: "pass" } });
  });
});

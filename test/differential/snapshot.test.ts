// A state saved at any instruction, put into bytes and back, and restored in
// another machine with either engine, gives the same continuation to the bit.

import { expect, test } from "vitest";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { decodeSnapshot, encodeSnapshot } from "../../emulator/machine/snapshot.js";
import { xorshift } from "../isa/random.js";
import { randomGuest } from "./random-guest.js";

const cuts = 6;

test.each([1, 2, 3, 4, 5, 6])("random guest %i", (seed) => {
  const image = randomGuest(seed, { paged: seed % 2 === 0, rounds: 3 });
  const boot = planBoot({ bios: "none", kernel: { name: "guest.bin", bytes: image }, ramBytes: 16 << 20 });
  const random = xorshift(seed * 7919);
  const output: number[] = [];
  const whole = new Machine({ boot, transmit: (byte) => output.push(byte) });
  expect(whole.run(20_000_000)).toMatchObject({ kind: "finished" });
  const end = encodeSnapshot(whole, boot);
  for (let cut = 0; cut < cuts; cut++) {
    const at = (random() >>> 1) % whole.retired;
    const printed: number[] = [];
    const transmit = (byte: number) => printed.push(byte);
    const engines = ["interpreter", "jit"] as const;
    const first = new Machine({ boot, transmit, engine: engines[cut & 1], jit: { threshold: 0, batch: 1 } });
    first.run(at);
    const { boot: shape, state } = decodeSnapshot(encodeSnapshot(first, boot), "state");
    const second = new Machine({ boot: shape, transmit, engine: engines[(cut >> 1) & 1], jit: { threshold: 0, batch: 1 } });
    second.restore(state);
    expect(second.run(20_000_000)).toMatchObject({ kind: "finished" });
    expect([second.retired, printed]).toEqual([whole.retired, output]);
    expect(Buffer.compare(encodeSnapshot(second, boot), end)).toBe(0);
  }
});

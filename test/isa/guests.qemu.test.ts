// Random guests on QEMU 10, state by state. test/isa/sweep.ts runs as many as one likes.

import { expect, test } from "vitest";
import { randomGuest } from "../differential/random-guest.js";
import { instructionsQemu, makeMachine } from "./guest.js";
import { differsFromQemu } from "./sweep.js";

const qemu = instructionsQemu();
if (!qemu?.isNew) console.warn("skipped: no QEMU 10, so random guests are not compared with it");

test.skipIf(!qemu?.isNew)("random guests do the same on QEMU", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => differsFromQemu(seed, qemu))).toEqual(Array(8).fill(undefined));
}, 120_000);

test.each([1, 2])("guest %i raises interrupts and faults by itself", (seed) => {
  const paged = seed % 2 === 0, causes = new Set<string>();
  const machine = makeMachine(randomGuest(seed, { paged, rounds: 2, clockless: true }), { observer: { trapped: (_, { cause, interrupt, to }) => { causes.add(`${interrupt ? "interrupt" : "exception"} ${cause} to ${to}`); } } });
  expect(machine.run(100_000_000)).toMatchObject({ kind: "finished" });
  expect([...causes]).toEqual(expect.arrayContaining(paged ? ["interrupt 1 to 1", "exception 15 to 3"] : ["interrupt 1 to 3", "exception 11 to 3"]));
});

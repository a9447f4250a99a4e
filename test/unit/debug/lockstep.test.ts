import { expect, test } from "vitest";
import { Lockstep } from "../../../emulator/debug/lockstep.js";
import type { Machine } from "../../../emulator/machine/machine.js";
import { randomGuest } from "../../differential/random-guest.js";
import { assemble } from "../../isa/assembler.js";
import { BASE, makeMachine, prelude } from "../../isa/guest.js";

const image = assemble([prelude, "start:", `li s0, ${BASE + 0x10_0000}`, "again:", "addi s1, s1, 1; sd s1, 0(s0); ld s2, 0(s0); j again"], BASE).bytes;
const pair = (bytes = image) => [makeMachine(bytes, { engine: "jit", jit: { threshold: 1, batch: 1 } }), makeMachine(bytes)] as [Machine, Machine];

test("engines that do the same come to the same end", () => {
  const [one, other] = pair(randomGuest(4, { paged: true, rounds: 10 }));
  expect(new Lockstep(one, other).run(100_000_000)).toMatchObject({ kind: "finished" });
  expect(other.retired).toBe(one.retired);
});

test("a register that differs is named, with the instructions it happened in", () => {
  const [one, other] = pair(), lockstep = new Lockstep(one, other);
  expect(lockstep.run(100_000)).toEqual({ kind: "budget" });
  other.harts[0]?.writeRegister(20, 7n);
  const found = lockstep.run(100_000);
  expect(found).toMatchObject({ kind: "differs", from: 100_000, what: ["hart 0, s4: 0x0 and 0x7"] });
  expect(found.kind === "differs" && found.to - found.from).toBeLessThanOrEqual(2000);
});

test("memory that differs is named where the run ends or pauses", () => {
  const [one, other] = pair(), lockstep = new Lockstep(one, other);
  lockstep.run(1000);
  one.writePhysical(BASE + 0x20_0004, Uint8Array.of(1));
  expect(lockstep.run(5000)).toMatchObject({ kind: "differs", what: ["memory from 0x80200004 on"] });
});

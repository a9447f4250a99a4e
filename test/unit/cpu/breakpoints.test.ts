// Breakpoints, watchpoints and steps change nothing of a run.

import { expect, test } from "vitest";
import { assemble } from "../../isa/assembler.js";
import { BASE, makeMachine, prelude } from "../../isa/guest.js";

const lines = [
  prelude, "start:", `li s2, ${BASE + 0x20_0000}; la t0, handler; csrw mtvec, t0; addi s0, zero, 0`,
  "again:", "addi s0, s0, 1", "counted:", "sd s0, 16(s2)", "traps:", "ecall", "reads:", "csrr s3, mscratch; ld s1, 16(s2); addi t0, zero, 2000", "jump:", "bne s0, t0, again", "farjump exit",
  ".align 4", "handler:", "csrr t1, mepc; addi t1, t1, 4; csrw mepc, t1; mret",
];
const program = assemble(lines, BASE);
const at = (label: string) => BigInt(program.labels.get(label) as number);

function start(engine: "interpreter" | "jit") {
  const machine = makeMachine(program.bytes, { engine });
  return { machine, hart: machine.harts[0] as NonNullable<(typeof machine.harts)[number]> };
}

test.each(["interpreter", "jit"] as const)("a breakpoint stops before its instruction, each time, and the run goes on as it would (%s)", (engine) => {
  const { machine, hart } = start(engine), other = start(engine).machine;
  machine.run(10_000);
  for (const label of ["counted", "traps", "reads", "handler", "jump"]) machine.breakpoints.add(at(label));
  const seen: string[] = [];
  const counts: bigint[] = [];
  for (let stop = 0; stop < 25; stop++) {
    expect(machine.run()).toEqual({ kind: "halted", hart: 0, halt: { kind: "breakpoint" } });
    seen.push([...program.labels].find(([, address]) => BigInt(address) === hart.pc)?.[0] ?? "?");
    if (hart.pc === at("counted")) counts.push(hart.readRegister(8));
  }
  const order = ["counted", "traps", "handler", "reads", "jump"];
  expect(seen.slice(5, 10).sort()).toEqual([...order].sort());
  expect(counts.every((count, index) => index === 0 || count === (counts[index - 1] as bigint) + 1n)).toBe(true);
  machine.breakpoints.clear();
  expect(machine.run()).toMatchObject({ kind: "finished" });
  other.run();
  expect(machine.retired).toBe(other.retired);
});

test("a breakpoint is met however the run is cut", () => {
  const { machine, hart } = start("interpreter");
  machine.breakpoints.add(at("reads"));
  let stops = 0;
  for (let cut = 0; cut < 3000; cut++) {
    if (machine.run(7).kind === "halted") {
      expect(hart.pc).toBe(at("reads"));
      stops++;
    }
  }
  expect(stops).toBeGreaterThan(500);
});

test("watchpoints stop before the access, of the kind that is watched", () => {
  const { machine, hart } = start("jit");
  machine.run(10_000);
  const vaddr = BigInt(BASE + 0x20_0014);
  const watch = { vaddr, bytes: 4, access: "store" } as const;
  machine.breakpoints.watch(watch);
  expect(machine.run()).toEqual({ kind: "halted", hart: 0, halt: { kind: "watchpoint", access: "store", vaddr } });
  expect(hart.pc).toBe(at("counted"));
  machine.breakpoints.unwatch(watch);
  machine.breakpoints.watch({ ...watch, access: "load" });
  expect(machine.run()).toEqual({ kind: "halted", hart: 0, halt: { kind: "watchpoint", access: "load", vaddr } });
  expect(hart.pc).toBe(at("reads") + 4n);
  machine.step(hart);
  expect(hart.readRegister(9)).toBe(hart.readRegister(8));
});

test("a step is one instruction, or one trap", () => {
  const { machine, hart } = start("jit");
  machine.breakpoints.add(at("traps"));
  machine.run();
  const steps = ["traps", "handler"].map((label) => {
    expect(hart.pc).toBe(at(label));
    return machine.step(hart);
  });
  expect(steps).toEqual(Array.from({ length: 2 }, () => ({ kind: "halted", hart: 0, halt: { kind: "step" } })));
  expect(hart.pc).toBe(at("handler") + 4n);
});

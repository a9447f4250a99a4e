// The example of docs/machine.md runs, and a device of one's own is on the bus.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Device, Machine, planBoot } from "../../../index.js";
import { assemble } from "../../isa/assembler.js";
import { makeMachine, prelude, BASE } from "../../isa/guest.js";
import { makeElf } from "./make-elf.js";

test("the example in the documentation does what it says", () => {
  const text = readFileSync(new URL("../../../docs/machine.md", import.meta.url), "utf8");
  const example = /```ts\nimport .*\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const entry = 0x8020_0000;
  const bytes = makeElf({ segments: [{ paddr: BigInt(entry), bytes: assemble(["addi a0, zero, 7", "loop:", "j loop"], entry).bytes }] });
  const lines = example.split("\n").filter(Boolean);
  const told = new Function("Machine", "planBoot", "bytes", `const told = []; ${lines.map((line) => (line.startsWith("const ") ? line : `told.push(${line.replace(/;( *\/\/.*)?$/, "")});`)).join("\n")} return told;`)(Machine, planBoot, bytes);
  const [, stopped, a0, code, step] = told;
  expect(stopped).toEqual({ kind: "halted", hart: 0, halt: { kind: "breakpoint" } });
  expect([a0, [...code], step]).toEqual([0n, [...assemble(["addi a0, zero, 7"], entry).bytes], { kind: "halted", hart: 0, halt: { kind: "step" } }]);
});

test("a device of one's own answers the guest, and may not lie on another", () => {
  const written: number[] = [];
  const device = (base: number): Device => ({ name: "counter", base, size: 0x1000, read: (offset) => offset + 5, write: (_offset, _bytes, value) => void written.push(value), save: () => null, restore: () => {} });
  const machine = makeMachine(assemble([prelude, "start:", "li t0, 0x20000000; lw a0, 8(t0); sw a0, 0(t0)", "farjump exit"], BASE).bytes);
  machine.board.attach(device(0x2000_0000));
  expect(() => machine.board.attach(device(0x2000_0800))).toThrow("counter would lie on counter");
  expect(() => machine.board.attach(device(0x8000_0000))).toThrow("between the boot ROM and RAM");
  expect(machine.run(10_000)).toMatchObject({ kind: "finished" });
  expect(written).toEqual([13]);
});

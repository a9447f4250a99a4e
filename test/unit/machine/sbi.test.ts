// The built-in SBI, called by a guest in S-mode that makes the calls of a table.

import { describe, expect, it } from "vitest";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import type { Outcome } from "../../../emulator/machine/outcome.js";
import { assemble } from "../../isa/assembler.js";
import { makeElf } from "./make-elf.js";

const entry = 0x8020_0000;
const tableAt = 0x8021_0000;
const secondHartAt = 0x8022_0000;
const text = 0x8023_0000;
const rowBytes = 80;
const endOfTable = 0xffff_ffff;

const caller = `
    li s0, ${tableAt}
    li s1, ${endOfTable}
  loop:
    ld a7, 48(s0)
    beq a7, s1, end
    ld a0, 0(s0)
    ld a1, 8(s0)
    ld a2, 16(s0)
    ld a3, 24(s0)
    ld a4, 32(s0)
    ld a5, 40(s0)
    ld a6, 56(s0)
    ecall
    sd a0, 64(s0)
    sd a1, 72(s0)
    addi s0, s0, ${rowBytes}
    j loop
  end:
    wfi
    j end`;

/// A started hart leaves its id and its opaque value where the test looks, and stops.
const second = `
    li t0, ${tableAt - 64}
    sd a0, 0(t0)
    sd a1, 8(t0)
    csrr t1, satp
    sd t1, 16(t0)
    li a7, 0x48534d
    addi a6, zero, 1
    ecall`;

const Id = { base: 0x10, time: 0x5449_4d45, ipi: 0x73_5049, rfence: 0x5246_4e43, hsm: 0x48_534d, srst: 0x5352_5354, dbcn: 0x4442_434e };
type Call = readonly [extension: number, fn: number, ...args: (number | bigint)[]];
const failure = { notSupported: -2n, invalidParameter: -3n, invalidAddress: -5n, alreadyAvailable: -6n };

function call(calls: readonly Call[], { harts = 1, input = "" } = {}) {
  const table = new Uint8Array(calls.length * rowBytes + 64);
  const view = new DataView(table.buffer);
  calls.forEach(([extension, fn, ...args], row) => {
    args.forEach((arg, index) => view.setBigUint64(row * rowBytes + index * 8, BigInt.asUintN(64, BigInt(arg)), true));
    view.setBigUint64(row * rowBytes + 48, BigInt(extension), true);
    view.setBigUint64(row * rowBytes + 56, BigInt(fn), true);
  });
  view.setBigUint64(calls.length * rowBytes + 48, BigInt(endOfTable), true);
  const bytes = makeElf({
    segments: [
      { paddr: BigInt(entry), bytes: assemble([caller], entry).bytes },
      { paddr: BigInt(tableAt), bytes: table },
      { paddr: BigInt(secondHartAt), bytes: assemble([second], secondHartAt).bytes },
      { paddr: BigInt(text), bytes: new TextEncoder().encode("console text") },
    ],
  });
  const ramBytes = 16 << 20;
  const boot = planBoot({ kernel: { name: "caller", bytes }, ramBytes, harts });
  let console = "";
  const machine = new Machine({ boot, transmit: (byte) => (console += String.fromCharCode(byte)) });
  machine.board.uart.receive(new TextEncoder().encode(input));
  const outcome: Outcome = machine.run(1_000_000);
  const result = machine.readPhysical(tableAt, table.length) ?? new Uint8Array(0);
  const results = calls.map((_, row) => {
    const at = new DataView(result.buffer, row * rowBytes);
    return { error: at.getBigInt64(64, true), value: at.getBigInt64(72, true) };
  });
  return { outcome, results, console, machine };
}

const errors = (calls: readonly Call[], options?: Parameters<typeof call>[1]) => call(calls, options).results.map(({ error }) => error);

const Pending = { software: 2n, timer: 0x20n };

/// S-mode's software and timer bits of mip, after the calls.
function pending(calls: readonly Call[], options?: Parameters<typeof call>[1]): bigint {
  const hart = call(calls, options).machine.harts[0];
  return ((hart?.getCsr("mip") ?? 0n) | BigInt(hart?.pins ?? 0)) & (Pending.software | Pending.timer);
}

describe("SBI", () => {
  it("is version 2.0 and has the extensions it says it has", () => {
    const probes = [...Object.values(Id), 8, 0x504d_55];
    const { results } = call([[Id.base, 0], ...probes.map((id): Call => [Id.base, 3, id]), [Id.base, 4]]);
    expect(results.map(({ error }) => error)).toEqual(results.map(() => 0n));
    expect(results.map(({ value }) => value)).toEqual([2n << 24n, ...Object.values(Id).map(() => 1n), 1n, 0n, 0n]);
  });

  it("refuses what it does not have", () => {
    expect(errors([[0x1234_5678, 0], [Id.base, 7], [Id.rfence, 3, 1, 0], [Id.hsm, 3, 0x8000_0000]])).toEqual(
      [0, 0, 0, 0].map(() => failure.notSupported),
    );
  });

  it("prints and reads by the legacy console", () => {
    const { console, results } = call([[1, 0, 0x68], [1, 0, 0x69], [2, 0], [2, 0]], { input: "k" });
    expect(console).toBe("hi");
    expect(results.slice(2).map(({ error }) => error)).toEqual([BigInt("k".charCodeAt(0)), -1n]);
  });

  it("prints and reads by the debug console, from RAM only", () => {
    const { console, results, machine } = call(
      [
        [Id.dbcn, 0, 7, text, 0],
        [Id.dbcn, 2, 0x21],
        [Id.dbcn, 1, 4, text + 64, 0],
        [Id.dbcn, 1, 4, text + 68, 0],
        [Id.dbcn, 0, 4, 0x1000_0000, 0],
        [Id.dbcn, 0, 4, text, 1],
        [Id.dbcn, 0, 4, 0x80ff_fffe, 0],
        [Id.dbcn, 1, -1, text, 0],
      ],
      { input: "abcdef" },
    );
    expect(console).toBe("console!");
    expect(results.slice(0, 4)).toEqual([7n, 0n, 4n, 2n].map((value) => ({ error: 0n, value })));
    expect(results.slice(4).map(({ error }) => error)).toEqual([0, 0, 0, 0].map(() => failure.invalidParameter));
    expect(new TextDecoder().decode(machine.readPhysical(text + 64, 6))).toBe("abcdef");
  });

  it("starts a hart once, in S-mode with its arguments, and knows its state", () => {
    const { results, machine } = call(
      [
        [Id.hsm, 2, 0],
        [Id.hsm, 2, 1],
        [Id.hsm, 0, 1, secondHartAt, 0x1234],
        [Id.hsm, 2, 1],
        [Id.hsm, 0, 0, entry, 0],
        [Id.hsm, 0, 2, entry, 0],
        [Id.hsm, 2, 2],
      ],
      { harts: 2 },
    );
    expect(results.map(({ error }) => error)).toEqual([
      0n, 0n, 0n, 0n, failure.alreadyAvailable, failure.invalidParameter, failure.invalidParameter,
    ]);
    expect([results[0], results[1], results[3]].map((result) => result?.value)).toEqual([0n, 1n, 0n]);
    const seen = new DataView((machine.readPhysical(tableAt - 64, 24) ?? new Uint8Array(24)).buffer);
    expect([0, 8, 16].map((at) => seen.getBigUint64(at, true))).toEqual([1n, 0x1234n, 0n]);
    expect(machine.sbi?.hartStatus(1n).value).toBe(1n);
  });

  it("does not start a hart outside RAM", () => {
    expect(errors([[Id.hsm, 0, 1, 0x1000_0000, 0], [Id.hsm, 0, 1, 0, 0]], { harts: 2 })).toEqual([
      failure.invalidAddress, failure.invalidAddress,
    ]);
  });

  it("takes hart masks with a base, and refuses harts that do not exist", () => {
    expect(
      errors(
        [
          [Id.ipi, 0, 1, 0],
          [Id.ipi, 0, 2, 0],
          [Id.ipi, 0, 1, 1],
          [Id.ipi, 0, 4, 0],
          [Id.ipi, 0, 1, 2],
          [Id.rfence, 0, 3, 0],
          [Id.rfence, 1, 0, -1, 0, -1],
          [Id.rfence, 2, 1, 0, 0, 0, 1],
          [Id.rfence, 0, 1, 9],
        ],
        { harts: 2 },
      ),
    ).toEqual([0n, 0n, 0n, failure.invalidParameter, failure.invalidParameter, 0n, 0n, 0n, failure.invalidParameter]);
  });

  it("raises its own software interrupt, and clears it by the legacy call", () => {
    expect(pending([[Id.ipi, 0, 1, 0]])).toBe(Pending.software);
    expect(pending([[Id.ipi, 0, 1, 0], [3, 0]])).toBe(0n);
    expect(pending([[4, 0, 0]])).toBe(Pending.software);
    // The mask lies in memory: the row's own first word, which names other harts only.
    expect(pending([[4, 0, tableAt]], { harts: 2 })).toBe(0n);
  });

  it("sets a timer whose interrupt is pending when time is there", () => {
    expect(pending([[Id.time, 0, 0]])).toBe(Pending.timer);
    expect(pending([[0, 0, 0]])).toBe(Pending.timer);
    expect(pending([[Id.time, 0, 0], [Id.time, 0, -1]])).toBe(0n);
  });

  it.each([
    ["shutdown", [Id.srst, 0, 0, 0], { kind: "pass" }],
    ["shutdown after a failure", [Id.srst, 0, 0, 1], { kind: "fail", code: 1 }],
    ["cold reboot", [Id.srst, 0, 1, 0], { kind: "reset" }],
    ["legacy shutdown", [8, 0], { kind: "pass" }],
  ] as const)("ends the machine by %s", (_name, made, how) => {
    expect(call([made]).outcome).toEqual({ kind: "finished", how });
  });

  it("refuses resets of an unknown kind", () => {
    expect(errors([[Id.srst, 0, 3, 0], [Id.srst, 0, 0, 2]])).toEqual([failure.invalidParameter, failure.invalidParameter]);
  });
});

// What the privileged spec says where QEMU 7.2 does something else, so that
// the programs in test/isa leave it out.

import { expect, test } from "vitest";
import { assemble, type Line } from "../../isa/assembler.js";
import { parseCpu } from "../../../emulator/isa/cpu.js";
import { BASE, makeMachine, openProtection, prelude, type TestMachineOptions } from "../../isa/guest.js";

/// Runs to the first trap, or to the end.
function registersAfter(lines: readonly Line[], options: TestMachineOptions = {}) {
  const handler = `la t0, handler; csrw mtvec, t0; ${openProtection}`;
  const machine = makeMachine(assemble([prelude, "start:", handler, ...lines, "farjump exit", ".align 4", "handler:", "csrr s0, mcause; csrr s1, mtval; csrr s2, mepc; csrr s3, mstatus", "farjump exit"], BASE).bytes, options);
  expect(machine.run(100_000)).toMatchObject({ kind: "finished" });
  const read = (x: number) => machine.harts[0]?.readRegister(x) ?? 0n;
  return { cause: read(8), value: read(9), pc: read(18), status: read(19), a0: read(10) };
}

test("AMOs and store-conditionals that are misaligned are store/AMO misaligned", () => {
  for (const code of ["amoadd.w a0, a1, (a2)", "amoswap.d a0, a1, (a2)", "sc.w a0, a1, (a2)"]) {
    expect(registersAfter([`li a2, ${BASE + 0x10_0002}`, code])).toMatchObject({ cause: 6n, value: BigInt(BASE + 0x10_0002) });
  }
});

test("an AMO outside memory, or on a device, is a store/AMO access fault", () => {
  for (const address of [0x1800_0000n, 0x1000_0000n]) expect(registersAfter([`li a2, ${address}`, "amoadd.w a0, a1, (a2)"])).toMatchObject({ cause: 7n, value: address });
});

test("S-mode's interrupts are taken external, software, timer", () => {
  for (const [pending, cause] of [[0x222, 9n], [0x22, 1n], [0x20, 5n]] as const) {
    expect(registersAfter([`li t0, ${pending}; csrw mip, t0; csrw mie, t0; csrrsi zero, mstatus, 8`, "nop"])).toMatchObject({ cause: (1n << 63n) | cause });
  }
});

test("mret to a lower mode clears MPRV", () => {
  const { cause, status } = registersAfter(["li t0, 0x21800; csrc mstatus, t0; li t0, 0x20800; csrs mstatus, t0; la t0, lower; csrw mepc, t0; mret", "lower:", "ecall"]);
  expect([cause, status & 0x20000n]).toEqual([9n, 0n]);
});

test("a page table outside memory is an access fault", () => {
  expect(registersAfter(["li t0, 0x8000000000018000; csrw satp, t0; li t0, 0x20800; csrs mstatus, t0; ld a0, 0(zero)"])).toMatchObject({ cause: 5n, value: 0n });
});

test("MPP, epc and vectors keep only legal values", () => {
  expect(registersAfter(["li t0, 0x1800; csrc mstatus, t0; li t0, 0x1000; csrs mstatus, t0; csrr a0, mstatus"]).a0).toBe(0xa_0000_0000n);
  expect(registersAfter(["li t0, -1; csrw sepc, t0; csrr a0, sepc"]).a0).toBe(BigInt.asUintN(64, -2n));
  expect(registersAfter(["li t0, -1; csrw medeleg, t0; csrr a0, medeleg"]).a0).toBe(0xb3ffn);
});

test("where frm holds no rounding mode, what rounds by it is illegal, and nothing else", () => {
  const start = "li t0, 0x6000; csrs mstatus, t0; addi t0, zero, 6; csrw frm, t0; la a1, table";
  const legal = "fld fa0, 0(a1); fsd fa0, 0(a1); fsgnj.d fa1, fa0, fa0; fadd.d fa1, fa0, fa0, rtz; fmin.d fa1, fa0, fa1; fcvt.w.d a2, fa0, rtz";
  for (const code of ["fadd.d fa1, fa0, fa0", "fmadd.s fa1, fa0, fa0, fa0", "fsqrt.d fa1, fa0", "fcvt.w.d a0, fa0", "fcvt.d.l fa0, a0"]) {
    expect(registersAfter([start, legal, "addi a0, zero, 1", code, "addi a0, zero, 2", ".align 8", "table:", 0x3ff8n << 48n])).toMatchObject({ cause: 2n, a0: 1n });
  }
});

test("FP instructions are illegal with FS off, and make it dirty with it on", () => {
  expect(registersAfter(["addi a0, zero, 1; fmv.d.x fa0, zero"])).toMatchObject({ cause: 2n, a0: 1n });
  expect(registersAfter(["li t0, 0x2000; csrs mstatus, t0; fmv.x.d a0, fa0; csrr a0, mstatus; ecall"]).a0 & 0x6000n).toBe(0x2000n);
  for (const code of ["fmv.d.x fa0, zero", "feq.s a0, fa0, fa0", "fcvt.w.s a0, fa0", "fmadd.d fa0, fa0, fa0, fa0"]) {
    expect(registersAfter([`li t0, 0x2000; csrs mstatus, t0; ${code}; csrr a0, mstatus; ecall`]).a0 & ((1n << 63n) | 0x6000n)).toBe((1n << 63n) | 0x6000n);
  }
});

test.each([{ engine: "interpreter" }, { engine: "jit", jit: { threshold: 0, batch: 1 } }] as const)("what the processor lacks is illegal, $engine", (options) => {
  const code = ["li t0, 0x6000; csrs mstatus, t0; csrr a0, mstatus", 0x20b52533];
  expect(registersAfter([...code, "ecall"], options)).toMatchObject({ cause: 11n });
  expect(registersAfter([...code, "ecall"], { ...options, cpu: parseCpu("rv64,zba=off") })).toMatchObject({ cause: 2n, value: 0x20b52533n });
  // Without F there is no FS either.
  const { cause, a0 } = registersAfter([...code.slice(0, 1), "fmv.d.x fa0, zero"], { ...options, cpu: parseCpu("rv64,f=off,d=off") });
  expect([cause, a0 & 0x6000n]).toEqual([2n, 0n]);
});

test("cache blocks are managed where the environment allows it", () => {
  const inUser = (menvcfg: number, senvcfg: number, code: string) =>
    registersAfter([`li t0, ${menvcfg}; csrw menvcfg, t0; li t0, ${senvcfg}; csrw senvcfg, t0; la t0, user; csrw mepc, t0; li t0, 0x1800; csrc mstatus, t0; li a1, ${BASE + 0x10_0000}; mret`, "user:", code, "ecall"]).cause;
  for (const [code, bits] of [["cbo.inval (a1)", 0x10], ["cbo.clean (a1)", 0x40], ["cbo.flush (a1)", 0x40], ["cbo.zero (a1)", 0x80]] as const) {
    expect([inUser(bits, bits, code), inUser(bits, 0, code), inUser(0, bits, code), inUser(0xf1 & ~(bits * (bits === 16 ? 3 : 1)), 0xf1, code)]).toEqual([8n, 2n, 2n, 2n]);
  }
  // No store can be made there, so no block can be managed.
  expect(registersAfter(["li a1, 0x18000008; cbo.clean (a1)"])).toMatchObject({ cause: 7n, value: 0x1800_0000n });
  expect(registersAfter(["li a1, 0x18000008; cbo.zero (a1)"])).toMatchObject({ cause: 7n, value: 0x1800_0000n });
});

test("an illegal instruction's value is its word, in two pages too", () => {
  const lines = [`li t0, ${BASE + 0x10_0ffe}; li t1, -1; sw t1, 0(t0); jalr zero, 0(t0)`];
  expect(registersAfter(lines)).toMatchObject({ cause: 2n, value: 0xffff_ffffn, pc: BigInt(BASE + 0x10_0ffe) });
});

test("memory type 3 is reserved, and so is W without R in a PMP entry", () => {
  const tables = BASE + 0x10_0000;
  expect(registersAfter([`li t0, ${tables}; li t1, ${BigInt.asIntN(64, (3n << 61n) | 0xcfn)}; sd t1, 0(t0); li t1, ${(8n << 60n) - (1n << 64n) + BigInt(tables / 4096)}; csrw satp, t1; li t0, 0x20800; csrs mstatus, t0; ld a0, 0(zero)`])).toMatchObject({ cause: 13n, value: 0n });
  expect(registersAfter(["li t0, 0x12; csrw pmpcfg2, t0; csrr a0, pmpcfg2"]).a0).toBe(0n);
});

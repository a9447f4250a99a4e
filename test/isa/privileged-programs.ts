// Programs about the privileged architecture. Each prints lines that QEMU 7.2
// prints too; those of `newPrograms` need QEMU 10. Where QEMU 7.2 is not what the spec says (priority of S-mode's
// interrupts, causes of failing AMOs, a page table outside memory, MPRV after
// mret), they leave it out, and test/unit/cpu has what the spec says. Traps come to a handler in M-mode that prints cause, pc, value
// and the status it found, and goes on in M-mode at the address in s11.

import { csrNumbers } from "../../emulator/isa/csr-names.js";
import { assemble, type Line } from "./assembler.js";
import { BASE, openProtection, prelude } from "./guest.js";

const TABLES = BASE + 0x10_0000;
const DATA = BASE + 0x20_0000;
const SV39 = 8n << 60n;
const V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128;

/// `quiet` handlers keep cause and value in s8 and s9 instead of printing.
const handlers = `
.align 4
trap:
  csrr s8, mcause
  csrr s9, mtval
  mv s6, ra
  mv s7, a0
  bnez s10, trap_quiet
  mv a0, s8
  call print
  csrr a0, mepc
  call print
  mv a0, s9
  call print
  csrr a0, mstatus
  call print
trap_quiet:
  mv a0, s7
  mv ra, s6
  li s9, 0x20080
  csrc mstatus, s9
  csrr s9, mtval
  csrw mepc, s11
  li s7, 0x1800
  csrs mstatus, s7
  mret
.align 4
supervisor_trap:
  mv s6, ra
  csrr a0, scause
  call print
  csrr a0, sepc
  call print
  csrr a0, stval
  call print
  csrr a0, sstatus
  call print
  mv ra, s6
  ecall
`;

const setUp = `
start:
  la t0, trap
  csrw mtvec, t0
  la t0, supervisor_trap
  csrw stvec, t0
  ${openProtection}
  addi s10, zero, 0
  li t0, 0x2004000
  li t1, -1
  sd t1, 0(t0)
`;

let labels = 0;

/// Goes to a mode at a label; mstatus.MPIE is what it was.
function enter(mode: 0 | 1 | 3, target: string | number): string {
  return `${typeof target === "number" ? "li" : "la"} t0, ${target}; csrw mepc, t0; li t0, 0x1800; csrc mstatus, t0; li t0, ${mode << 11}; csrs mstatus, t0; mret`;
}

/// Runs code in a mode; what traps in it comes back here.
function inMode(mode: 0 | 1 | 3, ...code: Line[]): Line[] {
  const body = `body${++labels}`, after = `after${labels}`;
  return [`la s11, ${after}`, mode === 3 ? "nop" : enter(mode, body), `${body}:`, ...code, ...(mode === 3 ? [] : ["ecall"]), `${after}:`];
}

function printed(csr: string): string { return `csrr a0, ${csr}; call print`; }

function store(address: number, value: bigint | number): string { return `li t0, ${address}; li t1, ${value}; sd t1, 0(t0)`; }
function pte(paddr: number, flags: number): bigint { return (BigInt(paddr) >> 12n << 10n) | BigInt(flags); }

/// Root at TABLES: the gigabyte at 0x4000_0000 by tables, the one at 0x8000_0000 as RAM.
function tables(): string[] {
  return [
    store(TABLES + 1 * 8, pte(TABLES + 0x1000, V)), store(TABLES + 2 * 8, pte(BASE, V | R | W | X | A | D)), store(TABLES + 3 * 8, pte(BASE, V | R | W | X | U | A | D)),
    store(TABLES + 0x1000, pte(TABLES + 0x2000, V)),
    `li t0, ${SV39 | (BigInt(TABLES) >> 12n)}; csrw satp, t0; sfence.vma zero, zero`,
  ];
}

const programs: Record<string, () => Line[]> = {
  exceptions: () => [
    inMode(3, 0), inMode(3, ".half 0", "nop"), inMode(3, 0xffffffff), inMode(3, ".half 0x9c41", "nop"),
    inMode(3, "csrrw zero, 0x7ff, t0"), inMode(3, "csrrw zero, cycle, t0"), inMode(3, "csrrsi zero, mhartid, 1"), inMode(3, "csrrs a0, mhartid, zero", "call print"),
    inMode(3, "ecall"), inMode(3, "ebreak"), inMode(3, "c.ebreak"),
    inMode(3, "ld a0, 16(zero)"), inMode(3, "li t0, 0x18000004; lw a0, 4(t0)"), inMode(3, "li t0, 0x18000000; sd a0, 8(t0)"),
    inMode(3, "li t0, 0x18000000; jalr zero, 0(t0)"), inMode(3, "jalr zero, 4(zero)"),
    inMode(3, `li t0, ${DATA + 1}; lr.w a0, (t0)`), inMode(3, `li t0, ${DATA + 4}; lr.d a0, (t0)`),
    // Misaligned accesses to RAM are fine, also across pages.
    `li t0, ${DATA + 0xffd}; li t1, 0x1122334455667788; sd t1, 0(t0); ld a0, 0(t0)`, "call print", `li t0, ${DATA + 0x1000}; ld a0, 0(t0)`, "call print", `li t0, ${DATA + 0xfff}; lhu a0, 0(t0)`, "call print",
    // A reservation does not outlive a trap, nor a store-conditional.
    `li t2, ${DATA}; lr.d a1, (t2)`, inMode(3, "ecall"), `li t2, ${DATA}; sc.d a0, a1, (t2); call print`, "lr.w a1, (t2); sc.w a0, a1, (t2); sc.w a1, a1, (t2); call print; mv a0, a1; call print",
    // FP instructions need mstatus.FS.
    "li t0, 0x6000; csrc mstatus, t0", inMode(3, "fld fa0, 0(sp)"), inMode(3, "fmv.x.d a0, fa0"), inMode(3, "csrr a0, fcsr"),
    "li t0, 0x2000; csrs mstatus, t0; fmv.x.d a0, fa0", printed("mstatus"), "fmv.d.x fa0, a0", printed("mstatus"), printed("sstatus"),
  ].flat(),

  modes: () => [
    ...([1, 0] as const).flatMap((mode) => [
      inMode(mode, "ecall"), inMode(mode, "mret"), inMode(mode, "csrr a0, mstatus"), inMode(mode, "csrr a0, mscratch"), inMode(mode, "csrw mepc, a0"),
      inMode(mode, "csrr a0, cycle"), inMode(mode, "csrr a0, instret"), inMode(mode, "csrr a0, time"), inMode(mode, "csrr a0, hpmcounter3"),
    ]).flat(),
    inMode(0, "sret"), inMode(0, "wfi"), inMode(0, "sfence.vma zero, zero"), inMode(0, "csrr a0, sstatus"), inMode(0, "csrw sscratch, a0"), inMode(0, "csrr a0, satp"), inMode(0, "ebreak"),
    inMode(1, "li a0, 0x1234; csrw sscratch, a0; csrr a1, sscratch; csrr a0, sstatus; csrr a0, satp; sfence.vma zero, zero"), printed("sscratch"),
    // TVM, TW and TSR
    "li t0, 0x100000; csrs mstatus, t0", inMode(1, "csrr a0, satp"), inMode(1, "csrw satp, zero"), inMode(1, "sfence.vma zero, zero"), "li t0, 0x100000; csrc mstatus, t0",
    "li t0, 0x400000; csrs mstatus, t0", inMode(1, "sret"), "li t0, 0x400000; csrc mstatus, t0", "li t0, 0x200000; csrs mstatus, t0", inMode(1, "wfi"), "li t0, 0x200000; csrc mstatus, t0",
    // Counters need mcounteren, and in U-mode scounteren.
    "li t0, 5; csrw mcounteren, t0", inMode(1, "csrr a0, instret"), inMode(0, "csrr a0, instret"), "li t0, 4; csrw scounteren, t0", inMode(0, "csrr a0, instret"), inMode(0, "csrr a0, cycle"), inMode(1, "csrr a0, cycle"), inMode(1, "csrr a0, time"),
    // What returns do to the status.
    ...[0x0, 0x80, 0x8, 0x88].flatMap((bits) => [`li t0, 0x188a; csrc mstatus, t0; li t0, ${bits}; csrs mstatus, t0`, inMode(1, "nop")]).flat(),
    ...[0x0, 0x20, 0x2, 0x22, 0x100, 0x122].flatMap((bits) => [
      "li t0, 0x1aa; csrc mstatus, t0", `li t0, ${bits}; csrs mstatus, t0`, inMode(1, `la t0, returned${bits}; csrw sepc, t0; sret; returned${bits}:`),
    ]).flat(),
  ].flat(),

  delegation: () => [
    "li t0, 0x222; csrw mideleg, t0",
    "li t0, 0xb1ff; csrw medeleg, t0", printed("medeleg"),
    inMode(0, "ecall"), inMode(1, "ebreak"), inMode(0, 0), inMode(1, "li t0, 0x18000000; ld a0, 0(t0)"), inMode(1, "csrr a0, mstatus"), inMode(3, "ebreak"), inMode(1, "ecall"),
    inMode(0, "li t0, 0x18000000; jalr zero, 0(t0)"),
  ].flat(),

  interrupts: () => [
    // Delegated ones that M-mode raises by mip, in S-mode, U-mode and M-mode.
    "li t0, 0x222; csrw mideleg, t0; li t0, 0xaaa; csrw mie, t0", printed("mie"), printed("sie"),
    "li t0, 2; csrs mip, t0", printed("mip"), printed("sip"), "li t0, 0x8; csrs mstatus, t0", "nop; nop",
    inMode(0, "nop; nop"), "li t0, 2; csrs mstatus, t0", inMode(1, "nop; nop"),
    "li t0, 2; csrc mstatus, t0", inMode(1, "nop; nop; csrrsi zero, sstatus, 2; nop"),
    inMode(1, "csrrci zero, sip, 2; nop"), printed("mip"),
    // Not delegated: M-mode takes them. One at a time: QEMU 7.2 takes the lowest number first, which the spec does not.
    "csrw mideleg, zero; li t0, 0x8; csrc mstatus, t0; li t0, 0x222; csrs mip, t0",
    "li t0, 0x22; csrc mip, t0", inMode(3, "csrrsi zero, mstatus, 8; nop"), "li t0, 2; csrs mip, t0; li t0, 0x200; csrc mip, t0", inMode(3, "csrrsi zero, mstatus, 8; nop"), "li t0, 0x20; csrs mip, t0; li t0, 2; csrc mip, t0", inMode(3, "csrrsi zero, mstatus, 8; nop"),
    // By way of mie, mret and a lower mode.
    "csrw mie, zero; csrrsi zero, mstatus, 8", inMode(3, "li t0, 0x20; csrs mie, t0; nop"), "csrrci zero, mstatus, 8", inMode(1, "nop"), inMode(0, "nop"),
    // M-mode's before S-mode's, though S-mode's are enabled.
    "li t0, 2; csrw mideleg, t0; li t0, 0x22; csrs mip, t0; li t0, 0x22; csrw mie, t0; csrrsi zero, sstatus, 2", inMode(1, "nop"), "csrrci zero, sstatus, 2",
    // Software interrupt of the CLINT, a pin.
    "csrw mip, zero; csrw mie, zero; li t0, 0x2000000; addi t1, zero, 1; sw t1, 0(t0); lw a0, 0(t0)", "csrr a0, mip; andi a0, a0, 8; call print", "csrw mip, zero; csrr a0, mip; andi a0, a0, 8; call print",
    inMode(3, "csrrsi zero, mstatus, 8; csrrsi zero, mie, 8; nop"), "sw zero, 0(t0); li t0, 0x2000000; sw zero, 0(t0); csrr a0, mip; andi a0, a0, 8; call print",
    // Vectored.
    "la t0, vectors; addi t0, t0, 1; csrw mtvec, t0; csrw mideleg, zero; li t0, 0x20; csrs mip, t0; csrw mie, t0", inMode(3, "csrrsi zero, mstatus, 8; nop"), "j vectored",
    ".align 256", "vectors:", ...Array.from({ length: 5 }, () => "j trap"), "j vector5", ...Array.from({ length: 10 }, () => "j trap"),
    "vector5:", "addi a0, zero, 5; call print; csrw mie, zero; j trap",
    "vectored:", "la t0, trap; csrw mtvec, t0; csrw mip, zero",
    // wfi ends when something is pending, though it is not enabled.
    "csrrci zero, mstatus, 8; li t0, 2; csrs mip, t0; csrw mie, t0; wfi; addi a0, zero, 77; call print",
    // A timer in the past.
    "csrw mip, zero; li t0, 0x80; csrw mie, t0; li t0, 0x2004000; sd zero, 0(t0); wfi; csrr a0, mip; andi a0, a0, 128; call print", inMode(3, "csrrsi zero, mstatus, 8; nop"),
    "li t0, 0x2004000; li t1, -1; sd t1, 0(t0); csrw mie, zero",
  ].flat(),

  csrs: () => {
    // QEMU 7.2 has bits of other extensions, and lets some be set that are read-only.
    const writable: Record<string, bigint> = { mstatus: 0x7e_61aan, sstatus: 0xc_6122n, medeleg: 0xb1ffn, mideleg: 0x222n, mie: 0xaaan, sie: 0x222n, sip: 2n, mepc: -2n, sepc: -2n };
    const skipped = /^(stimecmp|cycle|time|instret|mcycle|minstret|m?hpm|mcountinhibit|pmp|t|misa|mip|m(vendor|arch|imp|hart)id|satp|mtvec|stvec|f|mconfigptr|menvcfg|senvcfg|mcounteren|scounteren)/;
    return [
      ...Object.keys(csrNumbers).filter((name) => !skipped.test(name)).flatMap((name) =>
        [-1n, 0n, 0x5555_5555_5555_5555n, -0x5555_5555_5555_5556n].map((value) => `li t0, ${value & (writable[name] ?? -1n)}; csrw ${name}, t0; ${printed(name)}`)),
      "csrw mie, zero; csrw mstatus, zero",
      ...["mtvec", "stvec"].flatMap((name) => [0x8000_0000n, 0x8000_0101n].map((value) => `li t0, ${value}; csrw ${name}, t0; ${printed(name)}`)),
      ...[0n, (8n << 60n) | (0xffffn << 44n) | 0x12345n, (8n << 60n) | 1n, (1n << 60n) | 5n, (15n << 60n) | 7n, 0n].map((value) => `li t0, ${BigInt.asIntN(64, value)}; csrw satp, t0; ${printed("satp")}`),
      ...["mcounteren", "scounteren"].map((name) => `li t0, 7; csrw ${name}, t0; ${printed(name)}`),
      // sstatus is a part of mstatus, sie of mie.
      "li t0, 0xc0122; csrw sstatus, t0", printed("mstatus"), "csrw sstatus, zero", "li t0, 0x202; csrw mideleg, t0; li t0, 0x202; csrw sie, t0", printed("mie"), printed("sie"), "csrw mie, zero",
      "li t0, 100; csrw mscratch, t0; csrrw a0, mscratch, zero; call print; csrrsi a0, mscratch, 21; call print; csrrci a0, mscratch, 5; call print; li t0, -1; csrrs a0, mscratch, t0; call print; csrrc a0, mscratch, t0; call print", printed("mscratch"),
      // An exchange with its own register, as trap handlers do.
      "li a0, 3; csrw sscratch, a0; li a0, 4; csrrw a0, sscratch, a0; call print", printed("sscratch"),
    ];
  },

  // Every combination of a leaf's low bits, for every kind of access.
  permissions: () => {
    const probe = (mode: 0 | 1, status: number, access: "ld" | "sd" | "fetch") => {
      const end = `probe${++labels}`;
      const code = access === "fetch" ? enter(mode, 0x40000000) : `li t0, ${0x2_0000 | (mode << 11)}; csrs mstatus, t0; li t0, 0x40000000; ${access} t1, 8(t0)`;
      return [
        `call set_entry; la s11, ${end}; li t0, 0xe1800; csrc mstatus, t0; li t0, ${status}; csrs mstatus, t0; addi s8, zero, 63; addi s9, zero, 0`, code, `${end}:`, "li t0, 0x20000; csrc mstatus, t0; call fold",
      ];
    };
    return [
      ...tables(), store(DATA, 0x73), "addi s10, zero, 1", "addi s0, zero, 0", "j each_entry",
      // s0: the entry's low bits. The checksum is s1.
      "set_entry:", `li t0, ${TABLES + 0x2000}; li t1, ${pte(DATA, 0)}; or t1, t1, s0; sd t1, 0(t0); sfence.vma zero, zero; ret`,
      "fold:", `li t0, ${TABLES + 0x2000}; ld t1, 0(t0); add s1, s1, s8; slli t0, s1, 7; xor s1, s1, t0; srli t0, s1, 9; xor s1, s1, t0; add s1, s1, t1; xor s1, s1, s9; ret`,
      "each_entry:", "addi s1, zero, 0",
      ...[0, 0x4_0000, 0x8_0000, 0xc_0000].flatMap((status) => ([0, 1] as const).flatMap((mode) => (["ld", "sd", "fetch"] as const).flatMap((access) => probe(mode, status, access)))),
      "mv a0, s1; call print; addi s0, s0, 1; li t0, 256; beq s0, t0, entries_done; farjump each_entry", "entries_done:", "csrw satp, zero; addi s10, zero, 0",
    ];
  },

  translation: () => {
    const load = (vaddr: bigint) => `li t0, ${BigInt.asIntN(64, vaddr)}; li t1, 0x20800; csrs mstatus, t1; ld a0, 0(t0); li t1, 0x20000; csrc mstatus, t1; call print`;
    const reading = (vaddr: bigint) => inMode(3, load(vaddr));
    const leaf = V | R | W | X | A | D;
    return [
      ...tables(), "sfence.vma zero, zero", store(DATA, 0x1111), store(DATA + 0x1000, 0x2222),
      store(TABLES + 0x2000, pte(DATA, leaf)), store(TABLES + 0x2008, pte(DATA + 0x1000, leaf)),
      "li t0, 0x1800; csrc mstatus, t0",
      ...reading(0x4000_0000n), ...reading(0x4000_1000n), ...reading(0x4000_2000n),
      // Not canonical, and the upper half.
      ...reading(0x40_0000_0000n), ...reading(-0x40_0000_0000n), ...reading(0x80_4000_0000n), ...reading(-1n << 39n),
      // Superpages: of 2 MiB and 1 GiB, aligned and not.
      store(TABLES + 0x1008, pte(DATA, leaf)), "sfence.vma zero, zero", ...reading(0x4020_1000n),
      store(TABLES + 0x1008, pte(DATA + 0x1000, leaf)), "sfence.vma zero, zero", ...reading(0x4020_1000n),
      store(TABLES + 0x20, pte(BASE, leaf)), "sfence.vma zero, zero", ...reading(0x1_0020_1000n),
      store(TABLES + 0x20, pte(DATA, leaf)), "sfence.vma zero, zero", ...reading(0x1_0020_1000n),
      // Reserved bits, bits that a table may not have, a table too deep, tables and pages outside memory.
      ...[54n, 60n, 63n].flatMap((bit) => [store(TABLES + 0x2000, BigInt.asIntN(64, pte(DATA, leaf) | (1n << bit))), "sfence.vma zero, zero", ...reading(0x4000_0000n)]),
      ...[A, D, U, G].flatMap((bit) => [store(TABLES + 0x1000, pte(TABLES + 0x2000, V | bit)), store(TABLES + 0x2000, pte(DATA, leaf)), "sfence.vma zero, zero", ...reading(0x4000_0000n)]),
      store(TABLES + 0x1000, pte(TABLES + 0x2000, V)),
      store(TABLES + 0x2000, pte(TABLES + 0x2000, V)), "sfence.vma zero, zero", ...reading(0x4000_0000n),
      store(TABLES + 0x2000, pte(0x1800_0000, leaf)), "sfence.vma zero, zero", ...reading(0x4000_0000n),
      store(TABLES + 0x1000, pte(TABLES + 0x2000, V)), store(TABLES + 0x2000, pte(DATA, leaf)), "sfence.vma zero, zero",
      // One address, one address space.
      ...reading(0x4000_0000n), store(TABLES + 0x2000, pte(DATA + 0x1000, leaf)), "li t0, 0x40000000; sfence.vma t0, zero", ...reading(0x4000_0000n),
      store(TABLES + 0x2000, pte(DATA, leaf)), "sfence.vma zero, zero; li t1, 3; sfence.vma zero, t1; sfence.vma t0, t1", ...reading(0x4000_0000n),
      // Accesses in two pages: the second is missing, then the first; then both are there, apart.
      store(TABLES + 0x2008, 0), "sfence.vma zero, zero", ...reading(0x4000_0ffcn), store(TABLES + 0x2000, 0), store(TABLES + 0x2008, pte(DATA + 0x1000, leaf)), "sfence.vma zero, zero", ...reading(0x4000_0ffcn),
      store(TABLES + 0x2000, pte(DATA + 0x3000, leaf)), store(DATA + 0x3ff8, -0x1122_3344_5566_7788n), store(DATA + 0x1000, 0x55), "sfence.vma zero, zero", ...reading(0x4000_0ffcn),
      // An instruction in two pages, then with the second one missing: `addi a0, zero, 1234`.
      `li t0, ${DATA + 0x3ffe}; li t1, 0x4d200513; sh t1, 0(t0); li t0, ${DATA + 0x1000}; srli t1, t1, 16; sh t1, 0(t0); li t1, 0x73; sh t1, 2(t0); sh zero, 4(t0); fence.i`,
      ...inMode(3, "nop", enter(1, 0x40000ffe)), "call print",
      store(TABLES + 0x2008, 0), "sfence.vma zero, zero", ...inMode(3, enter(1, 0x40000ffe)),
      // Fetch from a page that may not be executed, from no page.
      store(TABLES + 0x2000, pte(DATA, V | R | W | A | D)), "sfence.vma zero, zero", ...inMode(3, enter(1, 0x40000000)), ...inMode(3, enter(1, 0x40003000)),
      ...inMode(3, enter(1, 0x10000000000)),
      // The A and D bits after a load, after a store.
      store(TABLES + 0x2000, pte(DATA, V | R | W)), "sfence.vma zero, zero", ...reading(0x4000_0000n), `li t0, ${TABLES + 0x2000}; ld a0, 0(t0); call print`,
      "li t0, 0x40000000; li t1, 0x20800; csrs mstatus, t1; sd t0, 0(t0); li t1, 0x20000; csrc mstatus, t1", `li t0, ${TABLES + 0x2000}; ld a0, 0(t0); call print`,
      "csrw satp, zero",
    ].flat();
  },

  // Entries of each kind and size around a few bytes, for each mode, access and size; locks; what CSRs keep.
  protection: () => {
    const entry = (index: number, address: bigint | number) => `li t0, ${BigInt(address) >> 2n}; csrw pmpaddr${index}, t0`;
    const napot = (index: number, start: number, bytes: number) => `li t0, ${(BigInt(start) >> 2n) | BigInt(bytes / 8 - 1)}; csrw pmpaddr${index}, t0`;
    const configure = (...configs: number[]) => `li t0, ${BigInt.asIntN(64, configs.reduce((all, config, index) => all | (BigInt(config) << BigInt(index * 8)), 0n))}; csrw pmpcfg0, t0`;
    const quiet = (mode: 0 | 1 | 3, code: string) => {
      const label = `pmp${++labels}`;
      return [`addi s10, zero, 1; addi s8, zero, 99; addi s9, zero, 0; la s11, ${label}`, mode === 3 ? "" : enter(mode, `${label}_in`), `${label}_in:`, code, mode === 3 ? "" : "ecall", `${label}:`, "mv a0, s8; call print; mv a0, s9; call print; addi s10, zero, 0"];
    };
    const TOR = 8, NA4 = 16, NAPOT = 24, LOCK = 0x80, ALL = 7;
    const probes = (mode: 0 | 1 | 3) => [
      ...[-4, -1, 0, 4, 6, 8, 12, 60, 64].flatMap((offset) => quiet(mode, `li t2, ${DATA + 0x100 + offset}; lw t1, 0(t2)`)),
      ...[-8, 0, 8].flatMap((offset) => quiet(mode, `li t2, ${DATA + 0x100 + offset}; ld t1, 0(t2); sd t1, 0(t2)`)),
      ...quiet(mode, `li t2, ${DATA + 0x100}; amoadd.w t1, zero, (t2)`), ...quiet(mode, `li t2, ${DATA + 0xffe}; ld t1, 0(t2)`),
    ];
    // The last two let everything else be done: fetches above all.
    const rest = "li t0, -1; csrw pmpaddr7, t0";
    const withRest = (...configs: number[]) => configure(...configs, ...Array.from({ length: 7 - configs.length }, () => 0), NAPOT | ALL);
    return [
      rest, `j pmp_code`, ".align 4096", "pmp_code:",
      // No rights, then each alone, in eight bytes, in four, in a range, in 64 bytes and in more than a page.
      napot(0, DATA + 0x100, 8), ...[0, 1, 3, 4].flatMap((rights) => [withRest(NAPOT | rights), ...probes(1)]), withRest(NAPOT), ...probes(0), ...probes(3),
      entry(0, DATA + 0x100), withRest(NA4 | 1), ...probes(1),
      entry(0, DATA + 0x100), entry(1, DATA + 0x140), withRest(0, TOR | 3), ...probes(1), withRest(0, TOR), ...probes(1),
      entry(1, DATA + 0xf0), withRest(0, TOR), ...probes(1),
      napot(0, DATA + 0x100, 64), napot(1, DATA, 4096), withRest(NAPOT | 1, NAPOT), ...probes(1), withRest(NAPOT, NAPOT | 3), ...probes(1),
      napot(0, DATA, 1 << 16), withRest(NAPOT | 1), ...probes(0),
      // Nothing matches: M-mode may, others not.
      `csrw pmpcfg0, zero`, ...quiet(3, `li t2, ${DATA}; lw t1, 0(t2)`),
      // MPRV: M-mode's data accesses are S-mode's.
      napot(0, DATA + 0x100, 8), withRest(NAPOT | 1), "li t0, 0x20000; li t1, 0x1800; csrc mstatus, t1; li t1, 0x800; csrs mstatus, t1", ...quiet(3, `li t0, 0x20000; csrs mstatus, t0; li t2, ${DATA + 0x100}; lw t1, 0(t2); sw t1, 0(t2)`), "li t0, 0x20000; csrc mstatus, t0",
      // Code: not to be executed; in part only.
      `li t0, ${DATA + 0x200}; li t1, 0x00150513; sw t1, 0(t0); sw t1, 4(t0); sw t1, 8(t0); li t1, 0x73; sw t1, 12(t0); fence.i`,
      ...[1, 4, 5].flatMap((rights) => [napot(0, DATA + 0x200, 16), withRest(NAPOT | rights), ...inMode(3, "addi a0, zero, 0", enter(1, DATA + 0x200)), "call print"]),
      napot(0, DATA + 0x200, 8), withRest(NAPOT | 4), ...inMode(3, "addi a0, zero, 0", enter(1, DATA + 0x200)), "call print",
      napot(0, DATA + 0x208, 8), withRest(NAPOT | 1), ...inMode(3, "addi a0, zero, 0", enter(1, DATA + 0x200)), "call print",
      // Page tables are protected as S-mode's accesses.
      ...tables(), store(TABLES + 0x2000, pte(DATA, V | R | W | X | A | D)), napot(0, TABLES, 4096), withRest(NAPOT), ...quiet(1, "li t2, 0x40000000; ld t1, 0(t2)"), withRest(NAPOT | 1), ...quiet(1, "li t2, 0x40000000; ld t1, 0(t2)"), "csrw satp, zero",
      // What is kept, and what locks keep.
      ...[0n, (1n << 54n) - 1n, 0x15_5555_5555_5555n].map((value) => `li t0, ${value}; csrw pmpaddr3, t0; ${printed("pmpaddr3")}`),
      ...[0x1f, 0x0f, 0x00].map((config) => `li t0, ${config}; csrw pmpcfg2, t0; ${printed("pmpcfg2")}`), "csrw pmpcfg2, zero",
      ...inMode(3, "csrrs a0, 0x3a1, zero"), ...inMode(1, "csrr a0, pmpcfg0"),
      napot(0, DATA + 0x100, 8), entry(1, DATA + 0x300), entry(2, DATA + 0x400), withRest(NAPOT | LOCK | 1, 0, TOR | LOCK | ALL), ...probes(3),
      printed("pmpcfg0"), "csrw pmpcfg0, zero", printed("pmpcfg0"), "csrw pmpaddr0, zero; csrw pmpaddr1, zero; csrw pmpaddr2, zero; csrw pmpaddr3, zero", printed("pmpaddr0"), printed("pmpaddr1"), printed("pmpaddr2"), printed("pmpaddr3"),
    ];
  },

  // Svnapot, Svpbmt, and Svadu with A and D bits as the walk leaves them.
  "translation-extensions": () => {
    const leaf = V | R | W | X | A | D;
    const N = 1n << 63n;
    const high = (bits: bigint) => (entry: bigint) => BigInt.asIntN(64, entry | bits);
    const reading = (vaddr: number) => inMode(3, `li t0, ${vaddr}; li t1, 0x20800; csrs mstatus, t1; ld a0, 0(t0); li t1, 0x20000; csrc mstatus, t1; call print`);
    const slots = (index: number, entry: bigint) => [store(TABLES + 0x2000 + index * 8, entry), "sfence.vma zero, zero"];
    const sixteen = (entry: bigint) => [`li t0, ${TABLES + 0x2000}; li t1, ${entry}; li t2, 16`, `sixteen${++labels}:`, `sd t1, 0(t0); addi t0, t0, 8; addi t2, t2, -1; bnez t2, sixteen${labels}; sfence.vma zero, zero`];
    const adue = "li t0, 1; slli t0, t0, 61";
    return [
      "li t0, 0x1800; csrc mstatus, t0", ...tables(), ...Array.from({ length: 16 }, (_, page) => store(DATA + page * 0x1000, 0x100 + page)), store(DATA + 0x10000, 0x999),
      // 64 KiB of one translation; then with an encoding that is none, and at a wrong level.
      ...sixteen(high(N)(pte(DATA + 0x8000, leaf))), ...[0, 1, 7, 8, 15].flatMap((page) => reading(0x4000_0000 + page * 0x1000)),
      ...[0, 1, 4, 12].flatMap((low) => [...slots(0, high(N)(pte(DATA + low * 0x1000, leaf))), ...reading(0x4000_0000)]),
      store(TABLES + 0x1008, high(N)(pte(BASE, leaf))), "sfence.vma zero, zero", ...reading(0x4020_0000), store(TABLES + 0x1008, high(N)(pte(TABLES + 0x2000, V))), "sfence.vma zero, zero", ...reading(0x4020_0000),
      // Memory types: those that there are; with menvcfg.PBMTE off none is.
      ...[1n, 2n].flatMap((type) => [...slots(0, high(type << 61n)(pte(DATA, leaf))), ...reading(0x4000_0000)]),
      store(TABLES + 0x1008, high(1n << 61n)(pte(TABLES + 0x2000, V))), "sfence.vma zero, zero", ...reading(0x4020_0000),
      "li t0, 1; slli t0, t0, 62; csrc menvcfg, t0; sfence.vma zero, zero", ...slots(0, high(1n << 61n)(pte(DATA, leaf))), ...reading(0x4000_0000), "li t0, 1; slli t0, t0, 62; csrs menvcfg, t0",
      // A and D: the walk writes them where ADUE says so, else it faults.
      ...[`${adue}; csrs menvcfg, t0`, `${adue}; csrc menvcfg, t0`].flatMap((set) => [
        set, ...slots(0, pte(DATA, V | R | W)), ...reading(0x4000_0000), `li t0, ${TABLES + 0x2000}; ld a0, 0(t0); call print`,
        ...slots(0, pte(DATA, V | R | W | A)), ...reading(0x4000_0000), ...inMode(3, "li t0, 0x40000000; li t1, 0x20800; csrs mstatus, t1; sd t0, 8(t0)"), "li t1, 0x20000; csrc mstatus, t1", `li t0, ${TABLES + 0x2000}; ld a0, 0(t0); call print`,
      ]),
      `${adue}; csrs menvcfg, t0; csrw satp, zero`, "li t0, 7; slli t0, t0, 61; csrw menvcfg, t0", printed("menvcfg"),
    ];
  },

  // Sstc: who may use stimecmp, and what pends by it.
  "supervisor-timer": () => {
    const stce = "li t0, 1; slli t0, t0, 63";
    return [
      "csrw mcounteren, zero; csrw menvcfg, zero", ...inMode(1, "csrr a0, stimecmp"), ...inMode(0, "csrr a0, stimecmp"), `${stce}; csrs menvcfg, t0`, ...inMode(1, "csrr a0, stimecmp"), "li t0, 2; csrw mcounteren, t0",
      "li t0, -1; csrw stimecmp, t0", ...inMode(1, "csrr a0, stimecmp"), printed("stimecmp"), `${stce}; csrc menvcfg, t0`, ...inMode(1, "csrr a0, stimecmp"), `${stce}; csrs menvcfg, t0`,
      // Pending, and not by software.
      "csrr a0, mip; andi a0, a0, 32; call print; li t0, 32; csrs mip, t0; csrr a0, mip; andi a0, a0, 32; call print", "csrw stimecmp, zero; csrr a0, mip; andi a0, a0, 32; call print; li t0, 32; csrc mip, t0; csrr a0, mip; andi a0, a0, 32; call print",
      "li t0, 32; csrw mideleg, t0; csrw mie, t0; li t0, 2; csrs mstatus, t0", inMode(1, "nop; nop"), inMode(0, "nop; nop"), "li t0, -1; csrw stimecmp, t0; csrr a0, mip; andi a0, a0, 32; call print",
      // In a little while.
      "csrr t0, time; addi t0, t0, 200; csrw stimecmp, t0", "wait_timer:", "csrr a0, mip; andi a0, a0, 32; beqz a0, wait_timer; call print",
      `${stce}; csrc menvcfg, t0; li t0, 32; csrs mip, t0; csrr a0, mip; andi a0, a0, 32; call print; ${stce}; csrs menvcfg, t0; csrr a0, mip; andi a0, a0, 32; call print`,
    ].flat();
  },

  // Code that changes: in the same page as the store, with and without translation of it.
  "changed-code": () => [
    "addi s0, zero, 0", "again:", "patched:", "addi a0, zero, 1", "call print",
    "la t0, patched; li t1, 0x00200513; sw t1, 0(t0); fence.i", "addi s0, s0, 1; addi t0, zero, 3; blt s0, t0, again",
    // The second of a pair that runs as one.
    "addi s0, zero, 0", "pair:", "addi a0, zero, 5", "second:", "addi a0, a0, 1", "call print", "la t0, second; li t1, 0x00750513; sw t1, 0(t0); fence.i", "addi s0, s0, 1; addi t0, zero, 3; blt s0, t0, pair",
    // By halves and by an AMO.
    "la t0, halves; li t1, 0x0ff; sh t1, 2(t0); fence.i", "halves:", "addi a0, zero, 9", "call print",
    ".align 8", "la t0, atomic; lw t1, 0(t0); li t2, 0x100000; amoadd.w t1, t2, (t0); fence.i; j atomic", ".align 8", "atomic:", "addi a0, zero, 9", "call print",
  ],
};

/// QEMU 7.2 has a fault in what they try, or lacks it.
export const newPrograms: ReadonlySet<string> = new Set(["protection", "translation-extensions", "supervisor-timer"]);

export const privilegedPrograms: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries(programs).map(([name, body]) => {
    labels = 0;
    return [name, assemble([prelude, handlers, setUp, ...body(), "farjump exit"], BASE).bytes];
  }),
);

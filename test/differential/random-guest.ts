// Random programs in machine code, for comparing engines: loops in functions
// that call each other, loads and stores of all sizes and alignments, atomics,
// floating point in every mode with its flags, code that changes itself,
// environment calls, and a timer that interrupts every few thousand
// instructions. What is illegal, as rounding by a mode that is none, is skipped
// by the handler, and so is what faults. Under Sv39 the body runs in S-mode, changes sstatus and satp,
// returns from traps that were none, and calls a page of code that is mapped to one of two pages in turn.

import { assemble, type Line } from "../isa/assembler.js";
import { BASE, openProtection, prelude } from "../isa/guest.js";
import { random64, xorshift } from "../isa/random.js";

const BUFFER = BASE + 0x20_0000;
const STACK = BASE + 0x30_0000;
const TABLES = BASE + 0x10_0000;
const CODE = BASE + 0x40_0000;
const VIRTUAL = 0x4000_0000;
const FUNCTIONS = 6;

const operands = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "a0", "a1", "a2", "a3", "a4", "a5"];
const threeRegisters = "add sub and or xor sll srl sra slt sltu addw subw sllw srlw sraw mul mulh mulhu mulhsu mulw div divu rem remu divw divuw remw remuw".split(" ");
const immediates = "addi andi ori xori slti sltiu addiw".split(" ");
const shifts = "slli srli srai".split(" ");
const compressed = ["c.addi", "c.andi"];
const loads = "lb lbu lh lhu lw lwu ld".split(" ");
const stores = "sb sh sw sd".split(" ");
const branches = "beq bne blt bge bltu bgeu".split(" ");
const floats = "fadd fsub fmul fdiv fsgnj fsgnjn fsgnjx fmin fmax".split(" ");
const fused = "fmadd fmsub fnmadd fnmsub".split(" ");
const fromFloat = "fcvt.w fcvt.wu fcvt.l fcvt.lu".split(" ");
const toFloat = "w wu l lu".split(" ");
/// SIE, and SUM, which changes what addresses mean.
const statusChanges = ["csrrsi REG, sstatus, 2", "csrrci REG, sstatus, 2", "li t0, 0x40000; csrrs REG, sstatus, t0", "li t0, 0x40000; csrrc REG, sstatus, t0", "csrr t0, satp; csrrw REG, satp, t0", "csrr t0, sstatus; csrw sstatus, t0"];

export interface RandomGuestOptions {
  readonly paged: boolean;
  /// How often the whole is run.
  readonly rounds: number;
  /// It depends on no clock: it raises its interrupts itself, reads no counter, and prints its state after each round.
  readonly clockless?: boolean;
}

export function randomGuest(seed: number, { paged, rounds, clockless = false }: RandomGuestOptions): Uint8Array {
  const random = xorshift(seed * 2654435761 || 1);
  for (let skip = 0; skip < 8; skip++) random();
  const below = (limit: number) => (random() >>> 3) % limit;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const reg = () => pick(operands);
  let labels = 0;

  // The supervisor software interrupt: of M-mode where the body is, else of S-mode, delegated.
  const raise = paged ? "csrrsi zero, sip, 2" : "csrrsi zero, mip, 2";
  const address = (mask: number) => `li t0, ${mask}; and t0, t0, ${reg()}; li t1, ${BUFFER}; add t0, t0, t1`;
  const float = (): Line[] => {
    const suffix = pick(["s", "d"]), fa = () => `fa${below(4)}`;
    const choice = below(12);
    if (choice < 2) return [`fcvt.${suffix}.${pick(toFloat)} ${fa()}, ${reg()}`];
    if (choice < 4) return [`${pick(fromFloat)}.${suffix} ${reg()}, ${fa()}${pick(["", ", rtz", ", rup"])}`];
    if (choice < 5) return [`${pick(fused)}.${suffix} ${fa()}, ${fa()}, ${fa()}, ${fa()}`];
    if (choice < 6) return [`${pick(["feq", "flt", "fle"])}.${suffix} ${reg()}, ${fa()}, ${fa()}`];
    if (choice < 7) return [pick([`fsqrt.${suffix} ${fa()}, ${fa()}`, `fcvt.s.d ${fa()}, ${fa()}`, `fcvt.d.s ${fa()}, ${fa()}`, `fclass.${suffix} ${reg()}, ${fa()}`])];
    // The register's low bits may say any mode, and none.
    if (choice < 8) return [pick([`csrrw ${reg()}, fcsr, ${reg()}`, `csrr ${reg()}, fflags`, "csrrwi zero, fcsr, 1", "csrrwi zero, fflags, 0", "csrrwi zero, frm, 2"])];
    return [`${pick(floats)}.${suffix} ${fa()}, ${fa()}, ${fa()}`, `fmv.x.d ${reg()}, ${fa()}`];
  };
  const instruction = (depth: number): Line[] => {
    const choice = below(100);
    if (choice < 30) return [`${pick(threeRegisters)} ${reg()}, ${reg()}, ${reg()}`];
    if (choice < 42) return [`${pick(immediates)} ${reg()}, ${reg()}, ${below(4096) - 2048}`];
    if (choice < 47) return [`${pick(shifts)} ${reg()}, ${reg()}, ${below(64)}`];
    if (choice < 52) return [`${pick(compressed)} ${pick(["s0", "s1", "a0", "a1", "a2"])}, ${below(60) - 30 || 1}`];
    if (choice < 62) return [address(0x3ff8), `${pick(loads)} ${reg()}, ${below(64) * 8}(t0)`];
    if (choice < 72) return [address(below(8) ? 0x3ff8 : 0x3fff), `${pick(stores)} ${reg()}, ${below(64) * 8}(t0)`];
    if (choice < 76) return [address(0x3ff8), `${pick(["amoadd.d", "amoswap.w", "amomaxu.d", "amoor.w"])} ${reg()}, ${reg()}, (t0)`];
    if (choice < 78) return [address(0x3ff8), `lr.d ${reg()}, (t0); ${clockless ? "nop" : pick(["nop", "ecall"])}; sc.d ${reg()}, ${reg()}, (t0)`];
    if (choice < 84) return float();
    if (choice < 87) return clockless && below(2) ? [raise] : [`csrrw ${reg()}, sscratch, ${reg()}`];
    if (choice < 89) return [pick(["ecall", ...(clockless ? [raise, raise] : [`csrr ${reg()}, instret`, `csrr ${reg()}, time`]), "fence.i"])];
    if (choice < 90 && paged) return [pick(statusChanges).replace("REG", reg())];
    // Nothing is mapped there.
    if (choice < 91 && paged && below(3) === 0) return ["li t0, 0x50000000", `${pick([...loads, ...stores])} ${reg()}, 0(t0)`];
    if (choice < 91 && paged && below(2)) {
      const label = `returned${++labels}`;
      return [`la t0, ${label}; csrw sepc, t0; li t0, 0x100; csrs sstatus, t0; sret`, `${label}:`];
    }
    if (choice < 92 && paged) return ["addi sp, sp, -16; sd ra, 0(sp); call remap; ld ra, 0(sp); addi sp, sp, 16"];
    if (choice < 93) return [`la t0, patch${below(FUNCTIONS)}; li t1, ${(below(2048) << 20) | 0x40413 | (random() & 1 ? 0x80 : 0)}; sw t1, 0(t0)${clockless ? "; fence.i" : ""}`];
    if (choice < 98 || depth === 0) {
      const label = `skip${++labels}`;
      return [`${pick(branches)} ${reg()}, ${reg()}, ${label}`, ...Array.from({ length: 1 + below(4) }, () => instruction(0)).flat(), `${label}:`];
    }
    const label = `loop${++labels}`;
    return [`addi t2, zero, ${3 + below(20)}`, `${label}:`, ...Array.from({ length: 1 + below(8) }, () => instruction(0)).flat(), `addi t2, t2, -1; bnez t2, ${label}`];
  };

  const functions = Array.from({ length: FUNCTIONS }, (_, index): Line[] => {
    const calls = index + 1 < FUNCTIONS ? ["addi sp, sp, -16; sd ra, 0(sp); sd s9, 8(sp)", `farcall function${index + 1 + below(FUNCTIONS - index - 1)}`, "ld s9, 8(sp); ld ra, 0(sp); addi sp, sp, 16"] : [];
    return [
      // Some functions begin at the end of a page, so that instructions lie in two.
      ...(below(3) === 0 ? [".align 4096", ...Array.from({ length: 1020 - below(12) }, () => 0x13), ".half 1"] : []),
      `function${index}:`, `addi s9, zero, ${2 + below(6)}`, `function${index}_again:`,
      ...Array.from({ length: 6 + below(14) }, () => instruction(1)).flat(), `patch${index}:`, "addi s0, s0, 1", ...(below(3) ? calls : []), ...Array.from({ length: 3 + below(8) }, () => instruction(1)).flat(),
      `addi s9, s9, -1; beqz s9, function${index}_done; farjump function${index}_again`, `function${index}_done:`, "ret",
    ];
  });

  const body: Line[] = [
    `li sp, ${STACK}`, ...operands.map((name) => `li ${name}, ${random64(random)}`), `addi s10, zero, ${rounds}`,
    "rounds:", "farcall function0", ...(FUNCTIONS > 2 ? ["farcall function2"] : []), ...(clockless ? ["farcall tell; add s3, s3, s10"] : []), "addi s10, s10, -1; beqz s10, all_done; farjump rounds", "all_done:",
    "xor a0, a0, s0; xor a0, a0, s3; xor a0, a0, s11; farcall print; farjump exit",
  ];
  return assemble([
    prelude, ".align 8", "handler:",
    "csrrw t6, mscratch, t6; sd t3, 0(t6); sd t4, 8(t6); sd t5, 16(t6); csrr t3, mcause; bge t3, zero, handler_exception",
    `li t4, 0x200bff8; ld t4, 0(t4); addi t4, t4, ${20 + below(300)}; li t5, 0x2004000; sd t4, 0(t5); addi s11, s11, 1; j handled`,
    "handler_exception:", "csrr t3, mepc; addi t3, t3, 4; csrw mepc, t3; xori s11, s11, 5",
    "handled:", "ld t3, 0(t6); ld t4, 8(t6); ld t5, 16(t6); csrrw t6, mscratch, t6; mret",
    // The interrupts of guests that know no clock; no register is free here.
    ".align 256", "vectors:", "j handler; j software", "software:", "csrrci zero, mip, 2; addi s11, s11, 1; mret",
    ".align 8", "delegated:", "csrrci zero, sip, 2; addi s11, s11, 3; sret",
    // Goes to one of two pages: t4 says which, in memory.
    "remap:", `li t4, ${TABLES + 0x2ff8}; ld t5, 0(t4); xori t5, t5, 1; sd t5, 0(t4); slli t5, t5, 10; li t4, ${(CODE / 4096) * 1024 + 0xcf}; add t4, t4, t5; li t5, ${TABLES + 0x2000}; sd t4, 0(t5); li t4, ${VIRTUAL}; sfence.vma ${pick(["t4, zero", "zero, zero"])}; jalr zero, 0(t4)`,
    // All registers, fcsr and the buffer as one number. It leaves its mark in a0 to a4.
    "tell:", "addi sp, sp, -16; sd ra, 0(sp); csrr t0, fcsr", ...[...operands, "s11"].map((name) => `slli t1, t0, 7; srli t0, t0, 57; xor t0, t0, t1; xor t0, t0, ${name}`), ...[0, 1, 2, 3].map((number) => `fmv.x.d t1, fa${number}; add t0, t0, t1`),
    `li t1, ${BUFFER}; li t2, 0x4400; add t2, t2, t1; tell_next:; ld a0, 0(t1); xor t0, t0, a0; slli a0, t0, 5; add t0, t0, a0; srli a0, t0, 31; xor t0, t0, a0; addi t1, t1, 8; bltu t1, t2, tell_next; mv a0, t0`,
    "farcall print; ld ra, 0(sp); addi sp, sp, 16; ret",
    "start:", openProtection, `li t0, ${STACK + 0x1000}; csrw mscratch, t0`, "la t0, handler; csrw mtvec, t0; li t0, 0x6000; csrs mstatus, t0; li s11, 0; li t0, -1; csrw mcounteren, t0",
    `li t0, ${CODE}; li t1, 0x8067_0050_0413; sd t1, 0(t0); li t0, ${CODE + 0x1000}; li t1, 0x8067_0070_0493; sd t1, 0(t0)`.replaceAll("_", ""),
    clockless ? `la t0, vectors; addi t0, t0, 1; csrw mtvec, t0; la t0, delegated; csrw stvec, t0; li t0, 2; csrw mie, t0; csrw mideleg, ${paged ? "t0" : "zero"}` : "li t0, 0x2004000; addi t1, zero, 50; sd t1, 0(t0); li t0, 0x80; csrw mie, t0",
    ...(paged
      ? [`li t0, ${TABLES + 8}; li t1, ${((TABLES + 0x1000) / 4096) * 1024 + 1}; sd t1, 0(t0); li t1, ${(BASE / 4096) * 1024 + 0xcf}; sd t1, 8(t0); li t1, ${0xcf}; sd t1, -8(t0)`,
        `li t0, ${TABLES + 0x1000}; li t1, ${((TABLES + 0x2000) / 4096) * 1024 + 1}; sd t1, 0(t0)`,
        `li t0, ${(8n << 60n) - (1n << 64n) + BigInt(TABLES / 4096)}; csrw satp, t0; sfence.vma zero, zero`,
        "la t0, body; csrw mepc, t0; li t0, 0x1800; csrc mstatus, t0; li t0, 0x880; csrs mstatus, t0; mret"]
      : ["csrrsi zero, mstatus, 8"]),
    "body:", ...body, ...functions.flat(),
  ], BASE).bytes;
}

// Runs words, legal or not, and prints checksums of what each did: every
// compressed word, and random 4-byte ones of every major opcode. What counts
// is the trap that ends it, the registers, and the memory they point to.
//
// The word is followed by c.ebreak, so a legal one that neither jumps nor
// faults traps behind itself, which also tells its length. A breakpoint has
// the pc or zero for a value.

import { decode } from "../../emulator/isa/decode.js";
import { assemble, type Line } from "./assembler.js";
import { BASE, prelude } from "./guest.js";
import { xorshift } from "./random.js";

/// In the midst of zeros, which are illegal, so that jumps end soon.
const SLOT = BASE + 0x200_0000;
const DATA = BASE + 0x280_0000;
/// Words of a group; the program relies on 4 KiB of them.
const EACH = 1024;
const C_EBREAK = 0x9002;

/// Words for each line of output.
export const wordGroups: readonly (readonly number[])[] = groups();

function groups(): number[][] {
  const compressed = Array.from({ length: 0x1_0000 }, (_, word) => word).filter((word) => (word & 3) !== 3 && jumpOf(word) !== 0);
  return [...compressed, ...randomWords(0x5eed, 32 * EACH)].reduce<number[][]>((all, word, index) => {
    if (index % EACH === 0) all.push([]);
    all.at(-1)?.push(word);
    return all;
  }, []);
}

/// 4-byte words, of which few are legal.
export function randomWords(seed: number, count: number): number[] {
  const random = xorshift(seed);
  const words: number[] = [];
  while (words.length < count) {
    const word = ((random() & ~3) | 3) >>> 0;
    if (isComparable(word)) words.push(word);
  }
  return words;
}

/// How far a word jumps. To itself would be for ever.
function jumpOf(word: number): number | undefined {
  return decode(word)?.operands.offset;
}

function isComparable(word: number): boolean {
  const opcode = word & 0x7f, system = 0x73, accesses = [0x03, 0x23, 0x2f];
  const custom = [0x0b, 0x2b, 0x5b, 0x7b];
  // CSRs and waits have programs of their own. Faults near address 0 differ on QEMU 7.2: AMOs in cause, misaligned accesses in value.
  return (word & 0x1f) !== 0x1f && opcode !== system && !custom.includes(opcode) && !(accesses.includes(opcode) && ((word >>> 15) & 31) === 0) && !(Math.abs(jumpOf(word) ?? 8) < 8);
}

export function wordsImage(words: readonly number[] = wordGroups.flat()): Uint8Array {
  const names = Array.from({ length: 31 }, (_, index) => index + 1);
  const x = (number: number) => "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ")[number] ?? "";
  const lines: Line[] = [
    prelude,
    // Registers of the word to the frame, then those of the harness from it.
    ".align 4", "trap:", "csrrw t6, mscratch, t6", ...names.slice(0, 30).map((number) => `sd ${x(number)}, ${number * 8}(t6)`),
    "csrrw t0, mscratch, t6; sd t0, 248(t6)", "csrr t0, mcause; sd t0, 0(t6); csrr t0, mepc; sd t0, 256(t6); csrr t0, mtval; ld t1, 0(t6); addi t1, t1, -3; bnez t1, valued; addi t0, zero, 0; valued:; sd t0, 264(t6)",
    // Fold the frame and the data; the data and the frame's pointers are as before afterwards.
    "addi t0, zero, 34; mv t1, t6; ld s1, 280(t6)", "fold:", "ld t2, 0(t1); xor s1, s1, t2; slli t2, s1, 13; xor s1, s1, t2; srli t2, s1, 7; xor s1, s1, t2; slli t2, s1, 17; xor s1, s1, t2; addi t1, t1, 8; addi t0, t0, -1; bnez t0, fold",
    `li t1, ${DATA - 2048}; li t3, ${DATA + 2560}; li t4, ${0x9002_9002_9002_9002n - (1n << 64n)}`, "data:", "ld t2, 0(t1); xor s1, s1, t2; beq t2, t4, same; sd t4, 0(t1); same:; slli t2, s1, 13; xor s1, s1, t2; srli t2, s1, 7; xor s1, s1, t2; addi t1, t1, 8; bltu t1, t3, data",
    "sd s1, 280(t6); ld s0, 272(t6)",
    "next:", "la t6, frame; la t0, words_end; beq s0, t0, finish", "lwu t1, 0(s0); addi s0, s0, 4; sd s0, 272(t6)",
    // The group's checksum, when its last word is done.
    "la t0, words; sub t0, s0, t0; addi t0, t0, -4; beqz t0, place; slli t0, t0, 52; bnez t0, place",
    "sd t1, 288(t6); ld a0, 280(t6); sd zero, 280(t6); call print; ld t1, 288(t6)",
    "place:", `li t0, ${SLOT}; li t2, ${C_EBREAK}; sw t1, 0(t0); andi t3, t1, 3; addi t4, zero, 3; beq t3, t4, long; sh t2, 2(t0)`, "long:", "sh t2, 4(t0); sh t2, 6(t0); fence.i; csrw mepc, t0; csrw mscratch, t6",
    `li t6, ${DATA}`, ...names.slice(0, 30).map((number) => `addi ${x(number)}, t6, ${number * 16}`), "mret",
    "finish:", "ld a0, 280(t6); call print; j exit",
    "start:", "la t0, trap; csrw mtvec, t0; li t0, 0x7800; csrs mstatus, t0; la s0, words; la t6, frame; sd zero, 280(t6); li s1, 0",
    // Traps come from M-mode and return to it.
    "j next", ".align 4096", "frame:", ...Array.from({ length: 40 }, () => 0n), "words:", ...words, "words_end:",
  ];
  return assemble(lines, BASE).bytes;
}

// After allocation: machine registers in place of virtual ones, moves to
// oneself gone, the frame made and unmade.
//
//     sp + size ->  caller's frame
//                   ra, and the callee-saved registers that are used
//     sp        ->  spill slots

import type { Assignment } from "./allocate.js";
import { calleeSaved, isVirtual, ra, sp, type Instr, type MachineFunc, type Reg } from "./machine.js";

const STACK_ALIGN = 16;

export function buildFrame(fn: MachineFunc, assignment: Assignment): void {
  const machine = (reg: Reg | undefined) => (reg !== undefined && isVirtual(reg) ? assignment.get(reg) : reg);
  for (const block of fn.blocks) {
    for (const instr of block.code) {
      for (const key of ["rd", "rs1", "rs2"] as const) if (instr[key] !== undefined) instr[key] = machine(instr[key])!;
    }
    block.code = block.code.filter(({ op, rd, rs1 }) => op !== "mv" || rd !== rs1);
  }

  const code = fn.blocks.flatMap((block) => block.code);
  const written = new Set(code.map(({ rd }) => rd));
  const saved = [
    ...(code.some(({ op }) => op === "call") ? [ra] : []),
    ...calleeSaved.filter((reg) => written.has(reg)),
  ];
  const bytes = 8 * (saved.length + fn.slots);
  const size = Math.ceil(bytes / STACK_ALIGN) * STACK_ALIGN;
  if (size === 0) return;
  const place = (reg: Reg) => size - 8 * (saved.indexOf(reg) + 1);
  const enter: Instr[] = [
    { op: "addi", rd: sp, rs1: sp, imm: -size },
    ...saved.map((reg) => ({ op: "sd", rs2: reg, rs1: sp, imm: place(reg) })),
  ];
  const leave: Instr[] = [
    ...saved.map((reg) => ({ op: "ld", rd: reg, rs1: sp, imm: place(reg) })),
    { op: "addi", rd: sp, rs1: sp, imm: size },
  ];
  fn.blocks[0]!.code.unshift(...enter);
  for (const block of fn.blocks)
    block.code = block.code.flatMap((instr) => (instr.op === "ret" ? [...leave, instr] : [instr]));
}

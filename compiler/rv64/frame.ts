// After allocation: machine registers in place of virtual ones, moves to
// oneself gone, the frame made and unmade.
//
//     sp + size ->  incoming: arguments beyond the eighth, in the caller's frame
//                   ra, and the callee-saved registers that are used
//                   slots: locals that live in memory
//                   spills
//     sp        ->  outgoing: arguments beyond the eighth
//
// A frame of more than 2 KiB needs a scratch register for what lies beyond the
// reach of an offset; the caller keeps one free and asks again.

import { Refusal } from "../refusal.js";
import type { Assignment } from "./allocate.js";
import {
  calleeSaved,
  changed,
  defsOf,
  fitsImm12,
  isCall,
  isCopy,
  isFloatReg,
  isVirtual,
  mapRegs,
  newInstr,
  ra,
  sp,
  type FrameArea,
  type FrameStep,
  type Instr,
  type MachineFunc,
  type Reg,
} from "./machine.js";

import { shrinkWrap } from "./shrink-wrap.js";

const STACK_ALIGN = 16;
const align = (bytes: number) => Math.ceil(bytes / STACK_ALIGN) * STACK_ALIGN;

/// False where it needs `scratch` and has none; the function is of no use then.
export function buildFrame(fn: MachineFunc, assignment: Assignment, scratch: Reg | undefined): boolean {
  const machine = (reg: Reg) => (isVirtual(reg) ? assignment.get(reg)! : reg);
  for (const block of fn.blocks) {
    for (const instr of block.code) mapRegs(instr, machine);
    block.code = block.code.filter((instr) => !isCopy(instr) || instr.rd !== instr.rs1);
  }

  const written = new Set<Reg>();
  let calls = false;
  for (const { code } of fn.blocks) {
    for (const instr of code) {
      for (const reg of defsOf(instr)) written.add(reg);
      calls ||= isCall(instr);
    }
  }
  const saved = [
    ...(calls || written.has(ra) ? [ra] : []),
    ...[...calleeSaved, ...fn.alsoSaved].filter((reg) => written.has(reg)),
  ];
  const { outgoing, spills, slots } = fn.frame;
  const size = align(outgoing + spills + slots + 8 * saved.length);
  if (fn.attributes.leaf && size > 0)
    throw new Refusal("TM4002", `${fn.name} needs ${size} bytes`, fn.location);
  if (!fitsImm12(size) && scratch === undefined) return false;

  const bases: Record<FrameArea, number> = { outgoing: 0, spills: outgoing, slots: outgoing + spills, incoming: size };
  fn.layout = { bases, size };
  for (const block of fn.blocks) {
    if (!block.code.some(({ area }) => area)) continue;
    block.code = block.code.flatMap((instr) => (instr.area ? reach(instr, bases[instr.area] + instr.imm!, scratch) : instr));
  }
  if (size === 0) return true;
  // Registers are saved near the caller's frame, so that their offsets always reach.
  const near = fitsImm12(size) ? size : align(8 * saved.length);
  const places = saved.map((reg, index) => ({ reg, offset: near - 8 * (index + 1) }));
  const enter = [
    ...moveStack(-near, scratch, { bytes: near, saved: [] }),
    ...places.map(({ reg, offset }, index): Instr => ({
      op: isFloatReg(reg) ? "fsd" : "sd",
      rs2: reg,
      rs1: sp,
      imm: offset,
      frameStep: { bytes: near, saved: places.slice(0, index + 1) },
    })),
    ...moveStack(near - size, scratch, { bytes: size, saved: moved(places, size - near) }),
  ];
  const leave = [
    ...moveStack(size - near, scratch, { bytes: near, saved: places }),
    ...places.map(({ reg, offset }): Instr => ({ op: isFloatReg(reg) ? "fld" : "ld", rd: reg, rs1: sp, imm: offset })),
    ...moveStack(near, scratch, { bytes: 0, saved: [] }),
  ];
  const body: FrameStep = { bytes: size, saved: moved(places, size - near) };
  const entering = enter.map((instr) => newInstr(instr, fn.location));
  const early = shrinkWrap(fn, saved, entering) ? fn.blocks[1] : undefined;
  if (!early) fn.blocks[0]!.code.unshift(...entering);
  for (const block of fn.blocks) {
    const last = block.code.at(-1);
    if (last?.op !== "ret" || block === early) continue;
    block.code.splice(-1, 1, ...leave.map((undo) => newInstr(undo, last.location)), changed(last, { frameStep: body, variables: undefined }));
  }
  return true;
}

const moved = (places: FrameStep["saved"], by: number) => places.map(({ reg, offset }) => ({ reg, offset: offset + by }));

function moveStack(by: number, scratch: Reg | undefined, frameStep: FrameStep): Instr[] {
  if (by === 0) return [];
  if (fitsImm12(by)) return [{ op: "addi", rd: sp, rs1: sp, imm: by, frameStep }];
  return [
    { op: "li", rd: scratch!, value: BigInt(by) },
    { op: "add", rd: sp, rs1: sp, rs2: scratch!, frameStep },
  ];
}

/// An access relative to sp at that offset, by way of the scratch register where it is far.
function reach(instr: Instr, offset: number, scratch: Reg | undefined): Instr | Instr[] {
  if (fitsImm12(offset)) {
    instr.imm = offset;
    return instr;
  }
  const { location, variables } = instr;
  const far = newInstr({ op: "li", rd: scratch!, value: BigInt(offset), location, variables, during: variables });
  if (instr.op === "addi") return [far, newInstr({ op: "add", rd: instr.rd!, rs1: sp, rs2: scratch!, location, variables })];
  return [far, newInstr({ op: "add", rd: scratch!, rs1: scratch!, rs2: sp, location, variables }), changed(instr, { rs1: scratch!, imm: 0 })];
}

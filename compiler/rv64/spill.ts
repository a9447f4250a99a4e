// Spilling: a value lives in a stack slot, with a short-lived register at each
// definition and use. A constant or an address has no slot: it is made again.

import type { Location } from "../ir/types.js";
import { changed, defsOf, freshLike, isCopy, isFloatReg, mapRegs, newInstr, SLOT_BYTES, sp, usesOf, type Instr, type MachineFunc, type Reg } from "./machine.js";

export function spill(fn: MachineFunc, regs: ReadonlySet<Reg>, temporaries: Set<Reg>): void {
  const definitions = new Map<Reg, Instr[]>();
  for (const { code } of fn.blocks)
    for (const instr of code)
      for (const reg of defsOf(instr)) if (regs.has(reg)) definitions.set(reg, [...(definitions.get(reg) ?? []), instr]);
  const slots = new Map<Reg, number>();
  const slotOf = (reg: Reg) => {
    const known = slots.get(reg);
    if (known !== undefined) return known;
    const slot = fn.frame.spills;
    fn.frame.spills += SLOT_BYTES;
    slots.set(reg, slot);
    fn.spilled.set(reg, slot);
    return slot;
  };
  const load = (rd: Reg, reg: Reg, location?: Location): Instr => {
    const again = remade(reg);
    return again ? changed(again, { rd, location }) : newInstr({ op: isFloatReg(reg) ? "fld" : "ld", rd, rs1: sp, imm: slotOf(reg), area: "spills", location });
  };
  const store = (rs2: Reg, reg: Reg, location?: Location): Instr =>
    newInstr({ op: isFloatReg(reg) ? "fsd" : "sd", rs2, rs1: sp, imm: slotOf(reg), area: "spills", location });
  const remade = (reg: Reg): Instr | undefined => {
    const [only, ...more] = definitions.get(reg) ?? [];
    const { op, area } = only ?? {};
    return only && more.length === 0 && (op === "li" || op === "la" || (op === "addi" && area)) ? only : undefined;
  };
  const isSpilled = (reg: Reg | undefined): reg is Reg => reg !== undefined && regs.has(reg);
  const rewrite = (instr: Instr): Instr[] => {
    const { rd, rs1, location } = instr;
    // A copy to or from a slot needs no register between.
    if (isCopy(instr) && isSpilled(rd) && !isSpilled(rs1) && rs1 !== undefined) return [store(rs1, rd, location)];
    if (isCopy(instr) && isSpilled(rs1) && !isSpilled(rd) && rd !== undefined)
      return [load(rd, rs1, location)];
    const named = new Map<Reg, Reg>();
    const temporaryOf = (reg: Reg) => {
      if (!regs.has(reg)) return reg;
      const known = named.get(reg);
      if (known !== undefined) return known;
      const temporary = freshLike(fn, reg);
      temporaries.add(temporary);
      named.set(reg, temporary);
      return temporary;
    };
    const [uses, defs] = [new Set(usesOf(instr).filter(isSpilled)), defsOf(instr).filter(isSpilled)];
    if (uses.size === 0 && defs.length === 0) return [instr];
    if (rd !== undefined && isSpilled(rd) && remade(rd)) return [];
    const before = [...uses].map((reg) => load(temporaryOf(reg), reg, location));
    const after = defs.map((reg) => store(temporaryOf(reg), reg, location));
    mapRegs(instr, temporaryOf);
    return [...before, instr, ...after];
  };
  for (const block of fn.blocks) block.code = block.code.flatMap(rewrite);
}

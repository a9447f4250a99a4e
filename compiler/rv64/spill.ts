// Spilling: a value lives in a stack slot, with a short-lived register at each
// definition and use. A constant or an address has no slot: it is made again.

import { defsOf, SLOT_BYTES, sp, usesOf, type Instr, type MachineFunc, type Reg } from "./machine.js";

export function spill(fn: MachineFunc, regs: ReadonlySet<Reg>, temporaries: Set<Reg>): void {
  const definitions = new Map<Reg, Instr[]>();
  for (const instr of fn.blocks.flatMap(({ code }) => code))
    for (const reg of defsOf(instr)) definitions.set(reg, [...(definitions.get(reg) ?? []), instr]);
  const slots = new Map<Reg, number>();
  const slotOf = (reg: Reg) => {
    if (!slots.has(reg)) slots.set(reg, SLOT_BYTES * fn.slots++);
    return slots.get(reg)!;
  };
  const remade = (reg: Reg): Instr | undefined => {
    const [only, ...more] = definitions.get(reg) ?? [];
    return only && more.length === 0 && (only.op === "li" || only.op === "la") ? only : undefined;
  };
  for (const block of fn.blocks) {
    block.code = block.code.flatMap((instr) => {
      const [before, after]: [Instr[], Instr[]] = [[], []];
      for (const reg of new Set(usesOf(instr).filter((use) => regs.has(use)))) {
        const temporary = fn.nextVirtual++;
        temporaries.add(temporary);
        const source = remade(reg);
        before.push(source ? { ...source, rd: temporary } : { op: "ld", rd: temporary, rs1: sp, imm: slotOf(reg) });
        if (instr.rs1 === reg) instr.rs1 = temporary;
        if (instr.rs2 === reg) instr.rs2 = temporary;
      }
      if (instr.rd !== undefined && regs.has(instr.rd)) {
        if (remade(instr.rd)) return before;
        const temporary = fn.nextVirtual++;
        temporaries.add(temporary);
        after.push({ op: "sd", rs2: temporary, rs1: sp, imm: slotOf(instr.rd) });
        instr.rd = temporary;
      }
      return [...before, instr, ...after];
    });
  }
}

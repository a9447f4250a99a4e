// Instructions of the privileged architecture. ISA manual, volume II,
// chapters 3.3 and 10.2. Their meaning is the hart's (emulator/cpu).

import { Cause } from "./machine.js";
import { hosted, Privilege, type Row } from "./row.js";

export const privileged: readonly Row[] = [
  hosted("mret",                "0011000 00010 00000 000 00000 1110011", (hart) => unless(hart.returnFromTrap(Privilege.machine))),
  hosted("sret",                "0001000 00010 00000 000 00000 1110011", (hart) => unless(hart.returnFromTrap(Privilege.supervisor)), {
    quick: (_, m) => {
      m.attempt("returnFromSupervisor", [], true);
      m.raise(Cause.host);
    },
  }),
  hosted("wfi",                 "0001000 00101 00000 000 00000 1110011", (hart) => unless(hart.waitForInterrupt())),
  hosted("sfence.vma rs1, rs2", "0001001 rs2   rs1   000 00000 1110011", (hart, { rs1, rs2 }) =>
    unless(hart.fenceTranslations(rs1 === 0 ? undefined : hart.readRegister(rs1), rs2 === 0 ? undefined : hart.readRegister(rs2)))),
];

export const svinval: readonly Row[] = [
  hosted("sinval.vma rs1, rs2", "0001011 rs2   rs1   000 00000 1110011", (hart, { rs1, rs2 }) =>
    unless(hart.fenceTranslations(rs1 === 0 ? undefined : hart.readRegister(rs1), rs2 === 0 ? undefined : hart.readRegister(rs2)))),
  // Invalidation is not delayed, so there is nothing to order.
  hosted("sfence.w.inval",      "0001100 00000 00000 000 00000 1110011", (hart) => unless(hart.privilege !== Privilege.user)),
  hosted("sfence.inval.ir",     "0001100 00001 00000 000 00000 1110011", (hart) => unless(hart.privilege !== Privilege.user)),
];

function unless(legal: boolean): void | "illegal" {
  if (!legal) return "illegal";
}

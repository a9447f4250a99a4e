// What gdb is told of the registers. GDB manual, appendix G.5.11 (RISC-V
// features); numbers of CSRs are 65 and on, as gdb counts them itself.

import { csrNumbers } from "../isa/csr-names.js";

const generalNames = ("zero ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split(" ");
const floatNames = ("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11").split(" ");

/// gdb's numbers.
export const RegisterNumber = { pc: 32, firstFloat: 33, firstCsr: 65, privilege: 4161 } as const;

const floatCsrs = ["fflags", "frm", "fcsr"];

/// The file that gdb asks for as target.xml. CSRs are those that the harts have.
export function targetDescription(csrs: readonly string[]): string {
  const csrRegister = (name: string, group = "") => `<reg name="${name}" bitsize="64" regnum="${RegisterNumber.firstCsr + (csrNumbers[name] as number)}"${group}/>`;
  const feature = (name: string, registers: readonly string[]) => `<feature name="org.gnu.gdb.riscv.${name}">${registers.join("")}</feature>`;
  return [
    '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>riscv:rv64</architecture>',
    feature("cpu", [...generalNames.map((name, x) => `<reg name="${name}" bitsize="64" regnum="${x}" type="${x === 1 ? "code_ptr" : x === 2 || x === 8 ? "data_ptr" : "int"}"/>`), `<reg name="pc" bitsize="64" regnum="${RegisterNumber.pc}" type="code_ptr"/>`]),
    feature("fpu", [
      '<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>',
      ...floatNames.map((name, f) => `<reg name="${name}" bitsize="64" type="riscv_double" regnum="${RegisterNumber.firstFloat + f}"/>`), ...floatCsrs.map((name) => csrRegister(name)),
    ]),
    feature("csr", csrs.filter((name) => !floatCsrs.includes(name)).map((name) => csrRegister(name, ' group="csr"'))),
    feature("virtual", [`<reg name="priv" bitsize="64" regnum="${RegisterNumber.privilege}"/>`]),
    "</target>",
  ].join("");
}

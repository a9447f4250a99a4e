// Registers as small numbers without a gap, nodes: the machine's, then the
// virtual ones, those of the FP file last.

import { FIRST_VIRTUAL_FLOAT, isFloatReg, type MachineFunc, type Reg } from "./machine.js";

export class Numbering {
  readonly size: number;
  private readonly firstFloat: number;
  private readonly hasFloats: boolean;

  constructor({ nextVirtual, nextVirtualFloat }: Pick<MachineFunc, "nextVirtual" | "nextVirtualFloat">) {
    this.firstFloat = nextVirtual;
    this.hasFloats = nextVirtualFloat > FIRST_VIRTUAL_FLOAT;
    this.size = nextVirtual + nextVirtualFloat - FIRST_VIRTUAL_FLOAT;
  }

  nodeOf(reg: Reg): number {
    return reg < FIRST_VIRTUAL_FLOAT ? reg : reg - FIRST_VIRTUAL_FLOAT + this.firstFloat;
  }
  nodesOf(regs: readonly Reg[]): readonly number[] {
    return this.hasFloats ? regs.map((reg) => this.nodeOf(reg)) : regs;
  }
  regOf(node: number): Reg {
    return node < this.firstFloat ? node : node - this.firstFloat + FIRST_VIRTUAL_FLOAT;
  }
  isFloat(node: number): boolean {
    return isFloatReg(this.regOf(node));
  }
}

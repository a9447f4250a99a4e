// A hart as the built-in SBI sees it.

import type { Hart } from "../cpu/hart.js";
import { Interrupt, Status } from "../cpu/status.js";
import { csrNumbers } from "../isa/csr-names.js";
import { Privilege } from "../isa/row.js";
import type { InterruptLine } from "../devices/device.js";
import { never, supervisorSetup, type SbiHart } from "./sbi.js";

const A0 = 10, A1 = 11;

export class SupervisedHart implements SbiHart {
  readonly software: InterruptLine;

  constructor(private readonly hart: Hart) {
    // Not a pin: the guest clears the bit itself, in sip.
    const bit = 1n << BigInt(Interrupt.supervisorSoftware);
    this.software = {
      set: (level) => {
        hart.setCsr("mip", level ? hart.getCsr("mip") | bit : hart.getCsr("mip") & ~bit);
        hart.interruptsChanged();
      },
    };
  }

  get id(): number { return this.hart.id; }
  readRegister(x: number): bigint { return this.hart.readRegister(x); }
  writeRegister(x: number, value: bigint): void { this.hart.writeRegister(x, value); }

  startSupervisor(pc: bigint, a0: bigint, a1: bigint): void {
    const { hart } = this;
    hart.reset(pc);
    hart.writeRegister(A0, a0);
    hart.writeRegister(A1, a1);
    for (const name of ["medeleg", "mideleg", "mcounteren", "scounteren"] as const) hart.setCsr(name, supervisorSetup[name]);
    // The kernel's timer is Sstc's, and nothing is protected from it.
    hart.accessCsr(csrNumbers.menvcfg as number, (old) => old | supervisorSetup.menvcfg);
    this.setTimer(never);
    hart.accessCsr(csrNumbers.pmpaddr0 as number, () => supervisorSetup.pmpaddr0);
    hart.accessCsr(csrNumbers.pmpcfg0 as number, () => supervisorSetup.pmpcfg0);
    hart.privilege = Privilege.supervisor;
    hart.status = Number(supervisorSetup.mstatus) & Status.fs;
    hart.parked = false;
  }

  setTimer(ticks: bigint): void { this.hart.setSupervisorTimer(ticks); }

  stop(): void {
    this.hart.parked = true;
    this.hart.stop();
  }

  waitForInterrupt(): void { this.hart.waitForInterrupt(); }
  // Decoded code is never stale.
  fenceInstructions(): void {}
  fenceTranslations(): void { this.hart.dropTranslations(); }

  loadVirtual(vaddr: bigint): bigint | undefined { return this.hart.loadVirtual(vaddr); }
}

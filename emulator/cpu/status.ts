// mstatus and the interrupt bits. ISA manual, volume II, chapter 3.1.6.
//
//     63    35 34 33 32      22  21 20  19  18  17   16..15 14 13 12  11 10 9 8   7    5    3   1
//    |SD|  |SXL|UXL |  |TSR|TW|TVM|MXR|SUM|MPRV|  0  | FS  | MPP |  0  |SPP|MPIE|SPIE|MIE|SIE|
//
// All that changes but SD lies in the lower half.

export const Status = {
  sie: 1 << 1, mie: 1 << 3, spie: 1 << 5, mpie: 1 << 7, spp: 1 << 8,
  mppShift: 11, mpp: 3 << 11, fsShift: 13, fs: 3 << 13,
  mprv: 1 << 17, sum: 1 << 18, mxr: 1 << 19, tvm: 1 << 20, tw: 1 << 21, tsr: 1 << 22,
} as const;

/// What M-mode may write, and what S-mode may see and write.
export const MSTATUS_WRITABLE = Status.sie | Status.mie | Status.spie | Status.mpie | Status.spp | Status.mpp | Status.fs
  | Status.mprv | Status.sum | Status.mxr | Status.tvm | Status.tw | Status.tsr;
export const SSTATUS_WRITABLE = Status.sie | Status.spie | Status.spp | Status.fs | Status.sum | Status.mxr;

/// Upper halves without SD: SXL and UXL are 2 (64 bits) and stay so.
export const MSTATUS_HIGH = 0xa;
export const SSTATUS_HIGH = 0x2;

export const FloatState = { off: 0, initial: 1, clean: 2, dirty: 3 } as const;

/// Bits of menvcfg and senvcfg; those of the upper half of menvcfg are S-mode's extensions.
export const Environment = { fiom: 1, cbie: 3 << 4, cbcfe: 1 << 6, cbze: 1 << 7 } as const;
export const EnvironmentHigh = { adue: 1 << 29, pbmte: 1 << 30, stce: 1 << 31 } as const;

/// Bits of mip and mie.
export const Interrupt = { supervisorSoftware: 1, machineSoftware: 3, supervisorTimer: 5, machineTimer: 7, supervisorExternal: 9, machineExternal: 11 } as const;

export const SUPERVISOR_INTERRUPTS = (1 << 1) | (1 << 5) | (1 << 9);
export const MACHINE_INTERRUPTS = (1 << 3) | (1 << 7) | (1 << 11);
/// The order in which interrupts of one mode are taken.
export const interruptPriority = [11, 3, 7, 9, 1, 5] as const;

/// Exceptions that M-mode may delegate: all that there are but the environment call from M-mode.
export const DELEGABLE_EXCEPTIONS = 0xb3ffn;

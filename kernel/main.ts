// The kernel, from its first instruction in the upper half to the first user thread. Read this first.
import { readDeviceTree, MachineInfo } from "./boot/device-tree.js";
import { startInit } from "./boot/init.js";
import { MAX_HARTS, emptyCNode, hart, hartAt, harts } from "./hart.js";
import { type Paddr, PAGE_SIZE, alignUp, toPaddr, toVaddr, useZeroBlocks } from "./memory/layout.js";
import { start, startOther } from "./riscv64/boot.js";
import { enableInterrupts } from "./riscv64/interrupt.js";
import { hasFpu } from "./riscv64/fpu.js";
import { initPlic, maskIrqs } from "./riscv64/plic.js";
import { acquireLock, releaseLock } from "./riscv64/lock.js";
import { startHart, writeConsole } from "./riscv64/sbi.js";
import { enterThread, lockedEnterThread, lockedTrapEntry, trapEntry } from "./riscv64/trap.js";
import type { Tcb } from "./object/tcb.js";
import { switchThread } from "./schedule/scheduler.js";

layout({ virtual: 0xffffffc080200000, physical: 0x80200000, entry: start });

/// Programs that come with the image. An initial RAM disk, where the machine has one, takes their place.
const ownArchive = embed("userland.cpio");

const NANOSECONDS: u64 = 1_000_000_000;
const SPP: u64 = 1 << 8, SPIE: u64 = 1 << 5, SIE: u64 = 1 << 1, FS: u64 = 3 << 13;
const USER_COUNTERS: u64 = 7;
/// Harts that one mask of the firmware's can name.
const MASK_BITS: u64 = 64;

export function kernelMain(hartId: u64, deviceTree: Paddr): never {
  const machine = zeroed<MachineInfo>();
  readDeviceTree(deviceTree, ref(machine));
  useZeroBlocks(machine.zeroBlockBytes);
  const h = hart();
  h.hartId = hartId;
  h.bit = u64(1) << hartId;
  h.nanosecondsPerTick = NANOSECONDS / machine.timebase;
  h.userStatus = (csr.sstatus.read() & ~(SPP | SIE | FS)) | SPIE;
  h.kernelSatp = csr.satp.read();
  emptyCNode().slotCount = 1;
  maskIrqs();
  writeConsole("typemetal\n");
  acquireLock();
  startOthers(ref(machine));
  enterKernel();

  const free = alignUp(toPaddr(symbolAddress("__image_end")), PAGE_SIZE);
  startInit(archiveOf(ref(machine)), free, endOfFree(ref(machine)));
  goOn();
}

/// The beginning of a hart that `startOthers` has started.
export function otherMain(): never {
  enterKernel();
  acquireLock();
  hart().isIdle = false;
  goOn();
}

// What each hart does for itself.
function enterKernel(): void {
  // sscratch is zero in the kernel: a trap from here on is a bug, and says so.
  csr.sscratch.write(0);
  csr.stvec.write(u64.of(harts.count === 1 ? trapEntry : lockedTrapEntry));
  csr.scounteren.write(USER_COUNTERS);
  const h = hart();
  h.hasFpu = hasFpu();
  h.chargedAt = csr.time.read();
  initPlic();
  enableInterrupts();
}

// They wait for the kernel lock, which this hart has.
function startOthers(machine: Ptr<MachineInfo>): void {
  const own = hart();
  harts.count = 1;
  for (let i: usize = 0; i < machine.hartCount && harts.count < MAX_HARTS; i++) {
    const hartId = machine.hartIds[i], h = hartAt(harts.count);
    if (hartId === own.hartId || hartId >= MASK_BITS) continue;
    h.hartId = hartId;
    h.bit = u64(1) << hartId;
    h.index = harts.count;
    h.nanosecondsPerTick = own.nanosecondsPerTick;
    h.userStatus = own.userStatus;
    h.kernelSatp = own.kernelSatp;
    h.isIdle = true;
    harts.count += 1;
    fence();
    if (!startHart(hartId, toPaddr(u64.of(startOther)), toPaddr(u64.of(h)))) harts.count -= 1;
  }
}

function goOn(): never {
  const t = switchThread();
  if (harts.count > 1) enterUserLocked(t);
  releaseLock();
  enterUser(t);
}

function archiveOf(machine: Ptr<MachineInfo>): readonly u8[] {
  const bytes = machine.initrdEnd - machine.initrdStart;
  return bytes === 0 ? ownArchive : unsafe.many<u8>(toVaddr(machine.initrdStart)).slice(bytes);
}

// Firmware puts the device tree and an initial RAM disk in the upper part of memory; the rest is free.
function endOfFree(machine: Ptr<MachineInfo>): Paddr {
  let end = machine.memoryEnd;
  if (machine.deviceTreeStart > machine.memoryStart && machine.deviceTreeStart < end) end = machine.deviceTreeStart;
  if (machine.initrdStart !== machine.initrdEnd && machine.initrdStart < end) end = machine.initrdStart;
  return end & ~(PAGE_SIZE - 1);
}

// Goes on with the thread as from a trap.
function enterUser(_t: Ptr<Tcb> | null): never {
  return naked()`
  j     ${enterThread}`;
}

function enterUserLocked(_t: Ptr<Tcb> | null): never {
  return naked()`
  j     ${lockedEnterThread}`;
}

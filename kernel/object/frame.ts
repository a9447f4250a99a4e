// Frame: a page of user memory or of device registers. There is no object in memory; where the page is
// mapped stands in the capability's badge, so each copy is mapped once and unmapped with it.
//
//    badge   43                 17 16            1   0
//           +---------------------+---------------+---+
//           |    vaddr >> 12      |     ASID      | D |      ASID 0: not mapped; D: device registers
//           +---------------------+---------------+---+
import { type Header, type Slot, badgeOf, hasRight, rightsOf, typeOf, capabilityWordOf } from "./capability.js";
import { insertChild } from "./derivation.js";
import { lookup, lookupIn } from "./cnode.js";
import { isUsable, VSpace, mapPage, spaceOfAsid, unmapPage } from "./vspace.js";
import { loseRing } from "./debug.js";
import { PteFlag } from "../memory/sv39.js";
import { type Paddr, type Vaddr, PAGE_BITS, PAGE_SIZE, USER_END, toPaddr, toVaddr } from "../memory/layout.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

const DEVICE: u64 = 1;
/// RAM starts here on QEMU's virt board; below are devices.
const DEVICE_END: Paddr = 0x8000_0000;

/// The capability names the page by its physical address: devices are not in the kernel's map of RAM.
export function createFrame(vaddr: Vaddr, _sizeBits: u64): Ptr<Header> {
  return unsafe.ptr<Header>(toPaddr(vaddr));
}

function setBadge(slot: Ptr<Slot>, badge: u64): void {
  slot.word = capabilityWordOf(ObjectType.Frame, rightsOf(slot), badge);
}

export function isDevice(slot: Ptr<Slot>): boolean {
  return (badgeOf(slot) & DEVICE) !== 0;
}

export function unmappedBadge(slot: Ptr<Slot>): u64 {
  return badgeOf(slot) & DEVICE;
}

export function invokeDeviceFrame(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const to = lookupIn(t, a[1], a[2], Right.Write);
  if (to === null || a[0] >= DEVICE_END || a[0] % PAGE_SIZE !== 0) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  to.object = unsafe.ptr<Header>(a[0]);
  to.word = capabilityWordOf(ObjectType.Frame, Right.Grant | Right.Read | Right.Write, DEVICE);
  insertChild(slot, to);
  return KernelError.None;
}

export function invokeMap(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const other = lookup(t.cspace, a[0]);
  if (other === null || typeOf(other) !== ObjectType.VSpace) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Write)) return KernelError.MissingRight;
  return mapFrame(slot, unsafe.container<VSpace>(other.object!, "header"), a[1], a[2]);
}

/// `rights`: Read, Write and Execute as they are wanted; Write needs Read, and never with Execute.
export function mapFrame(slot: Ptr<Slot>, v: Ptr<VSpace>, vaddr: u64, rights: u64): KernelError {
  const writable = (rights & Right.Write) !== 0, executable = (rights & Right.Execute) !== 0;
  if ((rights & Right.Read) === 0 || (rights & ~u64(Right.Read | Right.Write | Right.Execute)) !== 0) return KernelError.InvalidArgument;
  if ((writable && executable) || vaddr >= USER_END || vaddr < PAGE_SIZE || vaddr % PAGE_SIZE !== 0) return KernelError.InvalidArgument;
  if ((rights & ~rightsOf(slot)) !== 0) return KernelError.MissingRight;
  if (badgeOf(slot) >>> 1 !== 0) return KernelError.SlotOccupied;
  if (!isUsable(v)) return KernelError.InvalidCapability;
  const flags: u64 = PteFlag.User | PteFlag.Read | (writable ? PteFlag.Write : 0) | (executable ? PteFlag.Execute : 0);
  const error = mapPage(v, vaddr, u64.of(slot.object), flags);
  if (error === KernelError.None) setBadge(slot, unmappedBadge(slot) | (v.asid << 1) | ((vaddr >>> PAGE_BITS) << 17));
  return error;
}

export function invokeUnmap(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  if (badgeOf(slot) >>> 1 === 0) return KernelError.InvalidArgument;
  unmapFrame(slot);
  return KernelError.None;
}

/// Takes the page out of the address space it is in. That one may be gone, and its ASID another's: the
/// entry is only taken where it maps this very page.
export function unmapFrame(slot: Ptr<Slot>): void {
  loseRing(toVaddr(u64.of(slot.object)));
  const badge = badgeOf(slot);
  const v = spaceOfAsid((badge >>> 1) & 0xffff);
  setBadge(slot, unmappedBadge(slot));
  if (v !== null) unmapPage(v, (badge >>> 17) << PAGE_BITS, u64.of(slot.object));
}

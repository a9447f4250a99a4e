// Translations that other harts remember: unmapping, protecting, clones.
import { BootSlot } from "../../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../../kernel/abi/objects.js";
import {
  cnodeCopy, frameMap, frameUnmap, memoryObjectClone, memoryObjectDecommit, memoryObjectSetPool, tcbResume, vspaceMapMO, vspaceProtect, vspaceUnmap,
} from "../../../../userland/lib/stubs.js";
import { check, equal, succeeds } from "../lib/check.js";
import { deleteAll, LOW, newObject, newSlot, PAGE_SIZE, SELF, WINDOW } from "../lib/world.js";
import { cell, clearCells, goesOn, PATIENCE, reaches, standsMuch, startOn, valueOf } from "./harts.js";

export const RW: u64 = Right.Read | Right.Write;
export const VSPACE = BootSlot.VSpace;

/// Writes to a page again and again.
export function writer(vaddr: u64): never {
  for (;;) {
    unsafe.ptr<Reg<u64>>(vaddr).write(valueOf(1));
    cell(1).value.fetchAdd(1);
  }
}

function lastWrite(vaddr: u64): u64 {
  return unsafe.ptr<Reg<u64>>(vaddr).read();
}

/// Whether nothing is written to a page any more.
function isQuiet(vaddr: u64): boolean {
  const before = lastWrite(vaddr);
  for (let i: u64 = 0; i < 20_000; i++) if (lastWrite(vaddr) !== before) return false;
  return true;
}

function isWritten(vaddr: u64): boolean {
  const before = lastWrite(vaddr);
  for (let i: u64 = 0; i < PATIENCE; i++) if (lastWrite(vaddr) !== before) return true;
  return false;
}

export function unmapping(): void {
  clearCells();
  const frame = newObject(ObjectType.Frame, 0), other = newSlot();
  cnodeCopy(SELF, other, SELF, frame, Right.All);
  frameMap(frame, VSPACE, WINDOW, RW);
  frameMap(other, VSPACE, WINDOW + PAGE_SIZE, RW);
  const t = startOn(1, writer, WINDOW, LOW);
  check("a thread of another hart writes to a page", reaches(1, 1000) && isWritten(WINDOW + PAGE_SIZE));
  succeeds("which is unmapped", frameUnmap(frame));
  check("then it writes no more", isQuiet(WINDOW + PAGE_SIZE));
  check("and stops in its fault", standsMuch(1));
  frameMap(frame, VSPACE, WINDOW, RW);
  tcbResume(t.tcb);
  check("where the page is back, so is the thread", goesOn(1));
  deleteAll(frame);
  check("a deleted capability takes the page along", isQuiet(WINDOW + PAGE_SIZE) && standsMuch(1));
}

export function sharing(): void {
  clearCells();
  const mo = newObject(ObjectType.MemoryObject, 12), clone = newSlot(), at = WINDOW + 16 * PAGE_SIZE, seen = at + 16 * PAGE_SIZE, copied = at + 32 * PAGE_SIZE;
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 18));
  vspaceMapMO(VSPACE, at, mo, 0, 1, RW);
  vspaceMapMO(VSPACE, seen, mo, 0, 1, Right.Read);
  const t = startOn(1, writer, at, LOW);
  check("pages are committed by whatever hart touches them", reaches(1, 1000) && isWritten(seen));
  let made: i64 = memoryObjectClone(mo, SELF, clone);
  while (made === -KernelError.Restart) made = memoryObjectClone(mo, SELF, clone);
  succeeds("a clone is made while another hart writes", made);
  vspaceMapMO(VSPACE, copied, clone, 0, 1, RW);
  const kept = lastWrite(copied);
  check("the writer goes on", goesOn(1) && isWritten(seen));
  check("and the clone keeps what was", isQuiet(copied) && lastWrite(copied) === kept);
  unsafe.ptr<Reg<u64>>(copied).write(7);
  check("the clone has a page of its own", lastWrite(copied) === 7 && lastWrite(seen) !== 7);
  succeeds("the page is protected", vspaceProtect(VSPACE, at, Right.Read));
  check("then nothing is written", isQuiet(seen) && standsMuch(1));
  succeeds("and opened", vspaceProtect(VSPACE, at, RW));
  tcbResume(t.tcb);
  check("and written again", goesOn(1) && isWritten(seen));
  let good: u64 = 0;
  for (let i: u64 = 0; i < 20; i++) {
    if (memoryObjectDecommit(mo, 0, 1) >= 0 && goesOn(1)) good += 1;
  }
  equal("memory is taken away under the writer, and it gets other", good, 20);
  succeeds("the region goes", vspaceUnmap(VSPACE, at));
  check("and the writer stops", isQuiet(seen) && standsMuch(1));
}

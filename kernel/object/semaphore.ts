// Semaphore: a counter and the threads that wait while it is zero (2.14). It may be used across harts, and an
// interrupt may raise it (2.16).
//
// Invariant: `waiters` is non-empty only while `count` is zero; each thread in it has
// blockedOn == semaphore | Wait.Semaphore.
import { type Header, type Slot } from "./capability.js";
import { type Tcb, Wait, failWith, stopWaiting } from "./tcb.js";
import { append, detach } from "./endpoint.js";
import { addWaiter, removeWaiter } from "./waiters.js";
import { KernelError } from "../abi/errors.js";
import { wake } from "../schedule/scheduler.js";

@align(32)
export class Semaphore {
  count: u64;
  waiters: Ptr<Tcb> | null;
  header: Header;
}

export function createSemaphore(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  return ref(unsafe.ptr<Semaphore>(vaddr).header);
}

export function destroySemaphore(object: Ptr<Header>): boolean {
  const t = unsafe.container<Semaphore>(object, "header").waiters;
  if (t === null) return true;
  failWith(t, KernelError.Gone);
  return false;
}

/// False where it would count past 64 bits.
export function up(s: Ptr<Semaphore>): boolean {
  const t = s.waiters;
  if (t !== null) {
    wakeWaiter(t);
    return true;
  }
  if (s.count === u64.MAX) return false;
  s.count += 1;
  return true;
}

function wakeWaiter(t: Ptr<Tcb>): void {
  attr({ inline: "never" });
  stopWaiting(t);
  t.registers.x[10] = 0;
  t.registers.x[12] = 1;
  wake(t);
}

/// Takes one, or all; false where there is none.
export function tryDown(s: Ptr<Semaphore>, t: Ptr<Tcb>, toZero: boolean): boolean {
  if (s.count === 0) return false;
  const taken: u64 = toZero ? s.count : 1;
  s.count -= taken;
  t.registers.x[10] = 0;
  t.registers.x[12] = taken;
  return true;
}

export function waitForUp(s: Ptr<Semaphore>, t: Ptr<Tcb>, through: Ptr<Slot>): void {
  addWaiter(through, t);
  t.blockedOn = tagged.of(Wait.Semaphore, s);
  s.waiters = append(s.waiters, t);
}

export function leaveSemaphore(s: Ptr<Semaphore>, t: Ptr<Tcb>): void {
  const rest = detach(t);
  if (s.waiters === t) s.waiters = rest;
  removeWaiter(t);
}

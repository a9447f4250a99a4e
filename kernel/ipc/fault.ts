// Faults: calls that the kernel makes for a thread (2.12). They go to the Portal or Endpoint that stands at the
// fault's code in the thread's own CSpace, else to its fault endpoint; without either the thread stops. A portal's
// handler gets all registers, and may set them with its reply (2.13).
//
// Unlike other calls they cross harts. Time does not: there the handler runs on its own.
import { type Slot, hasRight, typeOf } from "../object/capability.js";
import { lookup } from "../object/cnode.js";
import { meetingPlace } from "../object/portal.js";
import { type Tcb, Gate, MAX_DEPTH, setReason } from "../object/tcb.js";
import { isApart, sendThrough, waitsFor } from "./send.js";
import { copyWords, roomOf } from "./transfer.js";
import { KernelLabel, ObjectType, Right, messageTag } from "../abi/objects.js";

/// All registers, x0 being the pc.
const STATE_WORDS: u64 = 32;
const UNTYPED_MASK: u64 = (1 << messageTag.untyped.bits) - 1;

export function sendFault(t: Ptr<Tcb>, code: u64, address: u64): void {
  const own = ref(t.faultSlot), slot = t.faultPortals === 0 ? own : (handlerOf(t, code) ?? own);
  sendFaultThrough(t, slot, code, address, true);
}

/// `lends`: the handler runs on the thread's time.
export function sendFaultThrough(t: Ptr<Tcb>, slot: Ptr<Slot>, code: u64, address: u64, lends: boolean): void {
  const e = slot.word === 0 ? null : meetingPlace(slot);
  if (e === null || t.depth >= MAX_DEPTH || (e.receivers === null && waitsFor(e.server, t))) {
    setReason(t, Gate.NotRunnable);
    return;
  }
  setReason(t, Gate.InFault);
  t.faultCause = code;
  t.faultAddress = address;
  t.sendIsCall = true;
  t.sendLends = lends;
  sendThrough(t, slot, e);
}

function handlerOf(t: Ptr<Tcb>, code: u64): Ptr<Slot> | null {
  attr({ inline: "never" });
  const slot = lookup(t.cspace, t.faultPortals + code);
  if (slot === null || (typeOf(slot) !== ObjectType.Portal && typeOf(slot) !== ObjectType.Endpoint)) return null;
  return hasRight(slot, Right.Send) ? slot : null;
}

export function transferFault(from: Ptr<Tcb>, to: Ptr<Tcb>): void {
  if (isApart(from, to)) from.sendLends = false;
  const x = ref(to.registers.x);
  x[11] = u64(KernelLabel.Fault) << messageTag.label.at;
  x[12] = from.faultCause;
  x[13] = from.registers.x[0];
  x[14] = from.faultAddress;
  x[15] = from.registers.x[2];
  if (from.sendEntry === 0 || to.utcb === 0 || roomOf(to) < STATE_WORDS) return;
  x[11] |= STATE_WORDS;
  copyWords(to.utcb, u64.of(ref(from.registers)), STATE_WORDS);
}

/// What the handler of a portal made of the registers.
export function restoreState(handler: Ptr<Tcb>, t: Ptr<Tcb>, tag: u64): void {
  if (t.sendEntry === 0 || (tag & UNTYPED_MASK) !== STATE_WORDS || handler.utcb === 0) return;
  copyWords(u64.of(ref(t.registers)), handler.utcb, STATE_WORDS);
}

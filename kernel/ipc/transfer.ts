// What a message carries, on the slow path: registers a1..a5 (tag and four words), and words of the UTCB.
import { type Tcb } from "../object/tcb.js";
import { messageTag } from "../abi/objects.js";
import { utcbLayout } from "../abi/utcb.js";
import { KernelError } from "../abi/errors.js";
import { extract } from "../bits.js";

const UNTYPED_MASK: u64 = (1 << messageTag.untyped.bits) - 1;
/// Bits below the label that users may not set: capabilities, the kernel's own, and those without a meaning.
const REFUSED: u64 = ((1 << messageTag.label.at) - 1) & ~UNTYPED_MASK;

/// Whether the thread may send with this tag.
export function checkTag(t: Ptr<Tcb>, tag: u64): KernelError {
  const untyped = extract(tag, messageTag.untyped);
  if ((tag & REFUSED) !== 0) return KernelError.InvalidArgument;
  if (untyped > utcbLayout.maxUntyped || (untyped !== 0 && t.utcb === 0)) return KernelError.InvalidArgument;
  return KernelError.None;
}

/// The sender's tag has been checked. A receiver without UTCB gets the register words alone.
export function transfer(from: Ptr<Tcb>, to: Ptr<Tcb>): void {
  const source = ref(from.registers.x), target = ref(to.registers.x);
  let tag = source[11];
  const untyped = tag & UNTYPED_MASK;
  if (untyped !== 0) {
    if (to.utcb === 0 || from.utcb === 0) tag &= ~UNTYPED_MASK;
    else copyWords(to.utcb, from.utcb, untyped);
  }
  target[11] = tag;
  target[12] = source[12];
  target[13] = source[13];
  target[14] = source[14];
  target[15] = source[15];
}

function copyWords(to: u64, from: u64, count: u64): void {
  const target = unsafe.many<u64>(to), source = unsafe.many<u64>(from);
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    target[i] = source[i];
    target[i + 1] = source[i + 1];
    target[i + 2] = source[i + 2];
    target[i + 3] = source[i + 3];
  }
  for (; i < count; i++) target[i] = source[i];
}

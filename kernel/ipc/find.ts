// The capability that a syscall names, checked.
import { type Slot, typeOf } from "../object/capability.js";
import { lookup, lookupFlat } from "../object/cnode.js";
import { type Tcb } from "../object/tcb.js";
import { ObjectType, Right, capabilityWord } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";

const TYPE_MASK: u64 = (1 << capabilityWord.type.bits) - 1;

/// A capability of the right type with the right that is asked for, or null: `whyNot` then says why.
export function find(t: Ptr<Tcb>, capability: u64, type: ObjectType, right: Right): Ptr<Slot> | null {
  attr({ inline: "always" });
  const rights: u64 = u64(right) << capabilityWord.rights.at;
  const slot = lookupFlat(t.cspace, capability) ?? lookup(t.cspace, capability);
  return slot !== null && (slot.word & (TYPE_MASK | rights)) === (type | rights) ? slot : null;
}

export function whyNot(t: Ptr<Tcb>, capability: u64, type: ObjectType): KernelError {
  attr({ cold: true });
  const slot = lookup(t.cspace, capability);
  return slot === null || typeOf(slot) !== type ? KernelError.InvalidCapability : KernelError.MissingRight;
}

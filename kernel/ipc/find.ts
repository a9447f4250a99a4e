// The capability that a syscall names, checked.
import { type Slot, hasRight, typeOf } from "../object/capability.js";
import { lookup } from "../object/cnode.js";
import { type Tcb } from "../object/tcb.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";

/// A capability of the right type with the right that is asked for, or an error.
export function find(t: Ptr<Tcb>, capability: u64, type: ObjectType, right: Right): Result<Ptr<Slot>, KernelError> {
  const slot = lookup(t.cspace, capability);
  if (slot === null || typeOf(slot) !== type) return fail(KernelError.InvalidCapability);
  return hasRight(slot, right) ? ok(slot) : fail(KernelError.MissingRight);
}

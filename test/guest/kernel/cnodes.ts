// CNodes in CNodes: slot numbers of several levels, rights on them, and delete and revoke through deep nests.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call } from "../../../userland/lib/message.js";
import { cnodeCopy, cnodeDelete, cnodeMint, cnodeMove, cnodeRevoke, signal, untypedRetype } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { adder } from "./lib/threads.js";
import { HIGH, SELF, arena, copyOf, endGroup, newEndpoint, newNotification, newObject, newSlot, startThread, startWorld } from "./lib/world.js";

const DEEP: u64 = 300;

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  levels();
  endGroup();
  operations();
  endGroup();
  rights();
  endGroup();
  nests();
  endGroup();
  endReport();
}

/// Slot `index` of the CNode in slot `cnode`.
function inside(cnode: u64, index: u64): u64 {
  return (index << 16) | cnode;
}

function levels(): void {
  const one = newObject(ObjectType.CNode, 8), n = newNotification();
  succeeds("an object is made in an inner CNode", untypedRetype(arena(), ObjectType.CNode, 7, one, 3));
  const two = inside(one, 3);
  succeeds("and in one inside that", untypedRetype(arena(), ObjectType.CNode, 6, SELF, (u64(1) << 32) | two));
  succeeds("a copy goes two levels down", cnodeCopy(SELF, (u64(2) << 32) | two, SELF, n, Right.All));
  succeeds("it is used there", signal((u64(2) << 32) | two, 1));
  succeeds("and three levels down", cnodeCopy(SELF, (u64(1) << 48) | (u64(1) << 32) | two, SELF, n, Right.All));
  succeeds("used too", signal((u64(1) << 48) | (u64(1) << 32) | two, 1));
  fails("an empty slot inside", signal(inside(one, 5), 1), KernelError.InvalidCapability);
  fails("a slot past the inner one's last", signal(inside(one, 8), 1), KernelError.InvalidCapability);
  fails("through what is no CNode", signal(inside(n, 1), 1), KernelError.InvalidCapability);
  fails("the inner one's own slot 0 has nothing", signal((u64(1) << 32) | one, 1), KernelError.InvalidCapability);
  fails("all levels wild", signal(u64.MAX, 1), KernelError.InvalidCapability);
  const endpoint = newEndpoint(), m = zeroed<Message>();
  cnodeCopy(one, 1, SELF, endpoint, Right.All);
  startThread(adder, inside(one, 1), HIGH);
  m.words[0] = 4;
  succeeds("a call through an inner slot", call(inside(one, 1), ref(m)));
  equal("is answered", m.words[0], 5);
}

function operations(): void {
  const one = newObject(ObjectType.CNode, 8), n = newNotification(), to = newSlot();
  cnodeCopy(one, 1, SELF, n, Right.All);
  succeeds("mint from slot to slot inside", cnodeMint(one, 2, one, 1, Right.All, 77));
  succeeds("move out", cnodeMove(SELF, to, one, 2));
  fails("it is gone inside", signal(inside(one, 2), 1), KernelError.InvalidCapability);
  succeeds("and works outside", signal(to, 1));
  succeeds("delete inside by a long number", cnodeDelete(SELF, inside(one, 1)));
  fails("it is gone", signal(inside(one, 1), 1), KernelError.InvalidCapability);
  succeeds("what was derived from it lives", signal(to, 1));
  while (cnodeRevoke(SELF, n) === -KernelError.Restart) {}
  fails("until the original is revoked", signal(to, 1), KernelError.InvalidCapability);
}

function rights(): void {
  const one = newObject(ObjectType.CNode, 8), n = newNotification();
  const readable = copyOf(one, Right.Read | Right.Grant), writable = copyOf(one, Right.Write | Right.Grant);
  succeeds("copy in, by Write", cnodeCopy(writable, 1, SELF, n, Right.All));
  fails("copy in, without", cnodeCopy(readable, 2, SELF, n, Right.All), KernelError.MissingRight);
  succeeds("copy out, by Read", cnodeCopy(SELF, newSlot(), readable, 1, Right.All));
  fails("copy out, without", cnodeCopy(SELF, newSlot(), writable, 1, Right.All), KernelError.InvalidArgument);
  fails("move out, without Write", cnodeMove(SELF, newSlot(), readable, 1), KernelError.InvalidArgument);
  fails("delete, without Write", cnodeDelete(readable, 1), KernelError.MissingRight);
  fails("revoke, without Write", cnodeRevoke(readable, 1), KernelError.MissingRight);
  fails("retype into, without Write", untypedRetype(arena(), ObjectType.Endpoint, 0, readable, 3), KernelError.InvalidArgument);
  fails("retype out of an Untyped without Write", untypedRetype(copyless(), ObjectType.Endpoint, 0, SELF, newSlot()), KernelError.InvalidCapability);
}

/// An Untyped has one capability: this slot stays empty.
function copyless(): u64 {
  const to = newSlot();
  fails("an Untyped is not copied", cnodeCopy(SELF, to, SELF, arena(), Right.Read), KernelError.InvalidOperation);
  return to;
}

// Each CNode is in the one before, and known nowhere else.
function nests(): void {
  const top = newObject(ObjectType.CNode, 6), from = newSlot();
  let good = true;
  untypedRetype(arena(), ObjectType.CNode, 6, SELF, from);
  for (let i: u64 = 0; i < DEEP; i++) {
    // A new one, with what there is so far inside.
    const next = newSlot();
    if (untypedRetype(arena(), ObjectType.CNode, 6, SELF, next) < 0 || cnodeMove(next, 1, SELF, from) < 0 || cnodeMove(SELF, from, SELF, next) < 0) good = false;
  }
  check("three hundred CNodes in each other", good);
  cnodeMove(top, 1, SELF, from);
  let restarts: u64 = 0;
  while (cnodeDelete(SELF, top) === -KernelError.Restart) restarts += 1;
  check("go in steps", restarts > 0);
  fails("and are gone", signal(inside(top, 1), 1), KernelError.InvalidCapability);
}

// Memory as descriptors: blocks that split and merge, counted rights.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, itemsIn, putItem, receiveInto, recv, replyRecv, tagWithItems } from "../../../userland/lib/message.js";
import { allocRightCount, allocRightCreate, allocRightMerge, allocRightSplit, cnodeCopy, signal, untypedMakeRights, untypedMerge, untypedRetype, untypedSplit } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, SELF, deleteAll, endGroup, newEndpoint, newObject, newSlot, newSlots, revokeAll, startThread, startWorld } from "./lib/world.js";

class Shared {
  slot: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  blocks();
  endGroup();
  buddies();
  endGroup();
  rights();
  endGroup();
  refused();
  endGroup();
  travels();
  endGroup();
  conserved();
  endGroup();
  endReport();
}

function fits(untyped: u64, bits: u64): boolean {
  const slot = newSlot();
  const good = untypedRetype(untyped, ObjectType.Untyped, bits, SELF, slot) >= 0;
  if (good) deleteAll(slot);
  return good;
}

function blocks(): void {
  const block = newObject(ObjectType.Untyped, 16), upper = newSlot();
  succeeds("a block is split", untypedSplit(block, SELF, upper));
  check("the lower half is half as large", fits(block, 15) && !fits(block, 16));
  check("and so is the upper half", fits(upper, 15) && !fits(upper, 16));
  fails("into a slot that is taken", untypedSplit(block, SELF, upper), KernelError.SlotOccupied);
  fails("into no slot", untypedSplit(block, SELF, 0), KernelError.InvalidArgument);
  succeeds("the halves are merged", untypedMerge(block, upper));
  check("to what there was", fits(block, 16));
  fails("the other slot is empty", untypedMerge(block, upper), KernelError.InvalidCapability);
  succeeds("split again", untypedSplit(block, SELF, upper));
  succeeds("merged from the upper half's side", untypedMerge(upper, block));
  check("it is whole as well", fits(upper, 16));
  const child = newSlot();
  untypedRetype(upper, ObjectType.Endpoint, 0, SELF, child);
  fails("a block in use is not split", untypedSplit(upper, SELF, newSlot()), KernelError.InvalidOperation);
  deleteAll(child);
  succeeds("but once it is not", untypedSplit(upper, SELF, block));
  untypedRetype(block, ObjectType.Endpoint, 0, SELF, child);
  fails("nor merged", untypedMerge(upper, block), KernelError.InvalidOperation);
  const small = newObject(ObjectType.Untyped, 5);
  fails("the smallest block has no halves", untypedSplit(small, SELF, newSlot()), KernelError.InvalidOperation);
}

function buddies(): void {
  const block = newObject(ObjectType.Untyped, 16), b = newSlot(), c = newSlot(), d = newSlot();
  untypedSplit(block, SELF, c);
  untypedSplit(block, SELF, b);
  untypedSplit(c, SELF, d);
  // Quarters: block, b, c, d.
  fails("neighbours that are no buddies", untypedMerge(b, c), KernelError.InvalidArgument);
  fails("quarters that are apart", untypedMerge(block, c), KernelError.InvalidArgument);
  fails("with itself", untypedMerge(block, block), KernelError.InvalidArgument);
  succeeds("the second half", untypedMerge(c, d));
  fails("a half with a quarter", untypedMerge(c, b), KernelError.InvalidArgument);
  succeeds("the first half", untypedMerge(b, block));
  succeeds("the whole", untypedMerge(b, c));
  check("is as it was", fits(b, 16));
  const one = newObject(ObjectType.Untyped, 17), two = newObject(ObjectType.Untyped, 16), three = newSlot();
  untypedRetype(one, ObjectType.Untyped, 16, SELF, three);
  fails("blocks of different parents", untypedMerge(two, three), KernelError.InvalidArgument);
  fails("what is no block", untypedMerge(two, newEndpoint()), KernelError.InvalidCapability);
}

function rights(): void {
  const block = newObject(ObjectType.Untyped, 12), right = newSlot(), part = newSlot();
  succeeds("rights to eight endpoints", untypedMakeRights(block, ObjectType.Endpoint, 0, 8, SELF, right));
  equal("eight", u64(allocRightCount(right)), 8);
  const first = newSlot();
  succeeds("one is made", allocRightCreate(right, SELF, first));
  equal("seven are left", u64(allocRightCount(right)), 7);
  succeeds("four are split off", allocRightSplit(right, 4, SELF, part));
  equal("three are left", u64(allocRightCount(right)), 3);
  equal("and four there", u64(allocRightCount(part)), 4);
  succeeds("and merged", allocRightMerge(right, part));
  equal("seven again", u64(allocRightCount(right)), 7);
  let made: u64 = 0;
  for (let slot = newSlot(); allocRightCreate(right, SELF, slot) >= 0; slot = newSlot()) made += 1;
  equal("seven can be made", made, 7);
  fails("and no more", allocRightCreate(right, SELF, newSlot()), KernelError.OutOfMemory);
  succeeds("they are real", cnodeCopy(SELF, newSlot(), SELF, first, Right.All));
  revokeAll(block);
  fails("revoking the block takes them along", cnodeCopy(SELF, newSlot(), SELF, first, Right.All), KernelError.InvalidCapability);
  check("its memory is free", fits(block, 12));
  const page = newObject(ObjectType.Untyped, 12), slab = newSlot();
  succeeds("a page is rights to 64 notifications of its own size", untypedMakeRights(page, ObjectType.Notification, 0, 64, SELF, slab));
  fails("and to nothing else", untypedMakeRights(page, ObjectType.Notification, 0, 64 + 1, SELF, newSlot()), KernelError.OutOfMemory);
  const untypeds = newSlot(), one = newSlot();
  succeeds("rights to blocks", untypedMakeRights(newObject(ObjectType.Untyped, 14), ObjectType.Untyped, 12, 4, SELF, untypeds));
  allocRightCreate(untypeds, SELF, one);
  check("make blocks", fits(one, 12));
}

function refused(): void {
  const block = newObject(ObjectType.Untyped, 12), right = newSlot(), part = newSlot(), other = newSlot();
  fails("rights to nothing", untypedMakeRights(block, ObjectType.Null, 0, 8, SELF, right), KernelError.InvalidArgument);
  fails("no rights", untypedMakeRights(block, ObjectType.Endpoint, 0, 0, SELF, right), KernelError.InvalidArgument);
  fails("enormously many", untypedMakeRights(block, ObjectType.Endpoint, 0, u64.MAX, SELF, right), KernelError.InvalidArgument);
  fails("very many", untypedMakeRights(block, ObjectType.Endpoint, 0, 0xffff_ffff, SELF, right), KernelError.OutOfMemory);
  fails("more than there is room for", untypedMakeRights(block, ObjectType.Endpoint, 0, 129, SELF, right), KernelError.OutOfMemory);
  fails("a size that is not the type's", untypedMakeRights(block, ObjectType.Endpoint, 7, 1, SELF, right), KernelError.InvalidArgument);
  check("nothing is used by that", fits(block, 12));
  untypedMakeRights(block, ObjectType.Endpoint, 0, 8, SELF, right);
  untypedMakeRights(block, ObjectType.Semaphore, 0, 8, SELF, other);
  fails("split off all", allocRightSplit(right, 8, SELF, part), KernelError.InvalidArgument);
  fails("split off none", allocRightSplit(right, 0, SELF, part), KernelError.InvalidArgument);
  fails("merge other types", allocRightMerge(right, other), KernelError.InvalidArgument);
  fails("merge with itself", allocRightMerge(right, right), KernelError.InvalidArgument);
  fails("merge with a block", allocRightMerge(right, block), KernelError.InvalidCapability);
  allocRightSplit(right, 4, SELF, part);
  allocRightCreate(part, SELF, newSlot());
  fails("merge what is in use", allocRightMerge(right, part), KernelError.InvalidOperation);
  fails("a copy", cnodeCopy(SELF, newSlot(), SELF, right, Right.All), KernelError.InvalidOperation);
}

function taker(endpoint: u64): never {
  const m = zeroed<Message>();
  receiveInto(SELF, shared.slot);
  recv(endpoint, ref(m));
  for (;;) {
    m.words[0] = itemsIn(ref(m));
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function travels(): void {
  const block = newObject(ObjectType.Untyped, 12), right = newSlot(), part = newSlot(), endpoint = newEndpoint();
  shared.slot = newSlots(2);
  untypedMakeRights(block, ObjectType.Notification, 0, 8, SELF, right);
  allocRightSplit(right, 4, SELF, part);
  startThread(taker, endpoint, HIGH);
  putItem(0, part, 0);
  const m = zeroed<Message>();
  m.tag = tagWithItems(0, 1);
  succeeds("a right goes with a message", call(endpoint, ref(m)));
  equal("it arrived", m.words[0], 1);
  fails("the sender has it no more", allocRightCount(part), KernelError.InvalidCapability);
  equal("the receiver has", u64(allocRightCount(shared.slot)), 4);
  succeeds("and makes something of it", allocRightCreate(shared.slot, SELF, shared.slot + 1));
  succeeds("that works", signal(shared.slot + 1, 1));
}

// Splitting and merging at random: the parts always make up the whole.
function conserved(): void {
  const block = newObject(ObjectType.Untyped, 14), first = newSlots(64);
  let state: u64 = 88172645463325252, good = true, parts: u64 = 1;
  const slots = arr<u64, 64>(64), sizes = arr<u64, 64>(64);
  slots[0] = block;
  sizes[0] = 14;
  let used: u64 = 0;
  for (let i: u64 = 0; i < 400; i++) {
    state ^= state << 13;
    state ^= state >>> 7;
    state ^= state << 17;
    const at = state % parts;
    if ((state >>> 40 & 1) !== 0 && parts < 40 && used < 60) {
      if (untypedSplit(slots[at], SELF, first + used) >= 0) {
        sizes[at] -= 1;
        for (let k = parts; k > at + 1; k--) {
          slots[k] = slots[k - 1];
          sizes[k] = sizes[k - 1];
        }
        slots[at + 1] = first + used;
        sizes[at + 1] = sizes[at];
        parts += 1;
        used += 1;
      }
    } else if (at + 1 < parts && untypedMerge(slots[at], slots[at + 1]) >= 0) {
      if (sizes[at] !== sizes[at + 1]) good = false;
      sizes[at] += 1;
      for (let k = at + 1; k + 1 < parts; k++) {
        slots[k] = slots[k + 1];
        sizes[k] = sizes[k + 1];
      }
      parts -= 1;
    }
    let total: u64 = 0;
    for (let k: usize = 0; k < parts; k++) total += u64(1) << sizes[k];
    if (total !== u64(1) << 14) good = false;
  }
  for (let round: u64 = 0; round < 16; round++) {
    for (let at: usize = 0; at + 1 < parts; at++) {
      if (untypedMerge(slots[at], slots[at + 1]) < 0) continue;
      for (let k = at + 1; k + 1 < parts; k++) slots[k] = slots[k + 1];
      parts -= 1;
    }
  }
  check("four hundred splits and merges, and every part is the size it should be", good);
  check("all of them together are the block again", parts === 1 && fits(block, 14));
}

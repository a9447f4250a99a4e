// Threads that try everything: each syscall and invocation with random arguments, or once more with one of them
// changed, on a few capabilities that they share. The machine must live, and so must what they have no capability for.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { findFile } from "../../../kernel/abi/archive.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call } from "../../../userland/lib/message.js";
import { cnodeCopy, cnodeMove, nanoSleep, schedContextConfigure, tcbResume, tcbSetAffinity, tcbSetMaxPriority, tcbSuspend, tcbWriteRegisters, untypedMakeRights } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails } from "./lib/check.js";
import { adder } from "./lib/threads.js";
import { HIGH, LOW, SELF, deleteAll, endGroup, newEndpoint, newObject, newThreadIn, newTwinSpace, startThread, startWorld } from "./lib/world.js";

const CALLS: u64 = 20_000;
const CALLS_OF_ONE_MACHINE: u64 = 1_000_000_000;
const CALLS_OF_ONE: u64 = 500;
const ATTACKERS: u64 = 3;
const SLICE_NS: u64 = 10_000;
/// Calls that an attacker remembers.
const REMEMBERED: usize = 16;
const OWN_BITS: u64 = 18;
const SLOTS: u64 = 64;
/// Objects of its own, by slot.
const PORTAL: u64 = 17, SEMAPHORE: u64 = 18, CHANNEL: u64 = 19, MEMORY: u64 = 20, RIGHTS: u64 = 21, POOL: u64 = 22, CHILD: u64 = 23, DEBUG: u64 = 24, OTHERS: u64 = 25;
const KERNEL: u64 = 0xffff_ffc0_8020_0000;
const INVOKE: u64 = 9;
const WRITE_REGISTERS: u64 = 0x46, CONFIGURE: u64 = 0x50, BIND: u64 = 0x68;

class Shared {
  harts: u64;
  calls: Atomic<u64>;
  accepted: Atomic<u64>;
  laps: Atomic<u64>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  shared.harts = info.hartCount;
  pointers();
  endGroup();
  const wanted = wish(info, 0, CALLS), seed = wish(info, 1, 0);
  for (let round: u64 = 1; round <= wanted && shared.calls.load() < wanted; round++) attack(seed * CALLS_OF_ONE_MACHINE + round);
  check("as many random calls were made as asked for", shared.calls.load() >= wanted);
  check("and many of them accepted", shared.accepted.load() > wanted / 20);
  const endpoint = newEndpoint();
  startThread(adder, endpoint, HIGH);
  const m = zeroed<Message>();
  m.words[0] = 41;
  equal("others answer as before", u64(call(endpoint, ref(m))), 0);
  equal("and rightly", m.words[0], 42);
  endReport();
}

/// Word `index` of the archive's file "fuzz", which says how many calls from which seed.
function wish(info: Ptr<BootInfo>, index: usize, otherwise: u64): u64 {
  const file = findFile(unsafe.many<u8>(info.archiveVaddr).slice(info.archiveBytes), "fuzz".bytes());
  if (file.length < 8 * (index + 1)) return otherwise;
  let value: u64 = 0;
  for (let i: usize = 8; i > 0; i--) value = (value << 8) | file[8 * index + i - 1];
  return value;
}

/// xorshift64*
function random(state: Ptr<u64>): u64 {
  let x = state.$;
  x ^= x >>> 12;
  x ^= x << 25;
  x ^= x >>> 27;
  state.$ = x;
  return x * 0x2545_f491_4f6c_dd1d;
}

/// Mostly what could mean something, now and then anything.
function argument(state: Ptr<u64>): u64 {
  const kind = random(state) >>> 60, value = random(state);
  if (kind < 7) return value % 26;
  if (kind < 9) return value % SLOTS;
  if (kind === 9) return (value % 512) * 4096 + 0x6000_0000;
  if (kind === 10) return value & 63;
  if (kind === 11) return u64(1) << (value & 63);
  if (kind === 12) return ~(value & 0xffff);
  if (kind === 13) return 10_000 + (value & 0xff_ffff);
  if (kind === 14) return 0xffff_ffc0_8000_0000 + (value & 0xff_ffff);
  return value;
}

const LABELS: readonly u64[] = [
  0x10, 0x10, 0x11, 0x11, 0x12, 0x14, 0x14, 0x15, 0x20, 0x20, 0x20, 0x20, 0x24, 0x30, 0x30, 0x31, 0x41, 0x41, 0x42, 0x43, 0x43, 0x46, 0x49, 0x50, 0x51, 0x60, 0x61, 0x62, 0x63, 0x98, 0x98,
  0x21, 0x22, 0x22, 0x23, 0x23, 0x28, 0x29, 0x2a, 0x2b, 0x4a, 0x4b, 0x4c, 0x52, 0x53, 0x68, 0x69, 0x6a, 0x6c, 0x90, 0x90, 0x91, 0x92, 0x93, 0x93, 0x94, 0x95, 0x96, 0x97, 0x97,
  0x97, 0x9a, 0x9a, 0xb0, 0xb1, 0xb2, 0xb3, 0xb5, 0x4d, 0x4d,
];

/// Slots with Untypeds, and one that may have one later.
const UNTYPEDS: readonly u64[] = [4, 11, 12, 17];

function anything(a: Ptr<Arr<u64, 8>>): i64 {
  return asm({ clobber: ["a1", "a2", "a3", "a4", "a5", "a7"] })<i64>`ecall ${{ a0: a[0], a1: a[1], a2: a[2], a3: a[3], a4: a[4], a5: a[5], a6: a[6], a7: a[7] }}`;
}

/// What a thread of the attacker's own runs: time, and nothing that is not its.
function idles(): never {
  return naked()`
1:li    a7, 8
  ecall
  j     1b`;
}

function attacker(seed: u64): never {
  let a = zeroed<Arr<u64, 8>>();
  const made = zeroed<Arr<Arr<u64, 8>, 16>>();
  let state = seed * 0x9e37_79b9_7f4a_7c15;
  for (let round: usize = 0; ; round++) {
    if (round >= REMEMBERED && random(ref(state)) >>> 62 === 0) {
      a = copy(made[random(ref(state)) % REMEMBERED]);
      a[random(ref(state)) % 7] = argument(ref(state));
    } else {
      invent(ref(a), ref(state));
    }
    made[round % REMEMBERED] = copy(a);
    if (a[7] === INVOKE) restrain(ref(a));
    shared.calls.fetchAdd(1);
    if (anything(ref(a)) >= 0) shared.accepted.fetchAdd(1);
  }
}

function invent(a: Ptr<Arr<u64, 8>>, state: Ptr<u64>): void {
  for (let i: usize = 0; i < 7; i++) a[i] = argument(state);
  const choice = random(state);
  a[7] = (choice & 3) !== 0 ? INVOKE : (choice >>> 8) % 65;
  if ((choice >>> 60) < 2) a[7] = choice >>> 8;
  if (a[7] === INVOKE && (choice >>> 32) % 16 !== 0) a[1] = LABELS[(choice >>> 16) % LABELS.length];
  if (a[7] === INVOKE && (choice >>> 40) % 8 < 5) aim(a, choice >>> 44);
}

/// Arguments that make sense together more often than chance has them.
function aim(a: Ptr<Arr<u64, 8>>, choice: u64): void {
  switch (a[1]) {
    case 0x10: case 0x11: case 0x12: case 0x14: case 0x15:
      a[0] = 1;
      a[2] = choice % SLOTS;
      if (a[1] < 0x14) {
        a[3] = 1;
        a[4] = (choice >>> 6) % 24;
      } else if (a[2] < 5) {
        // Without these there is little left to try.
        a[2] += choice & 31;
      }
      if ((choice & 1) !== 0) a[5] = Right.All;
      break;
    case 0x20:
      a[0] = UNTYPEDS[choice & 3];
      a[2] = (choice >>> 2) % 13;
      a[3] = (choice & 64) !== 0 ? 0 : (choice >>> 7) % 16;
      a[4] = 1;
      a[5] = (choice >>> 11) % SLOTS;
      break;
    case 0x30:
      a[2] = 3;
      a[4] = Right.Read | ((choice & 1) !== 0 ? Right.Write : 0);
      a[3] = 0x6000_0000 + (choice >>> 2) % 512 * 4096;
      break;
    case 0x43:
      a[0] = 13 + (choice & 1);
      a[2] = 1;
      a[3] = 3;
      a[4] = 7;
      a[5] = (choice & 2) !== 0 ? 0 : 5;
      break;
    case 0x21:
      a[0] = UNTYPEDS[choice & 3];
      a[2] = (choice >>> 2) % 20;
      a[3] = 0;
      a[4] = 1 + (choice >>> 7) % 8;
      a[5] = 1;
      a[6] = 24 + (choice >>> 11) % 40;
      break;
    case 0x22: case 0x23:
      a[0] = UNTYPEDS[choice & 3];
      a[2] = a[1] === 0x22 ? 1 : 24 + (choice >>> 2) % 40;
      a[3] = 24 + (choice >>> 8) % 40;
      break;
    case 0x28: case 0x29: case 0x2a:
      a[0] = RIGHTS;
      a[2] = a[1] === 0x28 ? 1 : (choice >>> 2) % 5;
      a[3] = a[1] === 0x28 ? 24 + (choice >>> 8) % 40 : 1;
      a[4] = 24 + (choice >>> 8) % 40;
      break;
    case 0x4d:
      a[0] = (choice & 1) !== 0 ? 2 : OTHERS + ((choice >>> 1) & 1);
      a[2] = (choice >>> 2) % 4;
      break;
    case 0x90: case 0x91: case 0x92: case 0x93:
      a[0] = MEMORY;
      a[2] = a[1] === 0x92 ? POOL : a[1] === 0x93 ? 1 : (choice >>> 2) % 32;
      a[3] = a[1] === 0x93 ? 24 + (choice >>> 8) % 40 : (choice >>> 8) % 16;
      break;
    case 0x95: case 0x96:
      a[0] = 3;
      a[2] = 0x6010_0000 + (choice >>> 2) % 4 * 0x1_0000;
      a[3] = Right.Read | ((choice & 1) !== 0 ? Right.Write : 0);
      break;
    case 0x97:
      a[0] = (choice & 2) !== 0 ? 3 : CHILD;
      a[2] = 0x6010_0000 + (choice >>> 2) % 4 * 0x1_0000;
      a[3] = MEMORY;
      a[4] = (choice >>> 4) % 8;
      a[5] = 1 + (choice >>> 8) % 16;
      a[6] = Right.Read | ((choice & 1) !== 0 ? Right.Write : 0);
      break;
    case 0x98:
      a[0] = CHILD;
      a[2] = POOL;
      break;
    case 0x9a:
      a[0] = 3;
      a[2] = CHILD;
      a[3] = 0;
      a[4] = u64.MAX;
      break;
    case BIND:
      a[0] = PORTAL;
      a[2] = 13 + (choice & 1);
      a[4] = choice >>> 20;
      break;
    case 0x51:
      a[0] = 15 + (choice & 1);
      a[2] = 13 + ((choice >>> 1) & 1);
      break;
    default:
      break;
  }
}

/// Its threads run nothing of main's program, which they share, and no priority above main's: whoever has a
/// SchedContext may take all time.
function restrain(a: Ptr<Arr<u64, 8>>): void {
  if (a[1] === WRITE_REGISTERS) a[2] = u64.of(idles);
  if (a[1] === BIND) a[3] = u64.of(idles);
  if (a[1] === CONFIGURE && a[2] > LOW) a[2] = a[2] % LOW + 64 * (a[2] >>> 63);
}

function attack(round: u64): void {
  const memory = newObject(ObjectType.Untyped, OWN_BITS), cnode = newObject(ObjectType.CNode, 11), space = newTwinSpace();
  const t = newThreadIn(cnode, space, 0, attacker, round, LOW);
  const others = zeroed<Arr<u64, 2>>();
  for (let i: u64 = 0; i < ATTACKERS - 1; i++) {
    const other = newThreadIn(cnode, space, 0, attacker, round + (i + 1) * CALLS_OF_ONE_MACHINE * CALLS_OF_ONE_MACHINE, LOW);
    schedContextConfigure(other.context, LOW, SLICE_NS, SLICE_NS);
    cnodeCopy(cnode, OTHERS + i, SELF, other.tcb, Right.All);
    others[i] = other.tcb;
    tcbSetAffinity(other.tcb, (i + 1) % shared.harts);
  }
  schedContextConfigure(t.context, LOW, SLICE_NS, SLICE_NS);
  cnodeCopy(cnode, 1, SELF, cnode, Right.All);
  cnodeCopy(cnode, 2, SELF, t.tcb, Right.All);
  cnodeCopy(cnode, 3, SELF, space, Right.All);
  cnodeMove(cnode, 4, SELF, memory);
  cnodeCopy(cnode, 5, SELF, newEndpoint(), Right.All);
  cnodeCopy(cnode, 6, SELF, newObject(ObjectType.Notification, 0), Right.All);
  cnodeCopy(cnode, 7, SELF, t.frame, Right.All);
  cnodeCopy(cnode, 8, SELF, t.context, Right.All);
  cnodeCopy(cnode, 9, SELF, BootSlot.IrqControl, Right.All);
  cnodeCopy(cnode, 10, SELF, BootSlot.DeviceMemory, Right.All);
  cnodeMove(cnode, 11, SELF, newObject(ObjectType.Untyped, 16));
  cnodeMove(cnode, 12, SELF, newObject(ObjectType.Untyped, 14));
  for (let i: u64 = 0; i < 4; i++) cnodeMove(cnode, 13 + i, SELF, newObject(i < 2 ? ObjectType.Tcb : ObjectType.SchedContext, 0));
  const own = newObject(ObjectType.Untyped, 16);
  cnodeCopy(cnode, PORTAL, SELF, newObject(ObjectType.Portal, 0), Right.All);
  cnodeCopy(cnode, SEMAPHORE, SELF, newObject(ObjectType.Semaphore, 0), Right.All);
  cnodeCopy(cnode, CHANNEL, SELF, newObject(ObjectType.Channel, 9), Right.All);
  cnodeMove(cnode, MEMORY, SELF, newObject(ObjectType.MemoryObject, 12));
  untypedMakeRights(own, ObjectType.Endpoint, 0, 64, cnode, RIGHTS);
  cnodeMove(cnode, POOL, SELF, newObject(ObjectType.Untyped, 16));
  cnodeMove(cnode, CHILD, SELF, newObject(ObjectType.VSpace, 0));
  cnodeCopy(cnode, DEBUG, SELF, BootSlot.Debug, Right.All);
  tcbSetMaxPriority(t.tcb, LOW);
  tcbResume(t.tcb);
  for (const other of others) tcbResume(other);
  const end = shared.calls.load() + CALLS_OF_ONE;
  let stuck: u64 = 0;
  while (shared.calls.load() < end && stuck < 8) {
    const before = shared.calls.load();
    nanoSleep(500_000);
    if (shared.calls.load() !== before) {
      stuck = 0;
      continue;
    }
    // They wait for something, or stopped each other.
    stuck += 1;
    tcbSuspend(t.tcb);
    tcbResume(t.tcb);
    for (const other of others) {
      tcbSuspend(other);
      tcbResume(other);
    }
  }
  endGroup();
}

/// Each register that the kernel might be tempted to use points into the kernel.
function wild(): never {
  return naked()`
  li    sp, ${KERNEL}
  li    gp, ${KERNEL}
  li    tp, ${KERNEL}
  li    ra, ${KERNEL}
  li    a1, 480
  li    a7, 0
  ecall
  li    t0, 1000
1:li    a7, 8
  ecall
  addi  t0, t0, -1
  bnez  t0, 1b
  la    a1, ${ref(shared)}
  li    a0, 1
  sd    a0, ${offsetof<Shared>("laps")}(a1)
  ld    a0, 0(sp)
2:j     2b`;
}

function pointers(): void {
  const endpoint = newEndpoint();
  const t = newThreadIn(SELF, BootSlot.VSpace, 0, attacker, endpoint, HIGH);
  tcbWriteRegisters(t.tcb, u64.of(wild), KERNEL, endpoint, KERNEL);
  deleteAll(t.frame);
  const receives = startThread(adder, endpoint, HIGH);
  tcbResume(t.tcb);
  equal("pointers into the kernel mean nothing to it", shared.laps.load(), 1);
  const m = zeroed<Message>();
  equal("words from a UTCB that is not mapped are sent", u64(call(endpoint, ref(m))), 0);
  check("the receiver lives", receives.tcb !== 0);
  m.tag = 511;
  fails("a message longer than a UTCB is refused", call(endpoint, ref(m)), KernelError.InvalidArgument);
}

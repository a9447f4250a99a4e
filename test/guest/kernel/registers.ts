// What a thread's registers keep: all but a0 to a5 and a7 over Call and ReplyRecv, on the fast and the slow
// path alike; all of them over an interrupt.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { Message, recv, replyRecv, tagOf } from "../../../userland/lib/message.js";
import { schedContextConfigure } from "../../../userland/lib/stubs.js";
import { check, endReport, equal } from "./lib/check.js";
import { HIGH, MAIN_PRIORITY, endGroup, newEndpoint, startThread, startWorld, stop } from "./lib/world.js";

class Block {
  /// x1 to x31 as they are found.
  found: Arr<u64, 32>;
  sp: u64;
  ra: u64;
  saved: Arr<u64, 32>;
  gp: u64;
  tp: u64;
}
/// One for main, one for the server.
const blocks = zeroed<Arr<Block, 2>>();
const mine = ref(blocks[0]), servers = ref(blocks[1]);

const SAVED = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27] as const;
const ALL = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30] as const;
const KEPT = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31] as const;

const FOUND = offsetof<Block>("found"), SP = offsetof<Block>("sp"), RA = offsetof<Block>("ra"), CALLEE = offsetof<Block>("saved"), GP = offsetof<Block>("gp"), TP = offsetof<Block>("tp");

const pattern = (list: readonly u8[]) => asm.list(list, (x) => `li x${x}, ${0x1234_5678_0000 + 0x101 * x}`);

function patternOf(x: u64): u64 {
  return 0x1234_5678_0000 + 0x101 * x;
}

/// Call: a0 endpoint, a1 tag.
function callWithPattern(_endpoint: u64, _tag: u64): void {
  return naked()`
  la    a7, ${mine}
  sd    ra, ${RA}(a7)
  sd    sp, ${SP}(a7)
  sd    gp, ${GP}(a7)
  sd    tp, ${TP}(a7)
  ${asm.list(SAVED, (x) => `sd x${x}, ${CALLEE + 8 * x}(a7)`)}
  ${pattern(KEPT)}
  li    a2, 2
  li    a3, 3
  li    a4, 4
  li    a5, 5
  li    a7, 2
  ecall
  la    a7, ${mine}
  ${asm.list(KEPT, (x) => `sd x${x}, ${FOUND + 8 * x}(a7)`)}
  ${asm.list([10, 11, 12, 13, 14, 15], (x) => `sd x${x}, ${FOUND + 8 * x}(a7)`)}
  ${asm.list(SAVED, (x) => `ld x${x}, ${CALLEE + 8 * x}(a7)`)}
  ld    tp, ${TP}(a7)
  ld    gp, ${GP}(a7)
  ld    sp, ${SP}(a7)
  ld    ra, ${RA}(a7)
  ret`;
}

/// The server: registers as after its ReplyRecv, in a loop without any other code. s0 counts, and is one of
/// those that must be kept. a0 endpoint.
function serveWithPattern(_endpoint: u64): never {
  return naked()`
  la    a7, ${servers}
  sd    a0, ${SP}(a7)
  ${pattern(KEPT)}
  li    a7, 1
  ecall
1:la    a7, ${servers}
  ${asm.list(KEPT, (x) => `sd x${x}, ${FOUND + 8 * x}(a7)`)}
  ${asm.list([10, 11, 12, 13, 14, 15], (x) => `sd x${x}, ${FOUND + 8 * x}(a7)`)}
  addi  a2, a2, 10
  addi  a3, a3, 10
  addi  a4, a4, 10
  addi  a5, a5, 10
  ld    a0, ${SP}(a7)
  li    a7, 3
  ecall
  j     1b`;
}

/// Spins for `t6` steps, then looks at the registers.
function spinWithPattern(_steps: u64): void {
  return naked()`
  la    a7, ${mine}
  sd    ra, ${RA}(a7)
  sd    sp, ${SP}(a7)
  sd    gp, ${GP}(a7)
  sd    tp, ${TP}(a7)
  ${asm.list(SAVED, (x) => `sd x${x}, ${CALLEE + 8 * x}(a7)`)}
  mv    t6, a0
  ${pattern(ALL)}
1:addi  t6, t6, -1
  bnez  t6, 1b
  la    t6, ${mine}
  ${asm.list(ALL, (x) => `sd x${x}, ${FOUND + 8 * x}(t6)`)}
  ${asm.list(SAVED, (x) => `ld x${x}, ${CALLEE + 8 * x}(t6)`)}
  ld    tp, ${TP}(t6)
  ld    gp, ${GP}(t6)
  ld    sp, ${SP}(t6)
  ld    ra, ${RA}(t6)
  ret`;
}

class Shared {
  laps: Atomic<u64>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  const endpoint = newEndpoint();
  startThread(serveWithPattern, endpoint, HIGH);
  overCall("first call", endpoint, 0);
  overCall("fast call", endpoint, 0);
  overCall("slow call", endpoint, 3);
  overCall("fast call after a slow one", endpoint, 0);
  endGroup();

  const waited = newEndpoint();
  startThread(lateServer, waited, MAIN_PRIORITY - 1);
  callWithPattern(waited, tagOf(1));
  check("a call that waits for its server keeps the registers", keeps(mine));
  endGroup();

  schedContextConfigure(BootSlot.SchedContext, MAIN_PRIORITY, 1_000_000, 1_000_000);
  startThread(clobberer, 0, MAIN_PRIORITY);
  spinWithPattern(6_000_000);
  let good = true;
  for (let x: u64 = 1; x < 31; x++) if (mine.found[x] !== patternOf(x)) good = false;
  check("an interrupt keeps all registers", good);
  check("others ran meanwhile", shared.laps.load() > 0);
  endGroup();
  endReport();
}

function keeps(block: Ptr<Block>): boolean {
  for (let x: u64 = 1; x < 32; x++) {
    const carries = (x >= 10 && x <= 15) || x === 17;
    if (!carries && block.found[x] !== patternOf(x)) return false;
  }
  return true;
}

function overCall(name: string, endpoint: u64, words: u64): void {
  check(name, true);
  callWithPattern(endpoint, tagOf(1) | words);
  check("Call keeps all but a0 to a5 and a7", keeps(mine));
  check("Recv and ReplyRecv keep them too", keeps(servers));
  check("the message arrives", servers.found[11] === (tagOf(1) | words) && servers.found[12] === 2 && servers.found[13] === 3 && servers.found[14] === 4 && servers.found[15] === 5);
  check("the reply arrives", mine.found[11] === (tagOf(1) | words) && mine.found[12] === 12 && mine.found[13] === 13 && mine.found[14] === 14 && mine.found[15] === 15);
  equal("a reply has badge 0", mine.found[10], 0);
}

function lateServer(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  m.tag = 0;
  replyRecv(endpoint, ref(m));
  stop();
}

/// Puts other values into every register that it can, for ever.
function clobberer(_: u64): never {
  for (;;) {
    asm({ clobber: ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7"] })`
    li t0, -1
    li t1, -1
    li t2, -1
    li t3, -1
    li t4, -1
    li t5, -1
    li t6, -1
    li a0, -1
    li a1, -1
    li a2, -1
    li a3, -1
    li a4, -1
    li a5, -1
    li a6, -1
    li a7, -1
    li s2, -1
    li s3, -1
    li s4, -1
    li s5, -1
    li s6, -1
    li s7, -1`;
    shared.laps.fetchAdd(1);
  }
}

// Floating-point registers belong to threads: they survive switches, preemption and faults of others.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { Message, call, recv, replyRecv } from "../../../userland/lib/message.js";
import { nanoSleep, tcbSuspend } from "../../../userland/lib/stubs.js";
import { check, endReport, equal } from "./lib/check.js";
import { harmonic } from "./lib/threads.js";
import { HIGH, LOW, deleteAll, endGroup, newEndpoint, startThread, startWorld, stop } from "./lib/world.js";

class Shared {
  sums: Arr<f64, 4>;
  done: Arr<u64, 4>;
}
const shared = zeroed<Shared>();
const TERMS: u64 = 20_000;

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  turns();
  endGroup();
  calls();
  endGroup();
  registers();
  endGroup();
  endReport();
}

function adds(index: u64): never {
  shared.sums[index] = harmonic(f64(index + 1), TERMS);
  shared.done[index] = 1;
  stop();
}

function turns(): void {
  for (let i: u64 = 0; i < 3; i++) startThread(adds, i, LOW);
  const own = harmonic(1, TERMS);
  while (shared.done[0] + shared.done[1] + shared.done[2] < 3) nanoSleep(20_000);
  check("four threads add in turns, and each gets its sum", shared.sums[0] === own && shared.sums[1] === harmonic(2, TERMS) && shared.sums[2] === harmonic(3, TERMS));
}

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    shared.sums[3] = f64(m.words[0]) * 0.5;
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function calls(): void {
  const endpoint = newEndpoint(), t = startThread(server, endpoint, HIGH), m = zeroed<Message>();
  let sum: f64 = 0;
  for (let i: u64 = 1; i <= 100; i++) {
    m.tag = 0;
    m.words[0] = i;
    call(endpoint, ref(m));
    sum += shared.sums[3];
  }
  check("a server that computes spoils none of its client's registers", sum === 2525);
  tcbSuspend(t.tcb);
  deleteAll(t.tcb);
  check("an owner that ends leaves the registers to others", harmonic(1, TERMS) > 10);
}

/// Fills f0 to f31 with its argument; after a sleep, how many still have it.
function fill(_value: u64): u64 {
  return naked()`
  ${asm.list([0, 1, 2, 3, 4, 5, 6, 7], (x) => `fmv.d.x ft${x}, a0`)}
  ${asm.list([0, 1], (x) => `fmv.d.x fs${x}, a0`)}
  ${asm.list([0, 1, 2, 3, 4, 5, 6, 7], (x) => `fmv.d.x fa${x}, a0`)}
  ${asm.list([2, 3, 4, 5, 6, 7, 8, 9, 10, 11], (x) => `fmv.d.x fs${x}, a0`)}
  ${asm.list([8, 9, 10, 11], (x) => `fmv.d.x ft${x}, a0`)}
  mv    a2, a0
  li    a0, 50000
  li    a7, 13
  ecall
  li    a0, 0
  ${asm.list([0, 1, 2, 3, 4, 5, 6, 7], (x) => `fmv.x.d a1, ft${x}\n  xor a1, a1, a2\n  seqz a1, a1\n  add a0, a0, a1`)}
  ${asm.list([0, 1], (x) => `fmv.x.d a1, fs${x}\n  xor a1, a1, a2\n  seqz a1, a1\n  add a0, a0, a1`)}
  ${asm.list([0, 1, 2, 3, 4, 5, 6, 7], (x) => `fmv.x.d a1, fa${x}\n  xor a1, a1, a2\n  seqz a1, a1\n  add a0, a0, a1`)}
  ${asm.list([2, 3, 4, 5, 6, 7, 8, 9, 10, 11], (x) => `fmv.x.d a1, fs${x}\n  xor a1, a1, a2\n  seqz a1, a1\n  add a0, a0, a1`)}
  ${asm.list([8, 9, 10, 11], (x) => `fmv.x.d a1, ft${x}\n  xor a1, a1, a2\n  seqz a1, a1\n  add a0, a0, a1`)}
  ret`;
}

function fills(value: u64): never {
  shared.done[value & 3] = fill(value);
  stop();
}

function registers(): void {
  startThread(fills, 0x1111_1111_1111_1111, HIGH);
  startThread(fills, 0x2222_2222_2222_2222, HIGH);
  equal("all 32 registers of the first", fill(0x4444_4444_4444_4444), 32);
  nanoSleep(200_000);
  equal("of the second", shared.done[1], 32);
  equal("and of the third", shared.done[2], 32);
}

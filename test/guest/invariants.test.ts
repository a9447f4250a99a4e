// The checker of invariants: a running kernel keeps them all, and each of them is missed when memory is damaged.

import { beforeAll, describe, expect, test } from "vitest";
import { readElf } from "../../compiler/object/elf-read.js";
import type { Hart } from "../../emulator/cpu/hart.js";
import type { HartObserver } from "../../emulator/cpu/trap.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import { cachedPaths } from "../../emulator/debug/invariants-paths.js";
import { collect, type Objects } from "../../emulator/debug/invariants.js";
import { KernelView } from "../../emulator/debug/kernel-view.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { ObjectType } from "../../kernel/abi/objects.js";
import { boot, buildGroup, buildInitrd, buildKernel, RAM_BYTES } from "../../kernel/commands/conformance.js";

const DONE = "ok the world is made\n";
const STEP = 100_000;

let kernel = new Uint8Array();
let machine: Machine;
let checker: InvariantChecker;
let view: KernelView;
let objects: Objects;

beforeAll(() => makeWorld(1));

async function makeWorld(harts: number, pathCache = false): Promise<void> {
  kernel = await buildKernel(pathCache);
  const initrd = await buildInitrd("test/guest/invariants/world.ts");
  let text = "";
  const plan = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, initrd: { name: "initrd", bytes: initrd }, ramBytes: RAM_BYTES, harts });
  machine = new Machine({ boot: plan, transmit: (byte) => void (text += String.fromCharCode(byte)) });
  for (let step = 0; !text.endsWith(DONE); step++) {
    if (step > 500) throw new Error(`the world was not made: ${text}`);
    machine.run(STEP);
  }
  const elf = readElf(kernel, "kernel.elf");
  checker = new InvariantChecker(elf);
  checker.attach(machine);
  view = new KernelView(elf, machine.memory);
  objects = collect(view);
}

const hart = () => machine.harts[0]!;
const found = () => [...new Set(checker.check(hart()).map(({ invariant }) => invariant))];
const state = (t: number) => view.u32(t + view.at("Tcb", "blockedOn")) & 31;
const blocked = (kind: number) => objects.of(ObjectType.Tcb).find((t) => state(t) === kind)!;
const physmap = 0xffffffc000000000n;

/// What the checker finds while a word has another value.
function with64(paddr: number, change: (value: bigint) => bigint): number[] {
  const { view: bytes } = machine.memory, place = machine.memory.addressOf(paddr, 8);
  const before = bytes.getBigUint64(place, true);
  bytes.setBigUint64(place, BigInt.asUintN(64, change(before)), true);
  try {
    return found();
  } finally {
    bytes.setBigUint64(place, before, true);
  }
}

/// The same with a byte.
function with8(paddr: number, value: number): number[] {
  const shift = BigInt(8 * (paddr % 8));
  return with64(paddr - (paddr % 8), (word) => (word & ~(0xffn << shift)) | (BigInt(value) << shift));
}

const field = (struct: string, base: number, name: string) => base + view.at(struct, name);
const receiving = 1, replying = 3, notified = 4, many = 6;

/// The last level's page-table entry for an address of init's.
function pteOf(vaddr: number): number {
  let table = objects.of(ObjectType.VSpace)[0]!;
  for (const level of [2, 1, 0]) {
    const entry = table + 8 * (Math.floor(vaddr / 4096 / 512 ** level) % 512);
    if (level === 0) return entry;
    table = (Math.floor(view.word(entry) / 1024) % 2 ** 44) * 4096;
  }
  return 0;
}

test("a world with everything in it keeps all invariants", () => {
  expect(checker.check(hart())).toEqual([]);
});

test("1: the running thread may run", () => {
  const running = Number(hart().getCsr("sscratch") - physmap);
  expect(with64(field("Tcb", running, "gate"), (gate) => gate | 0x100n)).toContain(1);
});

test("2: run queues", () => {
  expect(with64(view.hart(0) + view.at("Hart", "runQueue"), (map) => map ^ 2n)).toContain(2);
  const ready = objects.of(ObjectType.SchedContext).find((s) => view.field8("SchedContext", s, "ready") !== 0)!;
  expect(with64(field("SchedContext", ready, "next"), () => BigInt(ready) + physmap)).toContain(2);
});

test("3: state and queues agree", () => {
  expect(with64(field("Tcb", blocked(notified), "blockedOn"), () => 0n)).toContain(3);
  const n = objects.of(ObjectType.Notification).find((one) => view.link("Notification", one, "waiters") !== 0)!;
  expect(with64(field("Notification", n, "bits"), () => 1n)).toContain(3);
});

test("4: RecvAny is in just its queues", () => {
  const t = blocked(many);
  expect(with8(field("Tcb", t, "nodeCount"), 1)).toContain(4);
});

test("5: who is timed has a timer", () => {
  const timed = objects.of(ObjectType.Tcb).find((t) => (view.field("Tcb", t, "gate") & 0x400) !== 0)!;
  expect(with64(field("Tcb", timed, "gate"), (gate) => gate & ~0x400n)).toContain(5);
  expect(with64(field("Hart", view.hart(0), "timers"), () => 0n)).toContain(5);
});

test("6: reply rights", () => {
  const t = blocked(replying);
  const server = objects.of(ObjectType.Tcb).find((one) => view.link("Tcb", one, "caller") === t)!;
  expect(with64(field("Tcb", server, "caller"), () => 0n)).toContain(6);
  expect(with64(field("Tcb", t, "caller"), () => BigInt(server) + physmap)).toContain(6);
});

test("7: the derivation tree", () => {
  expect(with64(objects.slots[5]!.address + view.at("Slot", "prev"), (word) => word ^ 1n)).toContain(7);
  const derived = objects.slots.find(({ type, object, parent }) => objects.byObject.has(object) && objects.slots.some((slot) => slot.address === parent && slot.object === object && slot.type === type))!;
  expect(with64(derived.parent + view.at("Slot", "word"), (word) => word & ~0x7e0n)).toContain(7);
});

test("8: capabilities are counted, pointers lead to objects", () => {
  const e = objects.of(ObjectType.Endpoint)[0]!;
  expect(with64(field("Endpoint", e, "header"), (word) => word + 1n)).toContain(8);
  const waiting = objects.of(ObjectType.Notification).find((one) => view.link("Notification", one, "waiters") !== 0)!;
  expect(with64(field("Notification", waiting, "waiters"), () => physmap + 0x7000_0000n)).toContain(8);
  const endpoint = objects.of(ObjectType.Endpoint)[0]!, running = BigInt.asUintN(64, hart().getCsr("sscratch"));
  expect(with64(field("Endpoint", endpoint, "searchAt"), () => (running - physmap) / 32n)).toContain(8);
  const receiver = objects.of(ObjectType.Tcb).find((t) => state(t) === receiving && objects.has(ObjectType.Endpoint, view.link("Tcb", t, "blockedOn") - receiving))!;
  expect(with64(field("Tcb", receiver, "receivesThrough"), (slot) => slot + 32n)).toContain(8);
});

test("9: blocks are inside blocks, and disjoint", () => {
  const block = objects.slots.find(({ type, parent }) => type === ObjectType.Untyped && objects.slots.some((slot) => slot.address === parent && slot.type === ObjectType.Untyped))!;
  expect(with64(block.address + view.at("Slot", "word"), (word) => word + (8n << 16n))).toContain(9);
  expect(with64(block.address + view.at("Slot", "object"), (word) => word + 64n)).toContain(9);
});

test("10: no object of the kernel's is mapped", () => {
  const tcb = objects.of(ObjectType.Tcb)[0]!;
  expect(with64(pteOf(0x2019_0000), (pte) => (pte & 0x3ffn) | (BigInt(Math.floor(tcb / 4096)) << 10n))).toContain(10);
  expect(with64(pteOf(0x2019_0000), (pte) => pte | 8n)).toContain(10);
  expect(with64(view.global("spaces") + view.at("Spaces", "kernelRoot") + 256 * 8, (pte) => pte | 16n)).toContain(10);
});

test("11: a capability backs each page", () => {
  expect(with64(pteOf(0x2019_0000), (pte) => pte + 0x400n)).toContain(11);
});

test("12: shared pages are not writable", () => {
  expect(with64(pteOf(0x2018_0000), (pte) => pte | 4n)).toContain(12);
  const mo = objects.of(ObjectType.MemoryObject)[0]!;
  expect(with64(mo + view.types.bytes("MemoryObject"), (word) => word ^ (1n << 32n))).toContain(12);
  expect(with64(pteOf(0x2018_a000), (pte) => pte & ~256n)).toContain(12);
});

test("13: the TLB remembers nothing that is gone", () => {
  expect([...hart().translations()].some(({ vaddr }) => vaddr === 0x2019_0000)).toBe(true);
  expect(with64(pteOf(0x2019_0000), () => 0n)).toContain(13);
});

test("14: who can run is ready, and the highest runs", () => {
  const ready = objects.of(ObjectType.SchedContext).find((s) => view.field8("SchedContext", s, "ready") !== 0)!;
  const priority = view.field8("SchedContext", ready, "priority"), queue = view.hart(0) + view.at("Hart", "runQueue");
  expect(with64(queue + view.at("RunQueue", "heads") + 8 * 63, () => BigInt(ready) + physmap)).toContain(14);
  expect(priority).toBeLessThan(63);
});

test("15: lines are open as their handlers say", () => {
  const handler = objects.of(ObjectType.IrqHandler)[0]!;
  expect(with8(field("IrqHandler", handler, "pending"), 1)).toContain(15);
});

test("17: memory is what there was at the start", () => {
  const root = view.global("boot") + view.at("Boot", "root");
  const block = objects.slots.find(({ type, parent }) => type === ObjectType.Untyped && parent === root)!;
  expect(with64(block.address + view.at("Slot", "word"), (word) => word + (1n << 16n))).toContain(17);
});

/// What the checker says where memory changes during a syscall that `matches`.
async function violationsOf(group: string, matches: (number: number, label: number) => boolean, damage: (view: KernelView, objects: Objects) => void, failed = false): Promise<number[]> {
  const watcher = new InvariantChecker(readElf(kernel, "kernel.elf"));
  let inside = false, watched: KernelView | undefined, done = false;
  const observer: HartObserver = {
    trapped: (state, trap) => {
      inside = !done && !trap.interrupt && trap.cause === 8 && matches(Number(state.readRegister(17)), Number(state.readRegister(11)));
      if (inside) watcher.trapped(state, trap);
    },
    returned: (state, from) => {
      if (!inside || !watched) return;
      inside = false;
      if (failed && BigInt.asIntN(64, state.readRegister(10)) >= 0n) return;
      damage(watched, collect(watched));
      watcher.returned(state, from);
      done = true;
    },
  };
  boot({ kernel, initrd: await buildGroup(group), observer, prepare: (started) => {
    watched = new KernelView(readElf(kernel, "kernel.elf"), started.memory);
    watcher.attach(started);
  } });
  expect(done).toBe(true);
  return watcher.violations.map(({ invariant }) => invariant);
}

test("16: a call that makes no capability makes none", async () => {
  const signal = 5;
  const found = await violationsOf("events", (number) => number === signal, (watched, now) => {
    // A frame that was there gets a second capability, in an empty slot of init's CNode.
    const { view: bytes } = watched.memory;
    const frame = now.slots.find(({ type }) => type === ObjectType.Frame)!, empty = now.slots.find(({ type }) => type === ObjectType.CNode)!.object + 32 * 2000;
    const put32 = (paddr: number, value: number) => bytes.setUint32(watched.memory.addressOf(paddr, 4), value, true);
    for (let at = 0; at < 16; at += 4) put32(empty + at, watched.u32(frame.address + at));
    // Its badge says that it is mapped nowhere.
    put32(empty + 8, watched.u32(frame.address + 8) & 0xffff);
    put32(empty + 12, 0);
    put32(empty + watched.at("Slot", "next"), (0x8000_0000 + frame.address / 32) >>> 0);
    put32(empty + watched.at("Slot", "prev"), empty / 32);
    put32(frame.address + watched.at("Slot", "child"), empty / 32);
  });
  expect(found).toContain(16);
});

test("18: a call that fails changes nothing", async () => {
  const poll = 7;
  const found = await violationsOf("events", (number) => number === poll, (watched, now) => {
    const n = now.of(ObjectType.Notification)[0]!, place = watched.memory.addressOf(n + watched.at("Notification", "bits"), 8);
    watched.memory.view.setBigUint64(place, 0x4000n, true);
  }, true);
  expect(found).toContain(18);
});

test("19: a cached path is what a lookup finds", async () => {
  await makeWorld(1, true);
  const [path] = cachedPaths(view);
  expect(found()).toEqual([]);
  expect(view.field("PathCache", view.global("pathCache"), "misses")).toBeGreaterThan(0);
  expect(with64(path! + view.at("Path", "copy") + view.at("Slot", "word"), (word) => word ^ (1n << 20n))).toEqual([19]);
  expect(with64(path! + view.at("Path", "index"), (index) => index + 100_000n)).toEqual([19]);
});

describe("two harts", () => {
  beforeAll(() => makeWorld(2));
  const other = () => machine.harts[1]!;
  const running = (index: number) => Number(machine.harts[index]!.getCsr("sscratch") - physmap);
  const contextOf = (t: number) => objects.of(ObjectType.SchedContext).find((s) => view.link("SchedContext", s, "owner") === t)!;
  const ready = () => objects.of(ObjectType.SchedContext).find((s) => view.field8("SchedContext", s, "ready") !== 0 && view.link("SchedContext", s, "hart") === view.hart(1))!;

  test("a world on both keeps all invariants", () => {
    expect(view.hartCount()).toBe(2);
    expect(view.isQuiet()).toBe(true);
    expect(checker.check(hart())).toEqual([]);
  });

  test("1: each hart runs a thread of its own, for which its context pays", () => {
    expect(with64(field("Tcb", running(1), "gate"), (gate) => gate & ~0xffn)).toContain(1);
    expect(with64(field("Tcb", running(1), "gate"), (gate) => gate | 0x100n)).toContain(1);
    expect(with64(field("Tcb", running(1), "hart"), () => BigInt(view.hart(0)) + physmap)).toContain(1);
    expect(with64(field("Hart", view.hart(1), "current"), () => BigInt(contextOf(running(0))) + physmap)).toContain(1);
    expect(with8(field("Hart", view.hart(1), "isIdle"), 1)).toContain(1);
  });

  test("2: a ready context is in the queue of its hart", () => {
    expect(with64(field("SchedContext", ready(), "hart"), () => BigInt(view.hart(0)) + physmap)).toContain(2);
  });

  test("13: the other hart remembers nothing that is gone", () => {
    const remembers = (one: Hart) => [...one.translations()].some(({ vaddr }) => vaddr === 0x201a_0000);
    expect([remembers(hart()), remembers(other())]).toEqual([false, true]);
    expect(with64(pteOf(0x201a_0000), () => 0n)).toContain(13);
  });

  test("14: no hart runs below what is ready there, unless it has been told to look", () => {
    const heads = view.hart(1) + view.at("Hart", "runQueue") + view.at("RunQueue", "heads");
    const damage = () => with64(heads + 8 * 63, () => BigInt(ready()) + physmap);
    expect(damage()).toContain(14);
    other().setCsr("mip", other().getCsr("mip") | 2n);
    expect(damage()).not.toContain(14);
    other().setCsr("mip", other().getCsr("mip") & ~2n);
  });

  test("while a hart is inside the kernel nothing has to hold", () => {
    const next = machine.memory.addressOf(view.global("kernelLock") + view.at("KernelLock", "next"), 4), { view: bytes } = machine.memory;
    bytes.setUint32(next, bytes.getUint32(next, true) + 8, true);
    expect([view.isQuiet(), view.isLeft()]).toEqual([false, false]);
    bytes.setUint32(next, bytes.getUint32(next, true) - 8, true);
    expect([view.isQuiet(), view.isLeft()]).toEqual([true, true]);
  });
});

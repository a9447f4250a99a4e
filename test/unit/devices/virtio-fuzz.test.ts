// Descriptor tables that no driver would write. Whatever is in them, a device throws nothing, reads and writes
// RAM alone (TestMemory's walls), and of RAM only what the driver gave it to write.

import { expect, it } from "vitest";
import { Block } from "../../../emulator/devices/virtio/block.js";
import { Console } from "../../../emulator/devices/virtio/console.js";
import type { VirtioDevice } from "../../../emulator/devices/virtio/device.js";
import { MemoryDisk } from "../../../emulator/devices/virtio/disk.js";
import { Entropy } from "../../../emulator/devices/virtio/entropy.js";
import { SeededRandom } from "../../../emulator/devices/virtio/random.js";
import { Driver, EVENT_IDX, INDIRECT_DESC, RAM, RAM_BYTES, Register, type Ring, TestMemory, VERSION_1 } from "./virtio-driver.js";

const CASES = 1500;
const NEXT = 1, WRITE = 2, INDIRECT = 4;

const devices: Readonly<Record<string, (seed: number) => VirtioDevice>> = {
  block: () => new Block(new MemoryDisk(new Uint8Array(64 * 512).fill(0xa5))),
  entropy: (seed) => new Entropy(seed),
  console: () => {
    const console = new Console(() => {});
    console.receive(new Uint8Array(300).fill(0x41));
    return console;
  },
};

class Fuzz {
  readonly random: SeededRandom;
  constructor(seed: number) { this.random = new SeededRandom(seed); }
  below(limit: number): number { return this.random.next() % limit; }
  oneIn(n: number): boolean { return this.below(n) === 0; }
  pick<T>(...choices: T[]): T { return choices[this.below(choices.length)] as T; }
}

/// Mostly right, so that chains get long; now and then anything. `free` is where a driver's buffers would be.
function addressOf(fuzz: Fuzz, ring: Ring): number {
  const free = RAM + 0x8_0000 + fuzz.below(0x4_0000);
  if (!fuzz.oneIn(25)) return free;
  const edges = [0, 0x1000, 0x1000_8000, RAM - 1, RAM, RAM + RAM_BYTES - 1, RAM + RAM_BYTES, 2 ** 32 - 1, 2 ** 53, 2 ** 64 - 2048];
  return fuzz.pick(...edges, ring.descriptors, ring.driver, ring.device, ring.table);
}

function lengthOf(fuzz: Fuzz): number {
  if (fuzz.oneIn(50)) return fuzz.pick(0, 0xffff_ffff, 0x8000_0000, RAM_BYTES, RAM_BYTES + 1);
  return fuzz.pick(1, 16, 16, 20, 512, 513, 1024, 4096, 1 + fuzz.below(5000));
}

function fillTable(fuzz: Fuzz, driver: Driver, ring: Ring, table: number, entries: number, flagsAllowed: number): void {
  const firstToWrite = fuzz.below(entries);
  for (let at = 0; at < entries; at++) {
    const isLink = fuzz.oneIn(6) && (flagsAllowed & INDIRECT) !== 0;
    const count = 1 + fuzz.below(6);
    driver.describe(table, at, isLink && !fuzz.oneIn(10) ? { at: ring.table, length: count * 16 } : { at: addressOf(fuzz, ring), length: lengthOf(fuzz) });
    const flags = (fuzz.oneIn(3) ? 0 : NEXT) | (at >= firstToWrite !== fuzz.oneIn(15) ? WRITE : 0) | (isLink ? INDIRECT : 0);
    driver.memory.setU16(table + at * 16 + 12, (fuzz.oneIn(40) ? fuzz.below(0x1_0000) : isLink && !fuzz.oneIn(4) ? INDIRECT : flags) & flagsAllowed);
    driver.memory.setU16(table + at * 16 + 14, fuzz.oneIn(40) ? fuzz.below(0x1_0000) : fuzz.oneIn(10) ? fuzz.below(entries) : at + 1);
  }
}

/// What the device may write, before it can have changed the tables: every WRITE descriptor, used ring and event.
function writableOf(driver: Driver, rings: readonly Ring[]): { paddr: number; end: number }[] {
  const { memory } = driver;
  return rings.flatMap((ring) => [
    { paddr: ring.device, end: ring.device + 4 + 8 * ring.size + 2 },
    ...[ring.descriptors, ring.table].flatMap((table) =>
      Array.from({ length: 64 }, (_, at) => table + at * 16)
        .filter((place) => memory.u16(place + 12) & WRITE)
        .map((place) => {
          const paddr = memory.u32(place) + memory.u32(place + 4) * 2 ** 32;
          return { paddr, end: paddr + memory.u32(place + 8) };
        }),
    ),
  ]);
}

function runCase(make: (seed: number) => VirtioDevice, seed: number): { used: number; resets: number } {
  const fuzz = new Fuzz(seed);
  const driver = new Driver(make(seed), new TestMemory());
  const features = [VERSION_1, ...(fuzz.oneIn(2) ? [INDIRECT_DESC] : []), ...(fuzz.oneIn(2) ? [EVENT_IDX] : [])];
  const rings = driver.start(features, driver.mmio.queues.length);
  // Where nothing may be written but the used ring, nothing may be.
  const flagsAllowed = (fuzz.oneIn(4) ? NEXT | INDIRECT : 0xffff) & (features.includes(INDIRECT_DESC) || fuzz.oneIn(5) ? 0xffff : ~INDIRECT);
  // A write into a table changes what the next chain may do: then only RAM's walls are checked.
  let isCertain = true;
  let [used, resets] = [0, 0];
  for (let round = 0; round < 4; round++) {
    for (const ring of rings) {
      fillTable(fuzz, driver, ring, ring.descriptors, ring.size, flagsAllowed);
      fillTable(fuzz, driver, ring, ring.table, 8, flagsAllowed & (fuzz.oneIn(3) ? 0xffff : ~INDIRECT));
      const type = fuzz.pick(0, 1, 4, 8, 11, 13, fuzz.random.next());
      for (let at = 0; at < 64; at++) driver.memory.setU32(RAM + 0x8_0000 + fuzz.below(0x1_0000) * 4, type);
      for (let chains = fuzz.below(4); chains >= 0; chains--) driver.offer(ring, fuzz.oneIn(30) ? fuzz.below(0x1_0000) : fuzz.below(ring.size));
      if (fuzz.oneIn(40)) driver.memory.setU16(ring.driver + 2, fuzz.below(0x1_0000));
      const writable = writableOf(driver, rings);
      driver.memory.written.length = 0;
      const before = driver.usedIdx(ring);
      driver.notify(ring);
      used += isCertain ? driver.usedIdx(ring) - before : 0;
      for (const { paddr, length } of driver.memory.written) {
        if (isCertain && !writable.some((area) => paddr >= area.paddr && paddr + length <= area.end)) throw new Error(`seed ${seed}: wrote ${length} at ${paddr.toString(16)}`);
        if (rings.some((each) => paddr < each.table + 0x400 && paddr + length > each.descriptors && !(paddr >= each.device && paddr < each.table))) isCertain = false;
      }
      if (!driver.needsReset) continue;
      resets += 1;
      driver.write(Register.status, 0);
      for (const each of rings) driver.memory.put(each.driver, new Uint8Array(0x2000));
      driver.start(features, rings.length);
    }
  }
  return { used, resets };
}

it.each(Object.entries(devices))("%s survives every driver", (_name, make) => {
  const results = Array.from({ length: CASES }, (_, seed) => runCase(make, seed));
  // It is no test where nothing got through, or nothing was refused.
  expect(results.filter(({ used }) => used > 0).length).toBeGreaterThan(CASES / 8);
  expect(results.filter(({ resets }) => resets > 0).length).toBeGreaterThan(CASES / 2);
});

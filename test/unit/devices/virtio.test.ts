// The transport and its queues, with the simplest device behind them.

import { beforeEach, describe, expect, it } from "vitest";
import { Console } from "../../../emulator/devices/virtio/console.js";
import { Entropy } from "../../../emulator/devices/virtio/entropy.js";
import { Driver, EVENT_IDX, INDIRECT_DESC, NEEDS_RESET, RAM, RAM_BYTES, Register, type Ring, ringOf, VERSION_1 } from "./virtio-driver.js";

const buffer = RAM + 0x8_0000;
let driver: Driver;
beforeEach(() => {
  driver = new Driver(new Entropy(1));
});

describe("virtio registers", () => {
  it("say what is there", () => {
    const { magic, version, deviceId, vendorId, queueNumMax, shmLen } = Register;
    expect([magic, version, deviceId, vendorId, queueNumMax, shmLen].map((at) => driver.read(at))).toEqual([0x7472_6976, 2, 4, 0x554d_4551, 256, 0xffff_ffff]);
    driver.write(Register.queueSel, 1);
    expect(driver.read(queueNumMax)).toBe(0);
    expect(driver.mmio.read(magic, 1)).toBe(0);
  });

  it("offer features in halves", () => {
    const halves = [0, 1, 2, 0xffff_ffff].map((half) => {
      driver.write(Register.deviceFeaturesSel, half);
      return driver.read(Register.deviceFeatures);
    });
    expect(halves).toEqual([0x3000_0000, 1, 0, 0]);
  });

  it("keep FEATURES_OK away without VERSION_1, or with what was not offered", () => {
    for (const bits of [[], [EVENT_IDX], [VERSION_1, 5], [VERSION_1, 40]]) {
      driver.negotiate(...bits);
      expect(driver.status).toBe(3);
    }
    driver.negotiate(VERSION_1, INDIRECT_DESC);
    expect(driver.status).toBe(0xb);
  });

  it("fix features once they are accepted", () => {
    driver.negotiate(VERSION_1);
    driver.write(Register.driverFeatures, 0);
    driver.write(Register.status, 0xf);
    expect(driver.status).toBe(0xf);
  });

  it("let the device alone ask for a reset", () => {
    driver.start();
    driver.write(Register.status, 0xf | NEEDS_RESET);
    expect(driver.status).toBe(0xf);
  });

  it("take a queue back, and all with a reset", () => {
    driver.start();
    expect(driver.read(Register.queueReady)).toBe(1);
    driver.write(Register.queueReady, 0);
    expect(driver.read(Register.queueReady)).toBe(0);
    const [ring] = driver.start() as [Ring];
    driver.submit(ring, [{ at: buffer, length: 4, write: true }]);
    expect([driver.wire.level, driver.read(Register.interruptStatus)]).toEqual([true, 1]);
    driver.write(Register.status, 0);
    expect([driver.wire.level, driver.read(Register.interruptStatus), driver.status, driver.read(Register.queueReady)]).toEqual([false, 0, 0, 0]);
  });

  it("read configuration at any width, and tell of a change", () => {
    const console = new Console(() => {}, { columns: 80, rows: 25 });
    const other = new Driver(console);
    other.start([VERSION_1, 0], 2);
    const before = other.read(Register.generation);
    expect([other.mmio.read(0x100, 2), other.mmio.read(0x102, 2), other.read(0x100), other.read(0x104), other.read(0x200)]).toEqual([80, 25, 0x19_0050, 1, 0]);
    console.resize({ columns: 300, rows: 50 });
    expect([other.mmio.read(0x100, 2), other.mmio.read(0x101, 1), other.read(Register.generation)]).toEqual([300, 1, before + 1]);
    expect([other.wire.level, other.read(Register.interruptStatus)]).toEqual([true, 2]);
    other.write(Register.interruptAck, 2);
    expect(other.wire.level).toBe(false);
  });
});

describe("virtqueue", () => {
  it("fills buffers in pieces, and gives them back with an interrupt", () => {
    const [ring] = driver.start() as [Ring];
    expect(driver.submit(ring, [{ at: buffer, length: 3, write: true }, { at: buffer + 16, length: 5, write: true }], 3)).toEqual({ id: 3, length: 8 });
    const bytes = driver.memory.slice(buffer, 24);
    expect([bytes[3], bytes[15], bytes[21]]).toEqual([0, 0, 0]);
    expect(bytes.some((byte) => byte !== 0)).toBe(true);
    expect(driver.wire.level).toBe(true);
    driver.write(Register.interruptAck, 1);
    expect([driver.wire.level, driver.wire.rises]).toEqual([false, 1]);
  });

  it("does not stir before DRIVER_OK, nor without a notification", () => {
    driver.negotiate(VERSION_1);
    const ring = ringOf(0);
    driver.place(ring);
    expect(driver.submit(ring, [{ at: buffer, length: 4, write: true }])).toBeUndefined();
    driver.write(Register.status, 0xf);
    expect(driver.usedIdx(ring)).toBe(1);
    driver.chain(ring.descriptors, 1, [{ at: buffer, length: 4, write: true }]);
    driver.offer(ring, 1);
    expect(driver.usedIdx(ring)).toBe(1);
  });

  it("goes round its rings, over 2^16", () => {
    const [ring] = driver.start() as [Ring];
    for (let count = 0; count < 65_540; count++) driver.submit(ring, [{ at: buffer, length: 1, write: true }], count % 8);
    expect([driver.usedIdx(ring), driver.used(ring, 3)]).toEqual([4, { id: 3, length: 1 }]);
    expect(driver.needsReset).toBe(false);
  });

  it("keeps quiet where the driver asks", () => {
    const [ring] = driver.start() as [Ring];
    driver.memory.setU16(ring.driver, 1);
    driver.submit(ring, [{ at: buffer, length: 4, write: true }]);
    expect([driver.usedIdx(ring), driver.wire.level]).toEqual([1, false]);
  });

  it("interrupts at the driver's event index only, and names its own", () => {
    const [ring] = driver.start([VERSION_1, EVENT_IDX]) as [Ring];
    const [usedEvent, availEvent] = [ring.driver + 4 + 16, ring.device + 4 + 64];
    // Flags do not count any more.
    driver.memory.setU16(ring.driver, 1);
    driver.memory.setU16(usedEvent, 2);
    const levels = [0, 1, 2, 3].map((head) => {
      driver.submit(ring, [{ at: buffer, length: 4, write: true }], head);
      return driver.wire.level;
    });
    expect(levels).toEqual([false, false, true, true]);
    expect(driver.memory.u16(availEvent)).toBe(4);
  });

  it("follows an indirect table, alone or behind other buffers", () => {
    const [ring] = driver.start([VERSION_1, INDIRECT_DESC]) as [Ring];
    driver.indirect(ring, 5, [{ at: buffer, length: 4, write: true }, { at: buffer + 8, length: 4, write: true }]);
    driver.describe(ring.descriptors, 4, { at: buffer + 16, length: 2, write: true }, 5);
    for (const head of [5, 4]) driver.offer(ring, head);
    driver.notify(ring);
    expect([driver.used(ring, 0), driver.used(ring, 1)]).toEqual([{ id: 5, length: 8 }, { id: 4, length: 10 }]);
  });

  it("saves and restores in the midst of things", () => {
    const [ring] = driver.start([VERSION_1, EVENT_IDX]) as [Ring];
    driver.submit(ring, [{ at: buffer, length: 4, write: true }]);
    const state = JSON.parse(JSON.stringify(driver.mmio.save()));
    const other = new Driver(new Entropy(99), driver.memory);
    other.mmio.restore(state);
    expect(other.mmio.save()).toEqual(driver.mmio.save());
    expect(other.wire.level).toBe(true);
    expect(other.submit(ring, [{ at: buffer, length: 4, write: true }], 1)).toEqual({ id: 1, length: 4 });
    const after = driver.memory.slice(buffer, 4).slice();
    // The same bytes as without the detour.
    driver.memory.setU16(ring.device + 2, 1);
    driver.notify(ring);
    expect(driver.memory.slice(buffer, 4)).toEqual(after);
  });

  it("trusts no saved state", () => {
    driver.start();
    const state = JSON.parse(JSON.stringify(driver.mmio.save()));
    state.queues[0].areas[2] = [0, 0];
    driver.mmio.restore(state);
    expect(driver.mmio.queues[0]?.ready).toBe(false);
  });
});

describe("a driver's mistakes", () => {
  const end = RAM + RAM_BYTES;
  const place = (change: Partial<Ring>) => {
    driver.negotiate(VERSION_1);
    driver.place({ ...ringOf(0), ...change });
  };

  it.each<[string, Partial<Ring>]>([
    ["size 0", { size: 0 }],
    ["size 3", { size: 3 }],
    ["size 512, twice the maximum", { size: 512 }],
    ["size 2^31", { size: 2 ** 31 }],
    ["descriptors below RAM", { descriptors: RAM - 16 }],
    ["descriptors at the end", { descriptors: end - 64 }],
    ["descriptors not aligned", { descriptors: RAM + 8 }],
    ["a driver area in the boot ROM", { driver: 0x1000 }],
    ["a driver area of which the event index is outside", { driver: end - 20 }],
    ["a device area outside", { device: end }],
    ["a device area that is a device", { device: 0x1000_8000 }],
    ["a device area that wraps", { device: 2 ** 64 - 2 ** 12 }],
    ["a device area not aligned", { device: RAM + 2 }],
  ])("%s: the queue does not get ready", (_what, change) => {
    place(change);
    expect([driver.read(Register.queueReady), driver.needsReset, driver.wire.level]).toEqual([0, true, false]);
    expect(driver.mmio.fault).toBeTruthy();
    driver.write(Register.status, 0);
    place({});
    expect([driver.read(Register.queueReady), driver.status]).toEqual([1, 0xb]);
  });

  it.each<[string, string, (ring: Ring) => void]>([
    ["a head outside the table", "descriptor 8 of a table of 8", (ring) => driver.offer(ring, 8)],
    ["a next one outside the table", "descriptor 9 of a table of 8", (ring) => driver.describe(ring.descriptors, 0, { at: buffer, length: 4, write: true }, 9)],
    ["a loop", "loop", (ring) => driver.describe(ring.descriptors, 0, { at: buffer, length: 4, write: true }, 0)],
    ["an empty buffer", "empty buffer", (ring) => driver.describe(ring.descriptors, 0, { at: buffer, length: 0, write: true })],
    ["a buffer over the end of RAM", "not all RAM", (ring) => driver.describe(ring.descriptors, 0, { at: end - 4, length: 5, write: true })],
    ["a buffer before RAM", "not all RAM", (ring) => driver.describe(ring.descriptors, 0, { at: RAM - 1, length: 4, write: true })],
    ["the boot ROM", "not all RAM", (ring) => driver.describe(ring.descriptors, 0, { at: 0x1000, length: 4, write: true })],
    ["a buffer that wraps", "not all RAM", (ring) => driver.describe(ring.descriptors, 0, { at: 2 ** 64 - 2048, length: 0xffff_f000, write: true })],
    ["2^32 - 1 bytes", "not all RAM", (ring) => driver.describe(ring.descriptors, 0, { at: RAM, length: 0xffff_ffff, write: true })],
    ["a buffer to read behind one to write", "behind one to write", (ring) => driver.chain(ring.descriptors, 0, [{ at: buffer, length: 4, write: true }, { at: buffer, length: 4 }])],
    ["nothing to write", "nowhere to put it", (ring) => driver.describe(ring.descriptors, 0, { at: buffer, length: 4 })],
    ["more bytes than RAM", "more bytes than", (ring) => driver.chain(ring.descriptors, 0, [{ at: RAM, length: RAM_BYTES, write: true }, { at: buffer, length: 1, write: true }])],
    ["more chains than the queue holds", "9 chains in a queue of 8", (ring) => driver.memory.setU16(ring.driver + 2, 9)],
    ["an indirect table inside another", "indirect descriptor where none may be", (ring) => { driver.indirect(ring, 0, [{ at: buffer, length: 4 }]); driver.memory.setU16(ring.table + 12, 4); }],
    ["an indirect table that ends in the midst of a descriptor", "table of 17 bytes", (ring) => { driver.indirect(ring, 0, [{ at: buffer, length: 4 }]); driver.memory.setU32(ring.descriptors + 8, 17); }],
    ["an empty indirect table", "table of 0 bytes", (ring) => driver.indirect(ring, 0, [])],
    ["an indirect table outside RAM", "which is not RAM", (ring) => { driver.indirect(ring, 0, [{ at: buffer, length: 4 }]); driver.memory.setU32(ring.descriptors, RAM - 16); }],
    ["an indirect descriptor with a next one", "with a next one", (ring) => { driver.indirect(ring, 0, [{ at: buffer, length: 4, write: true }]); driver.memory.setU16(ring.descriptors + 12, 5); }],
    ["a loop in an indirect table", "loop", (ring) => { driver.indirect(ring, 0, [{ at: buffer, length: 4, write: true }]); driver.memory.setU16(ring.table + 12, 3); }],
  ])("%s: the device needs a reset, and works after it", (_what, fault, spoil) => {
    const [ring] = driver.start([VERSION_1, INDIRECT_DESC]) as [Ring];
    driver.memory.written.length = 0;
    spoil(ring);
    if (driver.memory.u16(ring.driver + 2) === 0) driver.offer(ring, 0);
    driver.notify(ring);
    expect([driver.status, driver.read(Register.interruptStatus), driver.wire.level]).toEqual([0xf | NEEDS_RESET, 2, true]);
    expect(driver.memory.written).toEqual([]);
    expect(driver.mmio.fault).toContain(fault);
    driver.notify(ring);
    driver.write(Register.status, 0xf);
    expect([driver.status, driver.usedIdx(ring)]).toEqual([0xf | NEEDS_RESET, 0]);

    driver.memory.bytes.fill(0);
    const [again] = driver.start() as [Ring];
    expect(driver.submit(again, [{ at: buffer, length: 4, write: true }])).toEqual({ id: 0, length: 4 });
    expect(driver.status).toBe(0xf);
  });

  it("an indirect descriptor that was not negotiated", () => {
    const [ring] = driver.start() as [Ring];
    driver.indirect(ring, 0, [{ at: buffer, length: 4, write: true }]);
    driver.offer(ring, 0);
    driver.notify(ring);
    expect(driver.needsReset).toBe(true);
  });

  it("a queue that does not exist is nothing", () => {
    driver.start();
    driver.write(Register.queueSel, 7);
    driver.write(Register.queueReady, 1);
    driver.write(Register.queueNotify, 0xffff_ffff);
    expect(driver.status).toBe(0xf);
  });
});

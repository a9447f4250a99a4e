// What is behind the transport: block, with its disks, entropy, console.

import { describe, expect, it } from "vitest";
import { Block, BlockFeature } from "../../../emulator/devices/virtio/block.js";
import { Console } from "../../../emulator/devices/virtio/console.js";
import { type BlockBackend, FaultyDisk, MemoryDisk } from "../../../emulator/devices/virtio/disk.js";
import { Entropy } from "../../../emulator/devices/virtio/entropy.js";
import { Net } from "../../../emulator/devices/virtio/net.js";
import { Overlay } from "../../../emulator/devices/virtio/overlay.js";
import { SeededRandom } from "../../../emulator/devices/virtio/random.js";
import { type Buffer as GuestBuffer, Driver, RAM, Register, type Ring, VERSION_1 } from "./virtio-driver.js";

const IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13;
const OK = 0, IOERR = 1, UNSUPP = 2;
const header = RAM + 0x8_0000, data = RAM + 0x8_1000, statusAt = RAM + 0x8_0100;
const sectors = 8;

function pattern(bytes = sectors * 512): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (at >> 9) * 16 + (at & 15));
}

/// toEqual looks at each byte on its own, which takes seconds.
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

class BlockDriver extends Driver {
  readonly ring: Ring;

  constructor(disk: BlockBackend, features: readonly number[] = [VERSION_1, BlockFeature.flush], id?: string) {
    super(new Block(disk, id === undefined ? {} : { id }));
    [this.ring] = this.start(features) as [Ring];
  }

  /// The status byte; `middle` is what comes between header and status.
  request(type: number, sector: number, ...middle: readonly GuestBuffer[]): number {
    this.memory.put(header, new Uint8Array(16));
    this.memory.setU32(header, type);
    this.memory.setU32(header + 8, sector % 2 ** 32);
    this.memory.setU32(header + 12, Math.floor(sector / 2 ** 32));
    this.memory.put(statusAt, [0xff]);
    this.submit(this.ring, [{ at: header, length: 16 }, ...middle, { at: statusAt, length: 1, write: true }]);
    return this.memory.slice(statusAt, 1)[0] as number;
  }

  readSectors(sector: number, count: number): number { return this.request(IN, sector, { at: data, length: count * 512, write: true }); }
  writeSectors(sector: number, bytes: Uint8Array): number {
    this.memory.put(data, bytes);
    return this.request(OUT, sector, { at: data, length: bytes.length });
  }
  segment(type: number, sector: number, count: number, flags = 0): number {
    this.memory.put(data, new Uint8Array(8));
    this.memory.setU32(data, sector);
    this.memory.setU32(data + 8, count);
    this.memory.setU32(data + 12, flags);
    return this.request(type, 0, { at: data, length: 16 });
  }
}

describe("virtio block", () => {
  it("reads, writes and says how large it is", () => {
    const disk = new MemoryDisk(pattern());
    const driver = new BlockDriver(disk);
    expect([driver.read(Register.deviceId), driver.read(0x100), driver.read(0x114), driver.mmio.read(0x122, 2)]).toEqual([2, sectors, 512, 1]);
    expect(driver.readSectors(2, 3)).toBe(OK);
    expect(driver.memory.slice(data, 1536)).toEqual(pattern().subarray(1024, 2560));
    expect(driver.writeSectors(7, new Uint8Array(512).fill(9))).toBe(OK);
    expect(disk.contents.subarray(3584)).toEqual(new Uint8Array(512).fill(9));
    expect(disk.contents.subarray(0, 3584)).toEqual(pattern().subarray(0, 3584));
  });

  it("takes a request cut in any way", () => {
    const driver = new BlockDriver(new MemoryDisk(pattern()));
    driver.memory.put(header, [IN, 0, 0, 0, 0, 0, 0, 0, 1]);
    const used = driver.submit(driver.ring, [
      { at: header, length: 5 }, { at: header + 5, length: 11 },
      { at: data, length: 100, write: true }, { at: data + 0x1000, length: 413, write: true },
    ]);
    expect(used).toEqual({ id: 0, length: 513 });
    expect(driver.memory.slice(data, 100)).toEqual(pattern().subarray(512, 612));
    expect(driver.memory.slice(data + 0x1000, 413)).toEqual(Uint8Array.of(...pattern().subarray(612, 1024), OK));
  });

  it("refuses what is not on the disk, and half sectors, without touching it", () => {
    const disk = new MemoryDisk(pattern());
    const driver = new BlockDriver(disk);
    for (const [sector, bytes] of [[8, 512], [7, 1024], [2 ** 55, 512], [2 ** 64 - 2048, 512], [0, 100], [0, 513]] as const) {
      expect(driver.request(IN, sector, { at: data, length: bytes, write: true })).toBe(IOERR);
      expect(driver.request(OUT, sector, { at: data, length: bytes })).toBe(IOERR);
    }
    expect(disk.contents).toEqual(pattern());
    expect([driver.request(99, 0), driver.request(FLUSH, 0), driver.needsReset]).toEqual([UNSUPP, OK, false]);
  });

  it("gives its name", () => {
    const driver = new BlockDriver(new MemoryDisk(pattern()), [VERSION_1], "a name of more than twenty");
    expect(driver.request(GET_ID, 0, { at: data, length: 20, write: true })).toBe(OK);
    expect(String.fromCharCode(...driver.memory.slice(data, 20))).toBe("a name of more than ");
  });

  it("discards nothing, zeroes what it is told, and checks both", () => {
    const disk = new MemoryDisk(pattern());
    const driver = new BlockDriver(disk);
    expect([driver.segment(DISCARD, 1, 2), driver.segment(WRITE_ZEROES, 3, 2, 1)]).toEqual([OK, OK]);
    expect(disk.contents).toEqual(Uint8Array.of(...pattern().subarray(0, 1536), ...new Uint8Array(1024), ...pattern().subarray(2560)));
    expect([driver.segment(DISCARD, 7, 2), driver.segment(WRITE_ZEROES, 9, 1), driver.segment(DISCARD, 0, 1, 1), driver.segment(WRITE_ZEROES, 0, 1, 2)]).toEqual([IOERR, IOERR, UNSUPP, UNSUPP]);
    expect([driver.request(DISCARD, 0, { at: data, length: 15 }), driver.request(DISCARD, 0, { at: data, length: 32 }), driver.request(WRITE_ZEROES, 0)]).toEqual([IOERR, UNSUPP, IOERR]);
  });

  it("writes nothing where it is read-only", () => {
    const disk = new MemoryDisk(pattern(), { isReadonly: true });
    const driver = new BlockDriver(disk, [VERSION_1, BlockFeature.readonly]);
    expect([driver.writeSectors(0, new Uint8Array(512)), driver.segment(WRITE_ZEROES, 0, 1), driver.readSectors(0, 1)]).toEqual([IOERR, IOERR, OK]);
    expect(disk.contents).toEqual(pattern());
  });

  it("flushes when asked, and each write of a driver that cannot ask", () => {
    let flushes = 0;
    class Counted extends MemoryDisk {
      override flush(): boolean { return ++flushes > 0; }
    }
    const driver = new BlockDriver(new Counted(pattern()));
    driver.writeSectors(0, new Uint8Array(512));
    expect(flushes).toBe(0);
    driver.request(FLUSH, 0);
    expect(flushes).toBe(1);
    new BlockDriver(new Counted(pattern()), [VERSION_1]).writeSectors(0, new Uint8Array(512));
    expect(flushes).toBe(2);
  });

  it.each<[string, readonly GuestBuffer[]]>([
    ["half a header", [{ at: header, length: 15 }, { at: statusAt, length: 1, write: true }]],
    ["no header", [{ at: statusAt, length: 1, write: true }]],
    ["no room for the status", [{ at: header, length: 16 }]],
  ])("needs a reset after a request with %s", (_what, buffers) => {
    const driver = new BlockDriver(new MemoryDisk(pattern()));
    expect([driver.submit(driver.ring, buffers), driver.needsReset]).toEqual([undefined, true]);
  });

  it("moves more than it does at a time", () => {
    const bytes = 0x3_0000;
    const disk = new MemoryDisk(new Uint8Array(bytes));
    const driver = new BlockDriver(disk);
    const random = new SeededRandom(3);
    const contents = new Uint8Array(bytes);
    random.fill(contents);
    expect(driver.writeSectors(0, contents)).toBe(OK);
    expect(isSame(disk.contents, contents)).toBe(true);
    driver.memory.put(data, new Uint8Array(bytes));
    expect(driver.readSectors(0, bytes / 512)).toBe(OK);
    expect(isSame(driver.memory.slice(data, bytes), contents)).toBe(true);
  });

  it("saves and restores what is not on the host's disk", () => {
    const driver = new BlockDriver(new Overlay(new MemoryDisk(pattern())));
    driver.writeSectors(1, new Uint8Array(512).fill(7));
    const state = JSON.parse(JSON.stringify(driver.mmio.save()));
    const other = new BlockDriver(new Overlay(new MemoryDisk(pattern())));
    other.memory.put(RAM, driver.memory.bytes);
    other.mmio.restore(state);
    expect(other.readSectors(0, 2)).toBe(OK);
    expect(other.memory.slice(data, 1024)).toEqual(Uint8Array.of(...pattern().subarray(0, 512), ...new Uint8Array(512).fill(7)));
  });
});

describe("a snapshot", () => {
  it("is the disk with the writes, and leaves the disk alone", () => {
    const bytes = 3 * 4096 + 512;
    const [below, model] = [new MemoryDisk(pattern(bytes), { isReadonly: true }), new MemoryDisk(pattern(bytes))];
    const overlay = new Overlay(below);
    const random = new SeededRandom(11);
    for (let round = 0; round < 300; round++) {
      const from = random.next() % bytes;
      const piece = new Uint8Array(random.next() % (bytes - from + 1));
      if (round % 2 === 0) {
        random.fill(piece);
        expect([overlay.write(from, piece), model.write(from, piece)]).toEqual([true, true]);
      } else {
        expect(overlay.read(from, piece)).toBe(true);
        expect(isSame(piece, model.contents.subarray(from, from + piece.length))).toBe(true);
      }
    }
    expect(below.contents).toEqual(pattern(bytes));
    const copy = new Overlay(below);
    copy.restore(JSON.parse(JSON.stringify(overlay.save())));
    const all = new Uint8Array(bytes);
    copy.read(0, all);
    expect(all).toEqual(model.contents);
  });
});

describe("a faulty disk", () => {
  const run = (seed: number) => {
    const disk = new MemoryDisk(pattern());
    const driver = new BlockDriver(new FaultyDisk(disk, 3, seed));
    const statuses = Array.from({ length: 60 }, (_, round) => (round % 2 ? driver.readSectors(0, 8) : driver.writeSectors(0, new Uint8Array(4096).fill(round))));
    return { statuses, contents: disk.contents, needsReset: driver.needsReset };
  };

  it("fails now and then, the same way for a seed, and the driver goes on", () => {
    const first = run(5);
    expect(first).toEqual(run(5));
    expect(new Set(first.statuses)).toEqual(new Set([OK, IOERR]));
    expect(first.needsReset).toBe(false);
    expect(run(6).statuses).not.toEqual(first.statuses);
  });

  it("goes on in the same way after a restore", () => {
    const make = () => new FaultyDisk(new MemoryDisk(pattern()), 2, 1);
    const [first, second] = [make(), make()];
    const flushes = (disk: FaultyDisk) => Array.from({ length: 40 }, () => disk.flush());
    flushes(first);
    second.restore(JSON.parse(JSON.stringify(first.save())));
    expect(flushes(second)).toEqual(flushes(first));
  });
});

describe("virtio entropy", () => {
  it("depends on its seed alone, and goes on after a restore", () => {
    const bytes = (seed: number) => {
      const driver = new Driver(new Entropy(seed));
      const [ring] = driver.start() as [Ring];
      driver.submit(ring, [{ at: data, length: 64, write: true }]);
      return [...driver.memory.slice(data, 64)];
    };
    expect(bytes(1)).toEqual(bytes(1));
    expect(bytes(1)).not.toEqual(bytes(2));
    expect(bytes(2 ** 32)).not.toEqual(bytes(0));
    expect(new Set(bytes(0)).size).toBeGreaterThan(32);
  });

  it("gives a part where much is asked", () => {
    const driver = new Driver(new Entropy(1));
    const [ring] = driver.start() as [Ring];
    expect(driver.submit(ring, [{ at: data, length: 0x2_0000, write: true }])).toEqual({ id: 0, length: 0x1_0000 });
  });
});

describe("virtio console", () => {
  function make() {
    let sent = "";
    const console = new Console((bytes) => (sent += String.fromCharCode(...bytes)));
    const driver = new Driver(console);
    const [receive, transmit] = driver.start([VERSION_1], 2) as [Ring, Ring];
    return { console, driver, receive, transmit, sent: () => sent };
  }
  const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));

  it("sends", () => {
    const { driver, transmit, sent } = make();
    driver.memory.put(data, ascii("hello, world"));
    expect(driver.submit(transmit, [{ at: data, length: 5 }, { at: data + 7, length: 5 }])).toEqual({ id: 0, length: 0 });
    expect(sent()).toBe("helloworld");
    driver.mmio.write(0x108, 1, "!".charCodeAt(0));
    expect(sent()).toBe("helloworld!");
  });

  it("receives into what the driver has made room for, and keeps the rest", () => {
    const { console, driver, receive } = make();
    expect(driver.submit(receive, [{ at: data, length: 4, write: true }])).toBeUndefined();
    console.receive(ascii("typemetal"));
    expect([driver.used(receive, 0), driver.wire.level, console.waiting]).toEqual([{ id: 0, length: 4 }, true, 5]);
    expect(driver.submit(receive, [{ at: data + 4, length: 16, write: true }], 1)).toEqual({ id: 1, length: 5 });
    expect(driver.memory.slice(data, 9)).toEqual(Uint8Array.from(ascii("typemetal")));
  });

  it("saves and restores what waits", () => {
    const { console, driver } = make();
    console.receive(ascii("left"));
    const other = make();
    other.driver.mmio.restore(JSON.parse(JSON.stringify(driver.mmio.save())));
    expect(other.driver.submit(other.receive, [{ at: data, length: 16, write: true }])).toEqual({ id: 0, length: 4 });
  });

  it("needs a reset where a receive buffer cannot be written", () => {
    const { console, driver, receive } = make();
    driver.submit(receive, [{ at: data, length: 4 }]);
    expect(driver.needsReset).toBe(false);
    console.receive(ascii("x"));
    expect([driver.needsReset, console.waiting]).toEqual([true, 1]);
  });
});

describe("virtio net", () => {
  const RECEIVE = 0, TRANSMIT = 1, MAC = 5;
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
  const headerBytes = 12;
  const start = () => {
    const sent: Uint8Array[] = [];
    const net = new Net((frame) => sent.push(frame), mac);
    const driver = new Driver(net);
    const rings = driver.start([VERSION_1, MAC], 2) as [Ring, Ring];
    return { net, driver, rings, sent };
  };

  it("shows its address, sends frames without their header, and receives with one", () => {
    const { net, driver, rings, sent } = start();
    expect(Array.from({ length: 6 }, (_, at) => driver.mmio.read(0x100 + at, 1))).toEqual([...mac]);
    driver.memory.put(data, [...new Uint8Array(headerBytes), 1, 2, 3, 4, 5]);
    driver.submit(rings[TRANSMIT], [{ at: data, length: headerBytes + 2 }, { at: data + headerBytes + 2, length: 3 }]);
    expect(sent).toEqual([Uint8Array.of(1, 2, 3, 4, 5)]);
    expect(net.receive(Uint8Array.of(7, 8, 9))).toBe(true);
    driver.submit(rings[RECEIVE], [{ at: data, length: 1526, write: true }]);
    expect([...driver.memory.slice(data, headerBytes + 3)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 7, 8, 9]);
  });

  it("drops what is too long or too much, and keeps what waits in its state", () => {
    const { net, driver, rings } = start();
    expect(net.receive(new Uint8Array(1519))).toBe(false);
    const accepted = Array.from({ length: 300 }, (_, index) => net.receive(Uint8Array.of(index & 255))).filter(Boolean);
    expect(accepted.length).toBe(256);
    const state = JSON.parse(JSON.stringify(net.save()));
    const other = new Net(() => {}, Uint8Array.of(2, 0, 0, 0, 0, 9));
    other.restore(state);
    expect([other.save(), [...other.config]]).toEqual([net.save(), [...net.config]]);
    driver.submit(rings[RECEIVE], [{ at: data, length: 64, write: true }]);
    expect(driver.memory.slice(data + headerBytes, 1)[0]).toBe(0);
  });

  it("wants a reset of a driver whose buffers are too short", () => {
    for (const [index, buffer] of [[TRANSMIT, { at: data, length: 8 }], [RECEIVE, { at: data, length: 8, write: true }]] as const) {
      const { net, driver, rings } = start();
      net.receive(Uint8Array.of(1));
      driver.submit(rings[index], [buffer]);
      expect(driver.needsReset).toBe(true);
    }
  });
});

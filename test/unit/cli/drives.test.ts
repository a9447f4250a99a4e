// Files as disks: what is refused, and what the file is afterwards.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DriveOptions, openDrives } from "../../../emulator/commands/drives.js";
import { VirtioMmio } from "../../../emulator/devices/virtio/transport.js";
import { ImageError, planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import { Driver, RAM, type Ring, VERSION_1 } from "../devices/virtio-driver.js";

let folder: string, path: string, lockFile: string;
const bytes = 8192;
const original = Uint8Array.from({ length: bytes }, (_, at) => at >> 9);
const warnings: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "typemetal-drives-"));
  path = join(folder, "disk.img");
  lockFile = `${path}.lock`;
  writeFileSync(path, original);
  warnings.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const drive = (more: Partial<DriveOptions> = {}): DriveOptions => ({ path, readonly: false, snapshot: false, ...more });
const open = (...drives: DriveOptions[]) => openDrives(drives, (message) => warnings.push(message));

function newMachine(): Machine {
  return new Machine({ boot: planBoot({ bios: "none", kernel: { name: "nop.bin", bytes: new Uint8Array(4) }, ramBytes: 16 << 20 }) });
}

/// Devices by slot: the numbers of their sectors, zero where there is none.
function sectorsOf({ board }: Machine): number[] {
  return board.devices.filter(({ base }) => base > 0x1000_0000 && base < RAM).map((slot) => (slot instanceof VirtioMmio ? slot.read(0x100, 4) : 0));
}

/// A driver on the first disk, with memory of its own.
function driverOf(opened: ReturnType<typeof open>): { request: (type: number, sector: number) => number; data: Uint8Array } {
  const machine = newMachine();
  opened.plug(machine);
  const slot = machine.board.devices.findLast((device) => device instanceof VirtioMmio) as VirtioMmio;
  const driver = new Driver(slot.device);
  const [ring] = driver.start([VERSION_1]) as [Ring];
  const [header, data, status] = [RAM, RAM + 0x1000, RAM + 0x2000];
  return {
    data: driver.memory.slice(data, 512),
    request: (type, sector) => {
      driver.memory.setU32(header, type);
      driver.memory.setU32(header + 8, sector);
      driver.submit(ring, [{ at: header, length: 16 }, { at: data, length: 512, write: type === 0 }, { at: status, length: 1, write: true }]);
      return driver.memory.slice(status, 1)[0] as number;
    },
  };
}

describe("drives", () => {
  it("write to the file, and give it back without a lock", () => {
    const drives = open(drive());
    expect(readFileSync(lockFile, "utf8")).toBe(`${process.pid}\n`);
    const { request, data } = driverOf(drives);
    expect([request(0, 3), data[0], data[511]]).toEqual([0, 3, 3]);
    data.fill(0xee);
    expect(request(1, 15)).toBe(0);
    drives.close();
    expect(existsSync(lockFile)).toBe(false);
    expect(readFileSync(path).equals(Buffer.concat([original.subarray(0, 7680), Buffer.alloc(512, 0xee)]))).toBe(true);
  });

  it.each([
    ["snapshot", 0, 0x77],
    ["readonly", 1, 5],
  ])("leave the file alone with %s", (how, status, found) => {
    chmodSync(path, 0o444);
    const drives = open(drive({ [how]: true }));
    const { request, data } = driverOf(drives);
    data.fill(0x77);
    expect(request(1, 5)).toBe(status);
    data.fill(0);
    expect([request(0, 5), data[9]]).toEqual([0, found]);
    drives.close();
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it("fill slots from the highest, but for those that name one", () => {
    const other = join(folder, "other.img");
    writeFileSync(other, new Uint8Array(512));
    const drives = open(drive({ readonly: true }), drive({ path: other }), drive({ readonly: true, slot: 7 }), drive({ readonly: true, slot: 0 }));
    for (const machine of [newMachine(), newMachine()]) {
      drives.plug(machine);
      expect(sectorsOf(machine)).toEqual([16, 0, 0, 0, 0, 1, 16, 16]);
    }
    drives.close();
  });

  it("keep a snapshot's writes for the machine after a reset", () => {
    const drives = open(drive({ snapshot: true }));
    const { request, data } = driverOf(drives);
    data.fill(0x42);
    request(1, 0);
    const again = driverOf(drives);
    expect([again.request(0, 0), again.data[0]]).toEqual([0, 0x42]);
    drives.close();
  });

  it("refuse a file that another process writes to, and not one whose process is gone", () => {
    writeFileSync(lockFile, `${process.ppid}\n`);
    for (const how of [{}, { readonly: true }, { snapshot: true }]) expect(() => open(drive(how))).toThrow(/is locked: process \d+ writes/);
    writeFileSync(lockFile, "not ours");
    expect(() => open(drive())).toThrow(/is locked: there is a/);
    expect(readFileSync(lockFile, "utf8")).toBe("not ours");
    writeFileSync(lockFile, `${spawnSync(process.execPath, ["-e", ""]).pid}\n`);
    open(drive()).close();
    expect(existsSync(lockFile)).toBe(false);
  });

  it("refuse a file that is given twice, under any name, unless nobody writes", () => {
    const link = join(folder, "link.img");
    symlinkSync(path, link);
    expect(() => open(drive(), drive({ path: link, readonly: true }))).toThrow(/given twice/);
    expect(existsSync(lockFile)).toBe(false);
    open(drive({ readonly: true }), drive({ path: link, snapshot: true })).close();
  });

  it("refuse what is no disk", () => {
    const cases = [
      [join(folder, "none.img"), /does not exist/],
      [folder, /is a directory/],
      ["/dev/null", /not a regular file/],
      [path, /has 8191 bytes/],
    ] as const;
    truncateSync(path, 8191);
    for (const [file, message] of cases) {
      expect(() => open(drive({ path: file }))).toThrow(message);
      expect(() => open(drive({ path: file }))).toThrow(ImageError);
    }
    truncateSync(path, 0);
    expect(() => open(drive())).toThrow(/is empty/);
    expect(existsSync(lockFile)).toBe(false);
  });

  it("tell guest and user where the host fails", () => {
    const drives = open(drive({ readonly: true }));
    const { request } = driverOf(drives);
    truncateSync(path, 512);
    expect([request(0, 1), request(0, 2), request(0, 0)]).toEqual([1, 1, 0]);
    expect(warnings).toEqual([`${path}: the file has become shorter; the guest gets I/O errors`]);
    drives.close();
  });
});

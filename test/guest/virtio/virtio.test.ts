// Drivers in the dialect, each with the devices that it looks for: on our machine what they print is in a file
// beside them, and on QEMU they print the same and leave the same disks.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Machine } from "../../../emulator/machine/machine.js";
import { builtCli } from "../../built-cli.js";
import { hasTools } from "../../tools.js";
import { bootPlan, type Devices, plug, runOurs, runQemu } from "./run.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const disk = (sectors: number) => Uint8Array.from({ length: sectors * 512 }, (_, at) => (at >> 9) * 3 + at);

/// In each sector a function that returns the sector's number and one.
function functions(sectors: number): Uint8Array {
  const words = new Uint32Array(sectors * 128);
  const [li, ret] = [(value: number) => (value << 20) | 0x513, 0x8067];
  for (let sector = 0; sector < sectors; sector++) words.set([li(sector + 1), ret], sector * 128);
  return new Uint8Array(words.buffer);
}

const programs: readonly [name: string, devices: Devices][] = [
  ["block", { disks: [{ bytes: disk(64) }] }],
  ["readonly", { disks: [{ bytes: disk(8), isReadonly: true }] }],
  ["code", { disks: [{ bytes: functions(8) }] }],
  ["slots", { disks: [{ bytes: disk(2) }, { bytes: disk(3), isReadonly: true }, { bytes: disk(5) }], entropy: true, console: "" }],
  ["entropy", { entropy: true }],
  ["console", { console: "a line of more than eight bytes\n" }],
];

describe.each(programs)("%s", (name, devices) => {
  const expected = readFileSync(join(folder, `${name}.out`), "utf8");

  test.each(["interpreter", "jit"] as const)("on our machine, by the %s", async (engine) => {
    expect((await runOurs(name, devices, engine)).output).toBe(expected);
  });

  test.skipIf(!hasTools("qemu-system-riscv64"))("on QEMU", async () => {
    const [ours, theirs] = await Promise.all([runOurs(name, devices), runQemu(name, devices)]);
    expect(theirs.output).toBe(expected);
    expect(theirs.console).toBe(ours.console);
    expect(theirs.disks.map((bytes) => Buffer.from(bytes).toString("hex"))).toEqual(ours.disks.map((bytes) => Buffer.from(bytes).toString("hex")));
  });
});

test("a machine goes on from a state that was saved between two requests", async () => {
  const devices: Devices = { disks: [{ bytes: disk(64) }] };
  const boot = await bootPlan("block");
  const start = () => {
    const output: number[] = [];
    const machine = new Machine({ boot, transmit: (byte) => output.push(byte) });
    const { disks } = plug(machine, devices);
    return { machine, disks, text: () => new TextDecoder().decode(Uint8Array.from(output)) };
  };
  const [first, second] = [start(), start()];
  first.machine.run(300_000);
  const before = first.text();
  expect(before).toContain("before");
  second.machine.restore(first.machine.save());
  for (const { machine } of [first, second]) expect(machine.run(100_000_000).kind).toBe("finished");
  expect(before + second.text()).toBe(first.text());
  expect(second.machine.retired).toBe(first.machine.retired);
  expect(Buffer.compare(first.disks[0]?.contents ?? Buffer.alloc(0), second.disks[0]?.contents ?? Buffer.alloc(1))).toBe(0);
  const bare = new Machine({ boot });
  expect(() => bare.restore(first.machine.save())).toThrow(/other devices/);
});

test("typemetal run --drive", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-drive-"));
  const path = join(directory, "disk.img");
  writeFileSync(path, disk(64));
  const root = join(folder, "../../..");
  const run = (drive: string) => spawnSync(process.execPath, [builtCli, "run", "--drive", drive, "test/guest/virtio/block.ts"], { cwd: root, encoding: "utf8", input: "" });
  const expected = readFileSync(join(folder, "block.out"), "utf8");
  const ours = await runOurs("block", { disks: [{ bytes: disk(64) }] });
  expect(run(`${path},snapshot`)).toMatchObject({ stdout: expected, stderr: "", status: 0 });
  expect(readFileSync(path).equals(disk(64))).toBe(true);
  expect(run(path)).toMatchObject({ stdout: expected, stderr: "", status: 0 });
  expect(readFileSync(path).equals(ours.disks[0] as Uint8Array)).toBe(true);
  rmSync(directory, { recursive: true });
});

test("plain tsc accepts the programs", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  expect(stdout).toBe("");
});

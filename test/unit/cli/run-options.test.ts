import { describe, expect, it } from "vitest";
import { type MachineArguments, runOptions, UsageError } from "../../../emulator/commands/run-options.js";

const given = (more: Partial<MachineArguments>): MachineArguments => ({
  image: "k.elf",
  memory: "128M",
  harts: "1",
  seed: "0",
  json: false,
  ...more,
});

describe("run options", () => {
  it.each([
    ["128M", 2 ** 27],
    ["1g", 2 ** 30],
    ["65536K", 2 ** 26],
    ["64MiB", 2 ** 26],
    ["134217728", 2 ** 27],
  ])("reads --memory %s", (memory, ramBytes) => {
    expect(runOptions(given({ memory })).ramBytes).toBe(ramBytes);
  });

  it.each([
    [{ memory: "lots" }],
    [{ memory: "" }],
    [{ memory: "1M" }],
    [{ memory: "8G" }],
    [{ memory: "100000K" }],
    [{ harts: "0" }],
    [{ harts: "9" }],
    [{ harts: "two" }],
    [{ cpu: "rv32" }],
    [{ cpu: "rv64,f=off" }],
    [{ seed: "-1" }],
    [{ drive: Array(8).fill("disk.img,snapshot"), rng: true }],
    [{ engine: "lockstep" as const, gdb: "1234" }],
    [{ engine: "lockstep" as const, trace: "" }],
    [{ engine: "lockstep" as const, drive: "disk.img" }],
    [{ maxInstructions: "many" }],
    [{ drive: "" }],
    [{ drive: ",readonly" }],
    [{ drive: "disk.img,fast" }],
    [{ drive: "disk.img,slot=8" }],
    [{ drive: "disk.img,readonly,snapshot" }],
    [{ drive: ["a.img,slot=1", "b.img,slot=1"] }],
    [{ drive: Array.from({ length: 9 }, (_, at) => `${at}.img`) }],
    [{ kernel: "other.elf" }],
    [{ image: undefined }],
  ])("refuses %j", (more) => {
    expect(() => runOptions(given(more))).toThrow(UsageError);
  });

  it("takes the image by position or by --kernel, and firmware alone", () => {
    expect(runOptions(given({})).kernel).toBe("k.elf");
    expect(runOptions(given({ image: undefined, kernel: "k.elf" })).kernel).toBe("k.elf");
    expect(runOptions(given({ image: undefined, bios: "fw.bin" })).kernel).toBeUndefined();
  });

  it("reads --drive, once and more often", () => {
    const [plain, more] = [{ readonly: false, snapshot: false }, given({ drive: ["a,,b.img,snapshot", "c.img,slot=0,readonly"] })];
    expect(runOptions(given({})).drives).toEqual([]);
    expect(runOptions(given({ drive: "disk.img" })).drives).toEqual([{ ...plain, path: "disk.img" }]);
    expect(runOptions(more).drives).toEqual([{ ...plain, path: "a,b.img", snapshot: true }, { ...plain, path: "c.img", slot: 0, readonly: true }]);
  });

  it("reads instruction counts with digits grouped", () => {
    expect(runOptions(given({ maxInstructions: "1_000_000" })).maxInstructions).toBe(1e6);
    expect(runOptions(given({ maxInstructions: "5e6" })).maxInstructions).toBe(5e6);
  });
});

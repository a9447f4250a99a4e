import { describe, expect, it } from "vitest";
import { Clint } from "../../../emulator/devices/clint.js";
import { HandClock, Wire } from "./wires.js";

const MTIMECMP = 0x4000;
const MTIME = 0xbff8;

function make(harts = 2) {
  const clock = new HandClock();
  const wires = Array.from({ length: harts }, () => ({ software: new Wire(), timer: new Wire(), supervisorTimer: new Wire() }));
  return { clock, wires, clint: new Clint(0x200_0000, 0x1_0000, clock, wires) };
}

describe("clint", () => {
  it("raises and lowers the software interrupt of one hart", () => {
    const { clint, wires } = make();
    clint.write(4, 4, 0xffff_ffff);
    expect(wires.map(({ software }) => software.level)).toEqual([false, true]);
    expect(clint.read(4, 4)).toBe(1);
    clint.write(4, 4, 0);
    expect(wires[1]?.software.level).toBe(false);
  });

  it("still names a timer that came due after the lines were set", () => {
    const { clint, clock } = make(1);
    clint.write(MTIMECMP, 4, 1000);
    clint.write(MTIMECMP + 4, 4, 0);
    clock.now = 999n;
    clint.elapse();
    // The host's clock goes on between a look at the lines and the question how long to sleep.
    clock.now = 1001n;
    expect(clint.nextDeadline()).toBe(1000n);
  });

  it("fires the timer when mtime reaches mtimecmp, and names the deadline", () => {
    const { clint, clock, wires } = make();
    expect(clint.nextDeadline()).toBeUndefined();
    clint.write(MTIMECMP + 8, 4, 1000);
    clint.write(MTIMECMP + 12, 4, 0);
    expect(clint.nextDeadline()).toBe(1000n);
    clock.now = 999n;
    clint.elapse();
    // Hart 0 has set no timer yet, and its mtimecmp is zero.
    expect(wires.map(({ timer }) => timer.level)).toEqual([true, false]);
    clock.now = 1000n;
    clint.elapse();
    expect(wires.map(({ timer }) => timer.level)).toEqual([true, true]);
    expect(clint.nextDeadline()).toBeUndefined();
    clint.write(MTIMECMP + 8, 4, 2000);
    expect(wires[1]?.timer.level).toBe(false);
  });

  it("reads 64-bit registers as halves, and bytes of them", () => {
    const { clint, clock } = make();
    clock.now = 0x1234_5678_9abc_def0n;
    expect(clint.read(MTIME, 4)).toBe(0x9abc_def0);
    expect(clint.read(MTIME + 4, 4)).toBe(0x1234_5678);
    expect(clint.read(MTIME + 1, 1)).toBe(0xde);
    expect(clint.read(MTIME + 2, 2)).toBe(0x9abc);
    expect(clint.read(MTIMECMP, 4)).toBe(0);
  });

  it("lets the guest set mtime, and keeps deadlines in ticks of the clock", () => {
    const { clint, clock } = make();
    clock.now = 500n;
    clint.write(MTIME, 4, 10);
    clock.now = 510n;
    expect(clint.ticks()).toBe(20n);
    clint.write(MTIMECMP + 4, 4, 0);
    clint.write(MTIMECMP, 4, 100);
    expect(clint.nextDeadline()).toBe(590n);
  });

  it("reads as zero and ignores writes where no hart is", () => {
    const { clint } = make(1);
    clint.write(4, 4, 1);
    clint.write(MTIMECMP + 8, 4, 1);
    expect([clint.read(4, 4), clint.read(MTIMECMP + 8, 4), clint.read(0x3ffc, 4)]).toEqual([0, 0, 0]);
  });

  it("saves and restores", () => {
    const { clint, clock } = make();
    clock.now = 7n;
    clint.setSoftware(1, true);
    clint.setTimer(0, 99n);
    clint.write(MTIME, 4, 50);
    const other = make();
    other.clock.now = 7n;
    other.clint.restore(JSON.parse(JSON.stringify(clint.save())));
    expect(other.clint.save()).toEqual(clint.save());
    expect(other.wires[1]?.software.level).toBe(true);
    expect(other.clint.nextDeadline()).toBe(clint.nextDeadline());
  });
});

// The finisher, the real-time clock and empty virtio slots.

import { describe, expect, it } from "vitest";
import { type Finish, Finisher } from "../../../emulator/devices/finisher.js";
import { GoldfishRtc } from "../../../emulator/devices/goldfish-rtc.js";
import { EmptyVirtioSlot } from "../../../emulator/devices/virtio-mmio.js";
import { HandClock, Wire } from "./wires.js";

describe("finisher", () => {
  it("passes, fails with a code, resets, and ignores the rest", () => {
    const seen: Finish[] = [];
    const finisher = new Finisher(0x10_0000, 0x1000, (how) => seen.push(how));
    finisher.write(0, 4, 0x5555);
    finisher.write(0, 4, 0x002a_3333);
    finisher.write(0, 2, 0x7777);
    finisher.write(0, 4, 0x1234);
    finisher.write(4, 4, 0x5555);
    expect(seen).toEqual([{ kind: "pass" }, { kind: "fail", code: 42 }, { kind: "reset" }]);
    expect(finisher.read()).toBe(0);
  });
});

describe("goldfish rtc", () => {
  function make() {
    const clock = new HandClock();
    const wire = new Wire();
    return { clock, wire, rtc: new GoldfishRtc(0x10_1000, 0x1000, clock, wire, 1_700_000_000) };
  }
  const time = (rtc: GoldfishRtc) => BigInt(rtc.read(0, 4)) | (BigInt(rtc.read(4, 4)) << 32n);

  it("counts nanoseconds from the given date", () => {
    const { rtc, clock } = make();
    expect(time(rtc)).toBe(1_700_000_000_000_000_000n);
    clock.now = 10_000_000n;
    expect(time(rtc)).toBe(1_700_000_001_000_000_000n);
  });

  it("latches the high half with the low one", () => {
    const { rtc, clock } = make();
    const high = (time(rtc) >> 32n) & 0xffff_ffffn;
    clock.now = 10_000_000_000n;
    expect(BigInt(rtc.read(4, 4))).toBe(high);
  });

  it("lets the guest set the date", () => {
    const { rtc } = make();
    rtc.write(4, 4, 5);
    rtc.write(0, 4, 6);
    expect(time(rtc)).toBe((5n << 32n) | 6n);
  });

  it("rings its alarm once, where interrupts are on", () => {
    const { rtc, clock, wire } = make();
    const at = time(rtc) + 1_000_050n;
    rtc.write(0x10, 4, 1);
    rtc.write(0x0c, 4, Number(at >> 32n));
    rtc.write(0x08, 4, Number(BigInt.asUintN(32, at)));
    expect([rtc.read(0x18, 4), rtc.nextDeadline()]).toEqual([1, 10_001n]);
    clock.now = 10_000n;
    rtc.elapse();
    expect(wire.level).toBe(false);
    clock.now = 10_001n;
    rtc.elapse();
    expect([wire.level, rtc.read(0x18, 4), rtc.nextDeadline()]).toEqual([true, 0, undefined]);
    rtc.write(0x1c, 4, 1);
    expect(wire.level).toBe(false);
  });

  it("saves and restores", () => {
    const { rtc, clock } = make();
    rtc.write(4, 4, 5);
    rtc.write(0x0c, 4, 9);
    rtc.write(0x08, 4, 1);
    clock.now = 3n;
    const other = make();
    other.clock.now = 3n;
    other.rtc.restore(JSON.parse(JSON.stringify(rtc.save())));
    expect([time(other.rtc), other.rtc.nextDeadline()]).toEqual([time(rtc), rtc.nextDeadline()]);
  });
});

describe("empty virtio slot", () => {
  it("shows what it is and that no device is in it", () => {
    const slot = new EmptyVirtioSlot(0x1000_1000, 0x1000);
    expect([0, 4, 8, 12, 16, 0x100].map((at) => slot.read(at, 4))).toEqual([0x7472_6976, 2, 0, 0x554d_4551, 0, 0]);
    expect(slot.read(1, 1)).toBe("i".charCodeAt(0));
  });
});

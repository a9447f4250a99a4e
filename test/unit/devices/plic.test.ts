import { describe, expect, it } from "vitest";
import { Plic } from "../../../emulator/devices/plic.js";
import { Wire } from "./wires.js";

const PENDING = 0x1000;
const enableAt = (context: number, word = 0) => 0x2000 + context * 0x80 + word * 4;
const thresholdAt = (context: number) => 0x20_0000 + context * 0x1000;
const claimAt = (context: number) => thresholdAt(context) + 4;
const S = 1;

function make() {
  const contexts = Array.from({ length: 4 }, () => new Wire());
  const plic = new Plic(0xc00_0000, 0x60_0000, 96, contexts);
  const enable = (source: number, context = S, priority = 1) => {
    plic.write(source * 4, 4, priority);
    const at = enableAt(context, source >> 5);
    plic.write(at, 4, (plic.read(at, 4) | (1 << (source & 31))) >>> 0);
  };
  return { plic, contexts, enable };
}

describe("plic", () => {
  it("delivers to the enabled context only", () => {
    const { plic, contexts, enable } = make();
    enable(10);
    plic.line(10).set(true);
    expect(contexts.map(({ level }) => level)).toEqual([false, true, false, false]);
    expect(plic.read(PENDING, 4)).toBe(1 << 10);
    expect(plic.read(claimAt(0), 4)).toBe(0);
    expect(plic.read(claimAt(S), 4)).toBe(10);
    expect(plic.read(PENDING, 4)).toBe(0);
    expect(contexts[S]?.level).toBe(false);
  });

  it("asks again after completion only while the line is high", () => {
    const { plic, contexts, enable } = make();
    enable(1);
    const line = plic.line(1);
    line.set(true);
    expect(plic.read(claimAt(S), 4)).toBe(1);
    plic.write(claimAt(S), 4, 1);
    expect(contexts[S]?.level).toBe(true);
    expect(plic.read(claimAt(S), 4)).toBe(1);
    line.set(false);
    plic.write(claimAt(S), 4, 1);
    expect(contexts[S]?.level).toBe(false);
  });

  it("keeps a request whose line fell before the claim", () => {
    const { plic, enable } = make();
    enable(5);
    plic.line(5).set(true);
    plic.line(5).set(false);
    expect(plic.read(claimAt(S), 4)).toBe(5);
    plic.write(claimAt(S), 4, 5);
    expect(plic.read(claimAt(S), 4)).toBe(0);
  });

  it("takes the highest priority first, then the lowest number", () => {
    const { plic, enable } = make();
    enable(40, S, 3);
    enable(64, S, 7);
    enable(3, S, 3);
    for (const source of [40, 64, 3]) plic.line(source).set(true);
    expect([1, 2, 3, 4].map(() => plic.read(claimAt(S), 4))).toEqual([64, 3, 40, 0]);
  });

  it("masks what does not exceed the threshold", () => {
    const { plic, contexts, enable } = make();
    enable(10, S, 4);
    plic.write(thresholdAt(S), 4, 4);
    plic.line(10).set(true);
    expect(contexts[S]?.level).toBe(false);
    plic.write(thresholdAt(S), 4, 3);
    expect(contexts[S]?.level).toBe(true);
    plic.write(10 * 4, 4, 0);
    expect(contexts[S]?.level).toBe(false);
  });

  it("has three bits of priority and threshold, and no source 0", () => {
    const { plic } = make();
    plic.write(4, 4, 0xff);
    plic.write(0, 4, 7);
    plic.write(thresholdAt(3), 4, 0x1f);
    plic.write(enableAt(0), 4, 0xffff_ffff);
    plic.write(enableAt(0, 3), 4, 0xffff_ffff);
    expect([plic.read(4, 4), plic.read(0, 4), plic.read(thresholdAt(3), 4)]).toEqual([7, 0, 7]);
    expect([plic.read(enableAt(0), 4), plic.read(enableAt(0, 3), 4)]).toEqual([0xffff_fffe, 0]);
  });

  it("ignores completion of what the context has not enabled", () => {
    const { plic, contexts, enable } = make();
    enable(10);
    plic.line(10).set(true);
    plic.read(claimAt(S), 4);
    plic.write(claimAt(0), 4, 10);
    plic.write(claimAt(S), 4, 11);
    expect(contexts[S]?.level).toBe(false);
  });

  it("ignores contexts of harts that do not exist", () => {
    const { plic } = make();
    plic.write(enableAt(4), 4, 2);
    plic.write(thresholdAt(4), 4, 1);
    expect([plic.read(enableAt(4), 4), plic.read(thresholdAt(4), 4), plic.read(claimAt(4), 4)]).toEqual([0, 0, 0]);
  });

  it("saves and restores in the middle of a claim", () => {
    const { plic, enable } = make();
    enable(10);
    enable(90);
    plic.line(10).set(true);
    plic.line(90).set(true);
    expect(plic.read(claimAt(S), 4)).toBe(10);
    const other = make();
    other.plic.restore(JSON.parse(JSON.stringify(plic.save())));
    expect(other.contexts[S]?.level).toBe(true);
    expect(other.plic.read(claimAt(S), 4)).toBe(90);
    other.plic.write(claimAt(S), 4, 10);
    expect(other.plic.read(claimAt(S), 4)).toBe(10);
  });
});

// Line tables written by hand, in the form of each DWARF version.

import { describe, expect, it } from "vitest";
import { readLines } from "../../../compiler/object/dwarf-read.js";
import type { Elf, Section } from "../../../compiler/object/elf-read.js";

const u16 = (value: number) => [value & 0xff, value >> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const text = (value: string) => [...new TextEncoder().encode(value), 0];

const setAddress = [0, 9, 2, ...u32(0x8000_0000), ...u32(0)];
const endSequence = [0, 1, 1];
const opcodeLengths = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
/// line_base -5, line_range 14, opcode_base 13.
const special = (addressAdvance: number, lineAdvance: number) => lineAdvance + 5 + 14 * addressAdvance + 13;

/// Line 1 at +0, line 3 at +4, file 2 line 3 at +8, column 7 from +12, end at +0x100c.
const program = [
  ...setAddress,
  1,
  special(4, 2),
  4, 2, special(4, 0),
  5, 7, special(4, 0),
  2, 0x80, 0x20,
  ...endSequence,
];

function unit(version: number, files: number[]): number[] {
  const operations = version >= 4 ? [1] : [];
  const afterLength = [1, ...operations, 1, 0xfb, 14, 13, ...opcodeLengths, ...files];
  const sizes = version >= 5 ? [8, 0] : [];
  const body = [...u16(version), ...sizes, ...u32(afterLength.length), ...afterLength, ...program];
  return [...u32(body.length), ...body];
}

const listed = [...text("src"), 0, ...text("a.ts"), 1, 0, 0, ...text("/b.ts"), 0, 0, 0, 0];
// Directories: one string each. Files: a line_strp and a directory as udata; file 0 repeats file 1.
const entries = [
  1, 1, 0x08, 2, ...text("/build"), ...text("src"),
  2, 1, 0x1f, 2, 0x0f, 3, ...u32(0), 1, ...u32(0), 1, ...u32(5), 0,
];

function elfWith(line: number[]): Elf {
  const section = (name: string, bytes: number[]): Section => ({
    name, type: 1, flags: 0n, address: 0n, size: BigInt(bytes.length), link: 0, bytes: Uint8Array.from(bytes),
  });
  return {
    type: "executable", entry: 0n, flags: 0, segments: [], symbols: [],
    sections: [section(".debug_line", line), section(".debug_line_str", [...text("a.ts"), ...text("/b.ts")])],
  };
}

describe("line table", () => {
  it.each([
    [2, listed],
    [3, listed],
    [4, listed],
    [5, entries],
  ])("of DWARF %i", (version, files) => {
    const table = readLines(elfWith(unit(version, files)));
    const at = (offset: number) => table.at(BigInt(0x8000_0000 + offset));
    expect(at(0)).toMatchObject({ file: "src/a.ts", line: 1, column: 0 });
    expect(at(3)).toMatchObject({ line: 1 });
    expect(at(4)).toMatchObject({ file: "src/a.ts", line: 3 });
    expect(at(8)).toMatchObject({ file: "/b.ts", line: 3, column: 0 });
    expect(at(12)).toMatchObject({ file: "/b.ts", line: 3, column: 7 });
    expect(at(0x100b)).toMatchObject({ column: 7 });
    expect([at(-1), at(0x100c)]).toEqual([undefined, undefined]);
  });

  it("puts several units together, and skips versions that it does not know", () => {
    const unknown = [...u32(4), ...u16(9), 0, 0];
    expect(readLines(elfWith([...unknown, ...unit(4, listed)])).rows).toHaveLength(4);
  });

  it("is empty where there is none, and ends early where it is cut short", () => {
    expect(readLines(elfWith([])).rows).toEqual([]);
    const whole = unit(5, entries);
    for (let length = 0; length < whole.length; length++) readLines(elfWith(whole.slice(0, length)));
    for (let at = 0; at < whole.length; at++) readLines(elfWith(whole.with(at, 0xff)));
  });
});

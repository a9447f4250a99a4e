// gdb shows data, and never a wrong value: the program is stepped through one
// instruction at a time. Not optimised, every variable is in memory, and what
// it is on each line is written down; optimised, whatever gdb shows on a line
// must be among that, all variables at once.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CompileOptions } from "../../../compiler/pipeline.js";
import { readElf } from "../../../compiler/object/elf-read.js";
import { allocatable } from "../../../compiler/rv64/machine.js";
import { hasTools } from "../../tools.js";
import { compileText, debug } from "./gdb.js";

const source = readFileSync(new URL("debug-program.txt", import.meta.url), "utf8");
const found = hasTools("gdb-multiarch", "qemu-system-riscv64");

/// On each line, the values that were seen together.
type Seen = Map<string, Map<string, string>[]>;

const STEPS = 6000;
const watched = ["weight", "twice", "hash", "mixed", "last"];

async function walk(options: CompileOptions): Promise<Seen> {
  const script = `break weight\ncontinue\nset $n = 0\nwhile $n < ${STEPS}\necho @\\n\nframe\ninfo locals\nstepi\nset $n = $n + 1\nend`;
  const text = await debug(await compileText(source, options), script);
  const seen: Seen = new Map();
  for (const stop of text.split("@\n").slice(1)) {
    const frame = /^#0 +(?:0x[0-9a-f]+ in )?(\w+) \((.*)\) at \S*main.ts:(\d+)/m.exec(stop);
    if (!frame || !watched.includes(frame[1]!)) continue;
    const locals = [...stop.matchAll(/^(\w+) = (.*)$/gm)].map(([, name, value]) => [name!, value!] as const);
    const args = [...frame[2]!.matchAll(/(\w+)=([^{},]+|\{[^}]*\})/g)].map(([, name, value]) => [name!, value!] as const);
    const values = new Map([...args, ...locals].filter(([, value]) => !/optimized out/.test(value)));
    const key = `${frame[1]}:${frame[3]}`;
    seen.set(key, [...(seen.get(key) ?? []), values]);
  }
  return seen;
}

/// Text addresses differ between two images, those in data do not matter here.
const plain = (value: string) => value.replace(/0x[0-9a-f]+ /g, "").replace(/"[^"]*"\.*/g, "");

describe.skipIf(!found)("values in gdb", () => {
  const reference = found ? walk({ optimise: 0 }) : undefined;

  test("not optimised, every argument and every local shows", async () => {
    const seen = await reference!;
    expect(seen.size).toBeGreaterThan(30);
    const names = (key: string) => [...new Set(seen.get(key)!.flatMap((values) => [...values.keys()]))].sort();
    const lines = source.split("\n");
    const at = (fn: string, text: string) => `${fn}:${lines.findIndex((line) => line.includes(text)) + 1}`;
    expect(names(at("weight", "counts.total += step"))).toEqual(["factor", "i", "step", "sum", "thread"]);
    expect(names(at("mixed", "t ^= rounds"))).toEqual(["a", "b", "c", "d", "e", "old", "p", "q", "r", "rounds", "s", "t"]);
  });

  test.each<readonly [string, CompileOptions]>([
    ["optimised", { optimise: 2 }],
    ["with few registers", { optimise: 2, registers: allocatable.slice(0, 9) }],
    ["with very few registers", { optimise: 2, registers: allocatable.slice(0, 5) }],
    ["without inlining", { optimise: 2, without: new Set(["inline"]) }],
  ])("%s, whatever shows is right", async (_, options) => {
    const truth = await reference!;
    let shown = 0;
    for (const [key, stops] of await walk(options)) {
      for (const values of stops) {
        shown += values.size;
        const fits = truth.get(key)?.some((known) => [...values].every(([name, value]) => !known.has(name) || plain(known.get(name)!) === plain(value)));
        if (!fits) throw new Error(`${key} shows ${JSON.stringify([...values])}, unlike ${JSON.stringify(truth.get(key)?.slice(0, 12).map((known) => [...known]))}`);
      }
    }
    expect(shown).toBeGreaterThan(400);
  });

  test("types, globals, structures behind pointers, inlined calls", async () => {
    const text = await debug(
      await compileText(source),
      ["break hash", "break weight", "continue", "info args", "print *thread", "print thread->next->id", "ptype Thread", "whatis thread", "print counts.total", "print thread->state == Running", "print/x sizeof(threads)", "continue", "print text", "print text.length", "break twice", "continue", "backtrace", "info locals", "up", "info locals"].join("\n"),
    );
    expect(text).toMatch(/thread = 0x[0-9a-f]+ <threads\+72>\nfactor = 3\n/);
    expect(text).toMatch(/= \{id = 30, state = Running, next = 0x[0-9a-f]+ <threads\+48>\}\n\$2 = 20\n/);
    expect(text).toContain("type = struct Thread {\n    u64 id;\n    State state;\n    Thread *next;\n}\ntype = Thread *\n$3 = 0\n$4 = 1\n$5 = 0x60\n");
    expect(text).toMatch(/\$6 = \{ptr = 0x[0-9a-f]+ .*"hello.*, length = 5\}\n\$7 = 5\n/);
    expect(text).toMatch(/#0 +(0x[0-9a-f]+ in )?twice \(n=\d+\) at .*\n#1 +hash \(text=.*, upper=true\) at .*\n#2 .* main \(hart=0\)/);
    expect(text).toMatch(/odd = \d+\n/);
  });
});

test.skipIf(!found)("fields of a few bits", async () => {
  const program = `class Flags {
  @bits(3) mode: u32;
  @bits(5) level: u32;
  @bits(20) count: u32;
  @bits(6) delta: i16;
  whole: u16;
}
const flags = zeroed<Flags>();
export function main(): u64 {
  flags.mode = 5;
  flags.level = 17;
  flags.count = 654321;
  flags.delta = -9;
  flags.whole = 4660;
  return done() & 0;
}
function done(): u64 {
  attr({ inline: "never" });
  return u64(flags.count) + flags.whole;
}
`;
  for (const optimise of [0, 2] as const) {
    const text = await debug(await compileText(program, { optimise }), "break done\ncontinue\nprint flags\nprint flags.delta + 1\nptype Flags");
    expect(text).toContain("$1 = {mode = 5, level = 17, count = 654321, delta = -9, whole = 4660}\n$2 = -8\n");
    expect(text).toContain("u32 count : 20;");
  }
});

test.skipIf(!found)("a local that is aligned on more than the frame", async () => {
  const program = `@align(64)
class Line {
  first: u64;
  second: u64;
}
export function main(): u64 {
  const line = zeroed<Line>();
  fill(ref(line));
  return done(line.first) & 0;
}
function fill(line: Ptr<Line>): void {
  attr({ inline: "never" });
  line.first = 17;
  line.second = 4;
}
function done(n: u64): u64 {
  attr({ inline: "never" });
  return n;
}
`;
  for (const optimise of [0, 2] as const) {
    const text = await debug(await compileText(program, { optimise }), "break done\ncontinue\nup\nprint line\nprint (long) &line % 64");
    expect(text).toContain("$1 = {first = 17, second = 4}\n$2 = 0\n");
  }
});

test("debug information changes no byte of the program", async () => {
  for (const optimise of [0, 2] as const) {
    const [stripped, whole] = [await compileText(source, { optimise, strip: true }), await compileText(source, { optimise })].map((elf) => readElf(elf, "program.elf"));
    const parts = (elf: typeof stripped) => elf!.segments.map(({ bytes }) => Buffer.from(bytes).toString("hex"));
    expect(parts(whole)).toEqual(parts(stripped));
  }
});

const READELF = "riscv64-unknown-elf-readelf";
test.skipIf(!hasTools(READELF))("readelf finds nothing to warn of", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  try {
    for (const optimise of [0, 2] as const) {
      writeFileSync(join(directory, "program.elf"), await compileText(source, { optimise }));
      const { stdout, stderr } = spawnSync(READELF, ["--debug-dump", "program.elf"], { cwd: directory, encoding: "utf8", maxBuffer: 2 ** 26 });
      expect(stderr).toBe("");
      expect(stdout).toContain("DW_TAG_formal_parameter");
      expect(stdout).not.toMatch(/warning/i);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

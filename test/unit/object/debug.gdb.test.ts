// gdb shows the TypeScript: lines of functions, breakpoints by file and line,
// and the callers of a function where it stops.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileModule } from "../../../compiler/pipeline.js";
import { hasTools } from "../../tools.js";
import { debug } from "./gdb.js";
import { program, sources } from "./program.js";

const GDB = "gdb-multiarch";

describe.skipIf(!hasTools(GDB))("gdb", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "typemetal-"));
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    writeFileSync(join(directory, "program.elf"), compileModule(program()).elf);
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const gdb = (...commands: string[]) => {
    const { stdout, stderr } = spawnSync(GDB, ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), "program.elf"], {
      cwd: directory,
      encoding: "utf8",
      timeout: 60_000,
    });
    return `${stdout}${stderr}`;
  };

  test("it knows where a line is", () => {
    expect(gdb("info line kernel/math.ts:4")).toMatch(/Line 4 of "kernel\/math.ts" starts at address 0x[0-9a-f]+ <divide/);
  });

  test("it lists a function's source", () => {
    expect(gdb("list divide")).toMatch(/3\s+export function divide\(a: u64, b: u64\): u64 \{\n4\s+return a \/ b;/);
  });

  test("a breakpoint on a line, and one on a function past its prologue", () => {
    const text = gdb("break math.ts:4", "break main");
    expect(text).toMatch(/Breakpoint 1 at 0x[0-9a-f]+: (file )?kernel\/math.ts(:|, line )4/);
    expect(text).toMatch(/Breakpoint 2 at 0x[0-9a-f]+: (file )?kernel\/main.ts(:|, line )2/);
  });

  test.skipIf(!hasTools("qemu-system-riscv64"))("where it stops, it knows the caller", async () => {
    const text = await debug(compileModule(program()).elf, "break divide\ncontinue\nbacktrace", ["-bios", "none"], directory);
    expect(text).toMatch(/#0 +divide \(?.*\)? at kernel\/math.ts:4/);
    expect(text).toMatch(/#1 .* main \(\) at kernel\/main.ts:3/);
  });
});

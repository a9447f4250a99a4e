// What readelf and objdump say of our ELF files: they find nothing wrong, and
// the debug information is what the program says.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileModule } from "../../../compiler/pipeline.js";
import { hasTools } from "../../tools.js";
import { program } from "./program.js";

const READELF = "riscv64-unknown-elf-readelf";

describe.skipIf(!hasTools(READELF))("binutils", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "typemetal-"));
    const { elf } = compileModule(program(), { virtualBase: 0xffff_ffc0_8020_0000n, physicalBase: 0x8020_0000n });
    writeFileSync(join(directory, "program.elf"), elf);
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const readelf = (...options: string[]) => {
    const { stdout, stderr } = spawnSync(READELF, [...options, "program.elf"], { cwd: directory, encoding: "utf8" });
    // It says of every RISC-V file that it cannot read .eh_frame-style unwinding.
    expect(stderr).toBe("");
    return stdout;
  };

  test("segments: virtual and physical addresses, nothing both writable and executable", () => {
    const loads = readelf("-lW").split("\n").filter((line) => line.trim().startsWith("LOAD")).map((line) => line.trim().split(/\s+/));
    expect(loads[0]!.slice(1, 4)).toEqual(["0x001000", "0xffffffc080200000", "0x0000000080200000"]);
    expect(loads.map((fields) => fields.slice(6, -1).join(""))).toEqual(["RE", "R", "RW"]);
  });

  test("symbols have sizes and kinds", () => {
    const symbols = readelf("-sW");
    expect(symbols).toMatch(/ [1-9]\d* FUNC +GLOBAL DEFAULT +1 divide/);
    expect(symbols).toMatch(/ 16 OBJECT +GLOBAL DEFAULT +2 handlers/);
  });

  test("the line table names each line", () => {
    const lines = readelf("--debug-dump=decodedline");
    for (const [file, line] of [["main.ts", 1], ["main.ts", 3], ["math.ts", 4], ["math.ts", 8]]) expect(lines).toMatch(new RegExp(`${file} +${line} `));
  });

  test("functions have entries with their ranges", () => {
    const info = readelf("--debug-dump=info");
    expect(info.match(/DW_TAG_subprogram/g)).toHaveLength(4);
    expect(info).toMatch(/DW_AT_name .*: divide[\s\S]*?DW_AT_decl_line +: 3/);
    expect(info).toMatch(/DW_AT_language .*C11/);
  });

  test("frames say where the caller is", () => {
    expect(readelf("--debug-dump=frames")).toMatch(/DW_CFA_def_cfa_offset: 16[\s\S]*DW_CFA_offset: r1 \(ra\) at cfa-8/);
  });

  test("the disassembler reads every instruction", () => {
    const text = execFileSync("riscv64-unknown-elf-objdump", ["-d", "program.elf"], { cwd: directory, encoding: "utf8" });
    expect(text).not.toMatch(/unknown|\.insn|\.2byte|\.4byte/);
  });
});

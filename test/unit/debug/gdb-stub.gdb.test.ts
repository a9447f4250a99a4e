// gdb at our machine says what it says at QEMU: the same program, the same commands.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTools } from "../../tools.js";
import { compileText, debug } from "../object/gdb.js";

const program = `
class Counter { total: u64; last: u32; }
const counter = zeroed<Counter>();
function add(amount: u32): u64 {
  attr({ inline: "never" });
  counter.total += u64(amount);
  counter.last = amount;
  return counter.total;
}
export function main(hart: u64, deviceTree: u64): void {
  let sum: u64 = 0;
  for (let i: u32 = 1; i <= 10; i++) sum += add(i * 3);
  print("sum ", sum, "\\n");
}
`;

const scripts: Record<string, string> = {
  breakpoints: "break add\ncontinue\nbacktrace\nprint amount\ncontinue\nprint amount\nfinish\ndelete\ntbreak add if amount == 21\ncontinue\nprint amount\nprint counter\ninfo threads",
  steps: "break main\ncontinue\nnext\nnext\nstep\nstepi\nstepi\nx/3i $pc\ninfo registers sp a0 a1 ra",
  watchpoints: "break main\ncontinue\nwatch counter.last\ncontinue\ncontinue\ndelete\nrwatch counter.total\ncontinue\nprint counter.last",
  registers: "break main\ncontinue\ninfo registers mstatus mtvec mhartid\nset $a7 = 0x1234\nprint/x $a7\nset var $t6 = 99\nprint $t6\nset $mscratch = 77\nprint $mscratch\nprint $priv\nprint/x $mscratch",
  memory: "break add\ncontinue\nx/4xw $pc\nset {unsigned long}($sp - 64) = 0x1122334455667788\nx/2xw $sp - 64\nset var counter.last = 5\nprint counter.last\nhbreak add\ncontinue\nkill",
};

/// Addresses of the stack depend on where each machine ends its RAM; both have 128 MiB. gdb's own chatter goes.
const comparable = (text: string) => text.split("\n").filter((line) => !/^(Remote|warning:|Reading|0x0+1000 in|\[Inferior|Thread 1 |misa)/.test(line) && !/Thread 1\.?1? .*\(/.test(line)).map((line) => line.trimEnd().replace(/Thread \S+( \([^)]*\))?/, "Thread").replaceAll(/ +/g, " ")).join("\n");

describe.skipIf(!hasTools("gdb-multiarch", "qemu-system-riscv64"))("gdb", () => {
  test.each(Object.keys(scripts))("%s", async (name) => {
    const elf = await compileText(program);
    const script = scripts[name] as string;
    const folder = mkdtempSync(join(tmpdir(), "typemetal-"));
    writeFileSync(join(folder, "main.ts"), program);
    const theirs = await debug(elf, script, undefined, folder);
    const ours = await debug(elf, script, [], folder, "ours");
    rmSync(folder, { recursive: true });
    expect(comparable(ours)).toBe(comparable(theirs));
    expect(ours).toContain("main.ts:");
  });
});

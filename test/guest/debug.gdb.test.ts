// gdb shows the kernel's data on QEMU: arguments, objects behind pointers, names of enums, the state that
// files share, and who called, through what was inlined.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../compiler/commands/package-root.js";
import { hasTools } from "../tools.js";
import { debug } from "../unit/object/gdb.js";
import { kernelImage } from "./boot.js";

const lineOf = (file: string, text: string) =>
  readFileSync(join(packageRoot(), file), "utf8").split("\n").findIndex((line) => line.includes(text)) + 1;

describe.skipIf(!hasTools("gdb-multiarch", "qemu-system-riscv64"))("the kernel's data in gdb", () => {
  const stop = "boot.vspace = unsafe.container";
  let text = "";
  beforeAll(async () => {
    const { kernel } = await kernelImage();
    const script = [
      `break init.ts:${lineOf("kernel/boot/init.ts", stop)}`, "continue", "list", "info args", "info locals", "print boot", "print boot.cnode->header", "print *boot.cnode", "ptype Tcb", "whatis boot.vspace", "print sizeof(Tcb)", "print first.waiterAndHolder", "backtrace", "break dispatchSyscall", "continue", "backtrace", "print *t",
    ].join("\n");
    text = await debug(kernel, script, [], packageRoot());
  });

  test("the line where it stops, in its source", () => {
    const file = "kernel/boot/init.ts";
    const [at, source] = [lineOf(file, stop), readFileSync(join(packageRoot(), file), "utf8").split("\n")];
    expect(text).toMatch(new RegExp(`Breakpoint 1, .*startInit .*at ${file}:${at}`));
    expect(text).toContain(`${at}\t${source[at - 1]}`);
  });
  test("the boot state and what it points at", () => {
    expect(text).toMatch(/\$1 = \{.*cnode = 0x[0-9a-f]+/);
    expect(text).toMatch(/= \{slotCount = \d+, zero = 0, header = \{capabilityCount = 1, /);
    expect(text).toMatch(/\$5 = 0\n/);
  });
  test("an object's type has its fields", () => {
    expect(text).toMatch(/type = struct Tcb \{\n( +.*;\n)+\}/);
    expect(text).toMatch(/type = VSpace \*/);
  });
  test("a trap, down to what was interrupted", () => {
    expect(text).toMatch(/#0 +dispatchSyscall \(\) at kernel\/dispatch.ts:\d+\n#1 +<signal handler called>\n#2 +0x0000/);
    expect(text).toMatch(/= \{registers = \{x = \{\d+, .*satp = \d+, /);
  });
  test("who called", () => {
    expect(text).toMatch(/#0 +(0x[0-9a-f]+ in )?startInit \(/);
    expect(text).toMatch(/#1 +kernelMain \(hartId=0, deviceTree=(\d+|<optimized out>)\) at kernel\/main.ts:\d+\n#2 .* at kernel\/riscv64\/boot.ts:/);
  });
  test("through traps into the program that was interrupted", async () => {
    const { kernel, programs } = await kernelImage();
    const directory = mkdtempSync(join(tmpdir(), "typemetal-"));
    try {
      const init = join(directory, "init.elf");
      writeFileSync(init, programs.find(({ name }) => name === "init")!.bytes);
      // sstatus.SUM: QEMU reads a user's stack for gdb only where the kernel may read it too.
      const script = `add-symbol-file ${init}\nbreak dispatchSyscall\ncontinue\nset $sstatus = $sstatus | 0x40000\nbacktrace\ndelete\nbreak dispatchInterrupt\ncontinue\nbacktrace\nup 2\nprint $pc == $sepc\ndelete\ndown 2\nset var *(int *) $pc = 0\nbreak reportPanic\ncontinue\nbacktrace`;
      // Time is counted in instructions, so that the timer interrupts init, and does so at the same place: on a fast
      // machine all servers wait, and no timer is set, before its first time slice is over.
      const text = await debug(kernel, script, ["-icount", "shift=9"], packageRoot());
      const user = "#1 +<signal handler called>\\n#2 +makeObject \\(.*slot=\\d+\\) at userland/servers/init/capabilities.ts:\\d+\\n#3 +newObject .*\\n#4 +main ";
      expect(text).toMatch(new RegExp(`#0 +dispatchSyscall .*\n${user}`));
      const interrupt = "dispatchInterrupt \\(.*\n#\\d +<signal handler called>\n#\\d .* at userland/servers/init/";
      expect(text).toMatch(new RegExp(`#0 +${interrupt}`));
      expect(text).toMatch(/\$1 = 1\n/);
      // An instruction that the kernel does not have: a trap on top of the other.
      expect(text).toMatch(new RegExp(`#0 +reportPanic .*\n#1 +<signal handler called>\n#2 +${interrupt}`));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

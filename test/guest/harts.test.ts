// The kernel on several harts, seen from outside.

import { beforeAll, expect, test } from "vitest";
import { readElf } from "../../compiler/object/elf-read.js";
import { KernelView } from "../../emulator/debug/kernel-view.js";
import { writeArchive } from "../../kernel/commands/archive.js";
import { boot, buildGroup, buildKernel, runGroup } from "../../kernel/commands/conformance.js";
import type { Machine } from "../../emulator/machine/machine.js";

let kernel: Uint8Array, initrd: Uint8Array;
beforeAll(async () => {
  kernel = await buildKernel();
  initrd = await buildGroup("capabilities");
});

/// The machine after the program's end.
function run(harts: number): Machine {
  let machine: Machine | undefined;
  const { end } = boot({ kernel, initrd, harts, prepare: (made) => { machine = made; } });
  expect(end).toBe("pass");
  return machine!;
}

test.each([1, 2, 8])("%i harts run the kernel, all but one idle", (count) => {
  const machine = run(count), view = new KernelView(readElf(kernel, "kernel.elf"), machine.memory);
  expect(view.field("Harts", view.global("harts"), "count")).toBe(count);
  const harts = machine.harts.map((_, index) => view.hart(index));
  expect(harts.map((hart) => view.field("Hart", hart, "hartId"))).toEqual(harts.map((_, index) => index));
  expect(harts.map((hart) => view.field8("Hart", hart, "isIdle"))).toEqual(harts.map((_, index) => (index === 0 ? 0 : 1)));
});

test("a boot that cannot succeed says why, and ends the machine", () => {
  const other = writeArchive([{ name: "other", bytes: new Uint8Array(8) }]);
  const { text, end } = boot({ kernel, initrd: other });
  expect(text).toContain("kernel panic: kernel/boot/init.ts");
  expect(text).toContain("the archive has no init");
  expect(end).toBe("fail");
});

test("a run on several harts is the same run again, to the instruction", () => {
  const once = runGroup("capabilities", { kernel, initrd, harts: 4 }), again = runGroup("capabilities", { kernel, initrd, harts: 4 });
  expect(again).toEqual(once);
});

import { expect, test } from "vitest";
import { Layout } from "../../../emulator/cpu/layout.js";
import { GuestMemory } from "../../../emulator/cpu/memory.js";
import { JumpTables } from "../../../emulator/jit/jump-table.js";

test("tables lie apart, and in their own part of memory", () => {
  const memory = new GuestMemory({ ramBase: 0x8000_0000, ramBytes: 1 << 20, romBase: 0x1000, romBytes: 0x1000 });
  const tables = new JumpTables(memory);
  const taken: { from: number; to: number }[] = [];
  for (let index = 0; !tables.isFull; index++) {
    const low = 0x8000_0000 + index * 64;
    const table = tables.place([low, low + 2 + (index % 3) * 4000, low + 4], index % 2 === 0, () => 0);
    if (!table) throw new Error("there are entries to place");
    taken.push({ from: table.address, to: table.address + table.span + 2 });
    if (table.pages) taken.push({ from: table.pages.address, to: table.pages.address + 4 });
  }
  taken.sort((a, b) => a.from - b.from);
  for (const [index, { to }] of taken.entries()) expect(to).toBeLessThanOrEqual(taken[index + 1]?.from ?? Layout.recordsOfPages);
  expect(taken[0]?.from).toBe(Layout.jumpTables);
});

test("places that are given back serve again", () => {
  const memory = new GuestMemory({ ramBase: 0x8000_0000, ramBytes: 1 << 20, romBase: 0x1000, romBytes: 0x1000 });
  const tables = new JumpTables(memory);
  for (let round = 0; round < 100_000 && !tables.isFull; round++) {
    const table = tables.place([0x8000_0000, 0x8000_0000 + (round % 1000) * 8 + 8], round % 2 === 0, () => 0);
    if (table) tables.release(table);
  }
  expect(tables.isFull).toBe(false);
});

// Where everything lies in an image, and what the guest finds of itself there.

import { expect, test } from "vitest";
import type { Image } from "../../../compiler/object/image.js";
import { compileModule } from "../../../compiler/pipeline.js";
import { parseModule } from "../../../compiler/ir/parse.js";
import { program } from "./program.js";

const KERNEL = { virtualBase: 0xffff_ffc0_8020_0000n, physicalBase: 0x8020_0000n };
const offsetOf = ({ symbols }: Image, name: string) => symbols.find((symbol) => symbol.name === name)!.offset;
const sectionOf = ({ sections }: Image, name: string) => sections.find((section) => section.name === name)!;

test("text comes in the order start, text, cold", () => {
  const { image } = compileModule(program());
  const names = image.symbols.filter(({ kind }) => kind === "function").map(({ name }) => name);
  expect(names).toEqual(["_start", "main", "divide", "report"]);
  expect(image.entry).toBe(0);
});

test("each kind of access has its own pages", () => {
  const { image } = compileModule(program());
  const pages = new Map<number, Set<string>>();
  for (const { offset, size, access } of image.sections)
    for (let page = offset >> 12; page <= (offset + size - 1) >> 12; page++) pages.set(page, (pages.get(page) ?? new Set()).add(access));
  expect([...pages.values()].every((access) => access.size === 1)).toBe(true);
});

test("the linker's symbols bound the sections", () => {
  const { image } = compileModule(program());
  for (const name of ["text", "data"] as const) {
    const { offset, size } = sectionOf(image, `.${name}`);
    expect([offsetOf(image, `__${name}_start`), offsetOf(image, `__${name}_end`)]).toEqual([offset, offset + size]);
  }
  const bss = sectionOf(image, ".bss");
  expect(bss.bytes).toBeUndefined();
  expect(offsetOf(image, "__bss_start")).toBe(bss.offset);
  expect(offsetOf(image, "__bss_end")).toBe(bss.offset + bss.size);
  expect(offsetOf(image, "__image_end")).toBe(bss.offset + bss.size);
});

test("relocations hold virtual addresses", () => {
  const { image } = compileModule(program(), KERNEL);
  const rodata = sectionOf(image, ".rodata");
  const view = new DataView(rodata.bytes!.buffer);
  const at = offsetOf(image, "handlers") - rodata.offset;
  expect(view.getBigUint64(at, true)).toBe(KERNEL.virtualBase + BigInt(offsetOf(image, "divide")));
  expect(view.getBigUint64(at + 8, true)).toBe(KERNEL.virtualBase + BigInt(offsetOf(image, "initial") + 4));
});

test("the code is the same wherever it is linked", () => {
  const bytes = [undefined, KERNEL].map((where) => sectionOf(compileModule(program(), where).image, ".text").bytes);
  expect(bytes[0]).toEqual(bytes[1]);
});

test("the panic table goes from the ebreak to its text", () => {
  const { image } = compileModule(program());
  const panics = sectionOf(image, ".panics");
  const view = new DataView(panics.bytes!.buffer);
  const text = new DataView(sectionOf(image, ".text").bytes!.buffer);
  const [start, end, strings] = ["__panics_start", "__panics_end", "__panics_strings"].map((name) => offsetOf(image, name) - panics.offset);
  expect([start, end]).toEqual([0, 8]);
  const pc = view.getUint32(start!, true);
  const C_EBREAK = 0x9002;
  expect(text.getUint16(pc, true)).toBe(C_EBREAK);
  const at = strings! + view.getUint32(start! + 4, true);
  const bytes = panics.bytes!.slice(at + 4, at + 4 + view.getUint32(at, true));
  expect(new TextDecoder().decode(bytes)).toBe("kernel/math.ts:4:10: division by zero");
});

test("a branch that does not reach becomes a branch over a jump", () => {
  const stores = Array.from({ length: 1200 }, () => "  store.i64.volatile [%0 + 2040], %0").join("\n");
  const text = `roots @far
function @far {
b0(%0: i64, %1: i32):
  branch %1, b1(), b2()
b1():
${stores}
  jump b2()
b2():
  return
}
`;
  const { assembly, image } = compileModule(parseModule(text));
  expect(assembly()).toContain("beq a1, zero, far.");
  const [pair, store, ret] = [8, 4, 2];
  expect(sectionOf(image, ".text").size).toBe(pair + 1200 * store + ret);
});

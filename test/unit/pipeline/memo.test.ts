// A run with the code that earlier runs kept gives the image that one from nothing gives, to the byte, and makes
// anew what an edit changes.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { Memo } from "../../../compiler/memo.js";
import { type CompileOptions, compile } from "../../../compiler/pipeline.js";
import { edits, generateProject } from "../../bench/project.js";

const disk = nodeHost();
const library = disk.library;

/// One file's functions call one in another file that is never inlined.
const sources = {
  "main.ts": `import { Box, far, near } from "./part.js";
const box = zeroed<Box>();
export function main(): u64 {
  box.weight = 2;
  print(first(3), "\\n");
  box.size = u32(second(0.1));
  return far(ref(box)) + near(1);
}
function first(x: u64): u64 {
  attr({ inline: "never" });
  return far(ref(box)) * x;
}
function second(x: f64): f64 {
  attr({ inline: "never" });
  return x * 3.25 + 0.1;
}
`,
  "part.ts": `export class Box {
  size: u32;
  weight: u32;
}
export function far(box: Ptr<Box>): u64 {
  attr({ inline: "never" });
  return box.weight;
}
export function near(x: u64): u64 {
  return x + 1;
}
`,
};

class Files {
  readonly texts: Map<string, string>;
  readonly memo = new Memo();
  constructor(texts: Readonly<Record<string, string>>, readonly options: CompileOptions = {}) {
    this.texts = new Map(Object.entries(texts));
  }
  private compile(more: CompileOptions) {
    const readFile = (path: string) => (path.startsWith(library) ? disk.readFile(path) : this.texts.has(path) ? new TextEncoder().encode(this.texts.get(path)) : undefined);
    return compile("main.ts", { ...this.options, ...more }, { library, readFile });
  }
  /// With the memo and without; how many functions were made anew.
  async check(): Promise<number> {
    const warm = await this.compile({ memo: this.memo });
    const { made } = this.memo.counts;
    const cold = await this.compile({});
    expect(warm.diagnostics).toEqual([]);
    expect(Buffer.compare(warm.output!.elf, cold.output!.elf)).toBe(0);
    return made;
  }
  edit(path: string, from: string | RegExp, to: string): Promise<number> {
    const text = this.texts.get(path)!;
    expect(text.replace(from, to)).not.toBe(text);
    this.texts.set(path, text.replace(from, to));
    return this.check();
  }
}

test.each([{}, { optimise: 0, strip: true }] as CompileOptions[])("what an edit changes, with %o", async (options) => {
  const files = new Files(sources, options);
  await files.check();
  expect(await files.check()).toBe(0);
  // Called only.
  expect(await files.edit("part.ts", "return box.weight", "return box.weight + 1")).toBe(1);
  // Inlined, or not at level 0.
  expect(await files.edit("part.ts", "x + 1", "x + 2")).toBe(1);
  expect(await files.edit("main.ts", "0.1;", "0.7;")).toBe(1);
  // How it is called.
  await files.edit("part.ts", 'inline: "never"', 'inline: "never", preserve: ["t0"], leaf: true');
  // A layout that others have in their debug information and code.
  await files.edit("part.ts", "size: u32;", "size: u64;");
  await files.edit("main.ts", "import", "\nimport");
  await files.edit("main.ts", 'print(first', 'print("more", first');
  await files.edit("part.ts", /export function near/, "export function other(): void {}\nexport function near");
});

test("a body that makes a type parameter a number", async () => {
  const files = new Files({
    "main.ts": 'import { N, Few, size } from "./part.js";\nclass Holder { few: Few<typeof N>; }\nconst holder = zeroed<Holder>();\nexport function main(): void { print(size<typeof N>(), " ", holder.few.size()); }\n',
    "part.ts": "export const N: u64 = 5;\nexport function size<K extends number>(): u64 { return sizeof<u8>(); }\nexport class Few<K extends number> { x: u64; size(): u64 { return 3; } }\n",
  });
  await files.check();
  await files.edit("part.ts", "return sizeof<u8>()", "return valueof<K>()");
  await files.edit("part.ts", "return 3", "return valueof<K>()");
  await files.edit("part.ts", "= 5", "= 6");
  await files.edit("part.ts", "return valueof<K>()", "return sizeof<K>()");
});

test("edits of a generated program", { timeout: 120_000 }, async () => {
  const { files: texts, edited } = generateProject(450);
  const files = new Files(Object.fromEntries(texts));
  const all = (await files.check(), files.memo.counts.made);
  for (const { kind, change } of edits) {
    const text = files.texts.get(edited)!;
    files.texts.set(edited, change(text, 1));
    const made = await files.check();
    if (kind !== "a field more") expect(made).toBeLessThan(all / 4);
    files.texts.set(edited, text);
  }
});

// The shape of nested WebAssembly loops that a region's control flow becomes.

import { describe, expect, it } from "vitest";
import type { Block } from "../../../emulator/jit/region.js";
import { type Item, structure } from "../../../emulator/jit/structure.js";

/// Blocks by number, each with where it goes.
function shapeOf(edges: Readonly<Record<number, readonly number[]>>, entries: readonly number[]): string {
  const blocks = new Map<number, Block>(Object.entries(edges).map(([at, successors]) => [Number(at), { at: Number(at), instructions: [], successors, returnPoint: undefined }]));
  return show(structure(blocks, entries));
}

function show(items: readonly Item[]): string {
  return items.map((item) => (item.kind === "block" ? String(item.block.at) : `${item.heads.join(",")}(${show(item.body)})`)).join(" ");
}

describe("the structure of a region", () => {
  it("is a sequence where control only moves forward", () => {
    expect(shapeOf({ 1: [2, 3], 2: [4], 3: [4], 4: [] }, [1])).toBe("1 3 2 4");
  });

  it("nests a loop that is entered at its own head", () => {
    expect(shapeOf({ 1: [2], 2: [2, 3], 3: [1, 4], 4: [] }, [1])).toBe("1(1 2(2) 3) 4");
  });

  it("keeps a small loop apart from the loops that come back to its head", () => {
    // The region begins at the innermost of three loops.
    expect(shapeOf({ 1: [1, 2], 2: [3, 4], 3: [1], 4: [3, 5], 5: [] }, [1])).toBe("1(1(1) 2 4 3) 5");
    expect(shapeOf({ 1: [2], 2: [1, 3], 3: [4, 5], 4: [1], 5: [] }, [1])).toBe("1(1(1 2) 3 4) 5");
  });

  it("takes the first of a head's loops that are equally small", () => {
    expect(shapeOf({ 1: [2, 3], 2: [1], 3: [1, 4], 4: [] }, [1])).toBe("1(1(1 2) 3) 4");
  });

  it("dispatches in a loop with several heads", () => {
    expect(shapeOf({ 1: [2], 2: [3], 3: [2, 4], 4: [] }, [1, 3])).toBe("1 2,3(3 2) 4");
  });
});

// Our device tree against the one that QEMU gives its guests: every node of ours is there, with the same
// properties, up to the numbers of phandles and what the two machines differ in.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeDeviceTree } from "../../../emulator/machine/device-tree.js";
import { hasTools } from "../../tools.js";
import { cellsOf, type ReadNode, readTree } from "./read-tree.js";

/// Other names, other extensions; QEMU 7.2 counts one PLIC source too many.
const differing = ["model", "riscv,isa", "riscv,isa-base", "riscv,isa-extensions", "riscv,cbom-block-size", "riscv,cboz-block-size", "mmu-type", "rng-seed", "riscv,ndev"];
const references = ["interrupt-parent", "regmap", "cpu"];

/// "path property" to its value, phandles by the path that they name.
function describeTree(blob: Uint8Array): Map<string, string> {
  const root = readTree(blob);
  const pathOf = new Map<number, string>();
  const visit = (node: ReadNode, path: string, act: (node: ReadNode, path: string) => void) => {
    act(node, path);
    for (const child of node.children) visit(child, `${path}/${child.name}`, act);
  };
  visit(root, "", (node, path) => {
    if (node.properties.has("phandle")) pathOf.set(cellsOf(node, "phandle")[0] ?? 0, path);
  });
  const lines = new Map<string, string>();
  visit(root, "", (node, path) => {
    for (const [name, bytes] of node.properties) {
      if (differing.includes(name) || name === "phandle") continue;
      const cells = name === "interrupts-extended" || references.includes(name) ? cellsOf(node, name) : [];
      const isReference = (index: number) => references.includes(name) || index % 2 === 0;
      const value = cells.length > 0 ? cells.map((cell, index) => (isReference(index) ? pathOf.get(cell) : cell)).join() : Buffer.from(bytes).toString("hex");
      lines.set(`${path} ${name}`, value);
    }
  });
  return lines;
}

describe.skipIf(!hasTools("qemu-system-riscv64"))("device tree, as QEMU's", () => {
  it.each([1, 2, 8])("with %i harts", (harts) => {
    const folder = mkdtempSync(join(tmpdir(), "typemetal-tree-"));
    const file = join(folder, "qemu.dtb");
    spawnSync("qemu-system-riscv64", ["-M", `virt,dumpdtb=${file}`, "-smp", String(harts), "-m", "256M"]);
    const dumped = readFileSync(file);
    // QEMU writes more than the tree.
    const theirs = describeTree(dumped.subarray(0, dumped.readUInt32BE(4)));
    rmSync(folder, { recursive: true });
    const ours = describeTree(writeDeviceTree({ harts, ramBytes: 256 << 20, isa: "rv64imac" }));
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries([...ours.keys()].map((key) => [key, theirs.get(key)])));
    expect(ours.size).toBeGreaterThan(60);
    // Linux numbers disks in this order.
    const slots = (lines: Map<string, string>) => [...lines.keys()].filter((key) => /virtio_mmio@\w+ reg$/.test(key));
    expect(slots(ours)).toEqual(slots(theirs));
    expect(slots(ours)).toHaveLength(8);
  });
});

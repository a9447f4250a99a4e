import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { flatten, writeDeviceTree } from "../../../emulator/machine/device-tree.js";
import { hasTools } from "../../tools.js";
import { cellsOf, nodeAt, readTree, stringsOf } from "./read-tree.js";

const options = { harts: 2, ramBytes: 256 << 20, isa: "rv64imac_zicsr" };

describe("device tree", () => {
  const root = readTree(writeDeviceTree({ ...options, bootArguments: "console=ttyS0", initrd: { start: 0x8820_0000, end: 0x8820_1234 } }));

  it("names console, command line and initrd", () => {
    const chosen = nodeAt(root, "/chosen");
    expect(stringsOf(chosen, "stdout-path")).toEqual(["/soc/serial@10000000"]);
    expect(stringsOf(chosen, "bootargs")).toEqual(["console=ttyS0"]);
    expect(cellsOf(chosen, "linux,initrd-start")).toEqual([0, 0x8820_0000]);
    expect(cellsOf(chosen, "linux,initrd-end")).toEqual([0, 0x8820_1234]);
  });

  it("describes memory and harts", () => {
    expect(cellsOf(nodeAt(root, "/memory@80000000"), "reg")).toEqual([0, 0x8000_0000, 0, 0x1000_0000]);
    expect(cellsOf(nodeAt(root, "/cpus"), "timebase-frequency")).toEqual([10_000_000]);
    for (const hart of [0, 1]) {
      const cpu = nodeAt(root, `/cpus/cpu@${hart}`);
      expect(stringsOf(cpu, "riscv,isa")).toEqual(["rv64imac_zicsr"]);
      expect(stringsOf(cpu, "mmu-type")).toEqual(["riscv,sv39"]);
      expect(cellsOf(cpu, "reg")).toEqual([hart]);
    }
  });

  it("wires each hart's M and S contexts to the PLIC, and the devices to it", () => {
    const intc = (hart: number) => cellsOf(nodeAt(root, `/cpus/cpu@${hart}/interrupt-controller`), "phandle")[0];
    const plic = nodeAt(root, "/soc/plic@c000000");
    expect(cellsOf(plic, "interrupts-extended")).toEqual([intc(0), 11, intc(0), 9, intc(1), 11, intc(1), 9]);
    expect(cellsOf(nodeAt(root, "/soc/clint@2000000"), "interrupts-extended")).toEqual([intc(0), 3, intc(0), 7, intc(1), 3, intc(1), 7]);
    const serial = nodeAt(root, "/soc/serial@10000000");
    expect(cellsOf(serial, "interrupts")).toEqual([10]);
    expect(cellsOf(serial, "interrupt-parent")).toEqual(cellsOf(plic, "phandle"));
    expect(cellsOf(nodeAt(root, "/soc/virtio_mmio@10008000"), "interrupts")).toEqual([8]);
    expect(cellsOf(nodeAt(root, "/poweroff"), "regmap")).toEqual(cellsOf(nodeAt(root, "/soc/test@100000"), "phandle"));
  });

  it("gives every phandle once", () => {
    const seen: number[] = [];
    const visit = (node: typeof root) => {
      if (node.properties.has("phandle")) seen.push(...cellsOf(node, "phandle"));
      node.children.forEach(visit);
    };
    visit(readTree(writeDeviceTree({ ...options, harts: 8 })));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("leaves out what was not given", () => {
    const bare = nodeAt(readTree(writeDeviceTree(options)), "/chosen");
    expect([...bare.properties.keys()]).toEqual(["stdout-path"]);
  });

  it("pads values and keeps their sizes", () => {
    const tree = readTree(flatten({ properties: { a: "xy", b: Uint8Array.of(1, 2, 3, 4, 5), c: true, d: ["p", "q"] } }));
    expect([...tree.properties].map(([name, bytes]) => [name, bytes.length])).toEqual([["a", 3], ["b", 5], ["c", 0], ["d", 4]]);
  });

  it.skipIf(!hasTools("dtc"))("is taken by dtc without a complaint about its structure", () => {
    const { status, stdout, stderr } = spawnSync("dtc", ["-I", "dtb", "-O", "dts"], { input: writeDeviceTree(options) });
    expect(status).toBe(0);
    expect(stdout.toString()).toContain('compatible = "ns16550a"');
    expect(stderr.toString()).not.toContain("ERROR");
  });
});

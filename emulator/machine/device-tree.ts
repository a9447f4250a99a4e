// The device tree that the guest gets in a1, and the writer of its flattened
// form: Devicetree Specification 0.4, chapter 5, version 17.
//
//     header | memory reservations | structure | strings
//
// Everything is big-endian; structure tokens are 32-bit words. Names and
// values follow QEMU's virt board, so guests find what they look for there.

import { TIMEBASE_HZ } from "../devices/device.js";
import * as map from "./memory-map.js";

/// Strings are NUL-terminated, numbers 32-bit cells, `true` an empty property.
export type PropertyValue = string | readonly string[] | number | readonly number[] | Uint8Array | true;

export interface TreeNode {
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly children?: Readonly<Record<string, TreeNode>>;
}

export interface DeviceTreeOptions {
  readonly harts: number;
  readonly ramBytes: number;
  /// As in `riscv,isa`: "rv64imafdc_zicsr_zifencei".
  readonly isa: string;
  readonly bootArguments?: string;
  readonly initrd?: { readonly start: number; readonly end: number };
  /// Entropy for the guest, which Linux takes: a function of the run's seed.
  readonly rngSeed?: Uint8Array;
}

/// Phandles: each hart's interrupt controller is 1 + hart.
const plicPhandle = 0x10;
const testPhandle = 0x11;
const cpuPhandle = (hart: number) => 0x20 + hart;
const interruptsOfHart = { machineSoftware: 3, machineTimer: 7, supervisorExternal: 9, machineExternal: 11 };

/// The tree of the machine, flattened.
export function writeDeviceTree(options: DeviceTreeOptions): Uint8Array {
  return flatten(machineTree(options));
}

/// The tree of the machine.
export function machineTree({ harts, ramBytes, isa, bootArguments, initrd, rngSeed }: DeviceTreeOptions): TreeNode {
  const hartIds = Array.from({ length: harts }, (_, hart) => hart);
  const cpus = hartIds.map((hart): [string, TreeNode] => [
    `cpu@${hart}`,
    {
      properties: {
        phandle: cpuPhandle(hart),
        device_type: "cpu",
        reg: hart,
        status: "okay",
        compatible: "riscv",
        "riscv,isa": isa,
        "riscv,isa-base": "rv64i",
        "riscv,isa-extensions": extensionsOf(isa),
        // Of cbo instructions, in bytes.
        ...(isa.includes("_zicbom") && { "riscv,cbom-block-size": 64 }),
        ...(isa.includes("_zicboz") && { "riscv,cboz-block-size": 64 }),
        "mmu-type": "riscv,sv39",
      },
      children: {
        "interrupt-controller": {
          properties: {
            "#interrupt-cells": 1,
            "interrupt-controller": true,
            compatible: "riscv,cpu-intc",
            phandle: 1 + hart,
          },
        },
      },
    },
  ]);
  const cores = hartIds.map((hart): [string, TreeNode] => [
    `core${hart}`,
    { properties: { cpu: cpuPhandle(hart) } },
  ]);
  return {
    properties: {
      "#address-cells": 2,
      "#size-cells": 2,
      compatible: "riscv-virtio",
      model: "riscv-virtio,typemetal",
    },
    children: {
      chosen: {
        properties: {
          "stdout-path": `/soc/serial@${map.uart.base.toString(16)}`,
          ...(bootArguments ? { bootargs: bootArguments } : {}),
          ...(initrd
            ? { "linux,initrd-start": cells64(initrd.start), "linux,initrd-end": cells64(initrd.end) }
            : {}),
          ...(rngSeed ? { "rng-seed": rngSeed } : {}),
        },
      },
      [`memory@${map.ramBase.toString(16)}`]: {
        properties: { device_type: "memory", reg: [...cells64(map.ramBase), ...cells64(ramBytes)] },
      },
      cpus: {
        properties: { "#address-cells": 1, "#size-cells": 0, "timebase-frequency": TIMEBASE_HZ },
        children: {
          ...Object.fromEntries(cpus),
          "cpu-map": { properties: {}, children: { cluster0: { properties: {}, children: Object.fromEntries(cores) } } },
        },
      },
      poweroff: syscon("syscon-poweroff", 0x5555),
      reboot: syscon("syscon-reboot", 0x7777),
      soc: {
        properties: { "#address-cells": 2, "#size-cells": 2, compatible: "simple-bus", ranges: true },
        children: deviceNodes(hartIds),
      },
    },
  };
}

function deviceNodes(hartIds: readonly number[]): Record<string, TreeNode> {
  const { machineSoftware, machineTimer, machineExternal, supervisorExternal } = interruptsOfHart;
  const node = (name: string, region: map.Region, properties: TreeNode["properties"]): [string, TreeNode] => [
    `${name}@${region.base.toString(16)}`,
    { properties: { ...properties, reg: [...cells64(region.base), ...cells64(region.size)] } },
  ];
  const wired = ({ irq }: map.InterruptingRegion) => ({ interrupts: irq, "interrupt-parent": plicPhandle });
  return Object.fromEntries([
    node("test", map.finisher, { phandle: testPhandle, compatible: ["sifive,test1", "sifive,test0", "syscon"] }),
    node("rtc", map.rtc, { ...wired(map.rtc), compatible: "google,goldfish-rtc" }),
    node("clint", map.clint, {
      compatible: ["sifive,clint0", "riscv,clint0"],
      "interrupts-extended": hartIds.flatMap((hart) => [1 + hart, machineSoftware, 1 + hart, machineTimer]),
    }),
    node("plic", map.plic, {
      phandle: plicPhandle,
      compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
      "interrupt-controller": true,
      "#interrupt-cells": 1,
      "#address-cells": 0,
      // The highest source: number 0 is none.
      "riscv,ndev": map.plicSources - 1,
      "interrupts-extended": hartIds.flatMap((hart) => [1 + hart, machineExternal, 1 + hart, supervisorExternal]),
    }),
    node("serial", map.uart, {
      ...wired(map.uart),
      compatible: "ns16550a",
      "clock-frequency": map.uartClockHz,
    }),
    // From the highest, as QEMU's: Linux names disks in the order of the tree, and --drive fills slots in it.
    ...map.virtioSlots.toReversed().map((slot) => node("virtio_mmio", slot, { ...wired(slot), compatible: "virtio,mmio" })),
  ]);
}

/// "rv64imac_zicsr" as i, m, a, c, zicsr.
function extensionsOf(isa: string): string[] {
  const [letters = "", ...names] = isa.replace(/^rv64/, "").split("_");
  return [...letters, ...names];
}

function syscon(compatible: string, value: number): TreeNode {
  return { properties: { compatible, regmap: testPhandle, offset: 0, value } };
}

/// A 64-bit number as two cells.
function cells64(value: number): [high: number, low: number] {
  return [Math.floor(value / 2 ** 32), value >>> 0];
}

const Token = { beginNode: 1, endNode: 2, property: 3, end: 9 } as const;
const magic = 0xd00d_feed;
const headerBytes = 40;
const version = 17;
const lastCompatibleVersion = 16;

/// A tree as a flattened device tree blob.
export function flatten(root: TreeNode): Uint8Array {
  const structure: number[] = [];
  const strings: number[] = [];
  const offsetOfString = new Map<string, number>();

  const word = (value: number) => structure.push(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  const padded = (bytes: Iterable<number>) => {
    structure.push(...bytes);
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const nameOffset = (name: string) => {
    const known = offsetOfString.get(name);
    if (known !== undefined) return known;
    const offset = strings.length;
    strings.push(...terminated(name));
    offsetOfString.set(name, offset);
    return offset;
  };
  const writeNode = (name: string, { properties, children = {} }: TreeNode) => {
    word(Token.beginNode);
    padded(terminated(name));
    for (const [property, value] of Object.entries(properties)) {
      const bytes = propertyBytes(value);
      word(Token.property);
      word(bytes.length);
      word(nameOffset(property));
      padded(bytes);
    }
    for (const [child, node] of Object.entries(children)) writeNode(child, node);
    word(Token.endNode);
  };
  writeNode("", root);
  word(Token.end);

  // One all-zero entry ends the memory reservations; it is aligned to eight bytes.
  const reservationsAt = headerBytes;
  const structureAt = reservationsAt + 16;
  const stringsAt = structureAt + structure.length;
  const blob = new Uint8Array(Math.ceil((stringsAt + strings.length) / 8) * 8);
  const view = new DataView(blob.buffer);
  const bootHart = 0;
  [
    magic,
    blob.length,
    structureAt,
    stringsAt,
    reservationsAt,
    version,
    lastCompatibleVersion,
    bootHart,
    strings.length,
    structure.length,
  ].forEach((field, index) => view.setUint32(index * 4, field));
  blob.set(structure, structureAt);
  blob.set(strings, stringsAt);
  return blob;
}

function propertyBytes(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return terminated(value);
  const items = typeof value === "number" ? [value] : value;
  const parts = items.map((item) => (typeof item === "string" ? terminated(item) : bigEndian(item)));
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function bigEndian(cell: number): Uint8Array {
  return Uint8Array.of(cell >>> 24, cell >>> 16, cell >>> 8, cell);
}

function terminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

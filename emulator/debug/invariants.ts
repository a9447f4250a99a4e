// The kernel's invariants, checked from outside: they read guest memory by the kernel's debug information and cost the
// guest nothing. docs/invariants.md says them one by one; the numbers are the same.

import { checkPaths } from "./invariants-paths.js";
import { ObjectType } from "../../kernel/abi/objects.js";
import { DamagedTree, type KernelView, type SlotView, structs } from "./kernel-view.js";
import { checkMemory } from "./invariants-memory.js";
import { checkThreads } from "./invariants-threads.js";

export interface Violation {
  readonly invariant: number;
  readonly what: string;
}

export type Report = (invariant: number, what: string) => void;

/// A translation that a hart remembers.
export interface Remembered {
  readonly access: "load" | "store";
  readonly vaddr: number;
  /// Physical address of the page; -1 where it is no memory.
  readonly paddr: number;
  readonly asid: number;
}

/// What the machine says beyond memory.
export interface MachineFacts {
  /// Physical address of the Tcb that each of the kernel's harts runs or is about to run, 0 where it runs none.
  readonly running: readonly number[];
  /// Harts that another has sent an interrupt: they are about to look at what is to run.
  readonly kicked: readonly boolean[];
  readonly remembered: readonly Remembered[];
  /// Priority of each interrupt line at the PLIC.
  readonly linePriority: (line: number) => number;
}

export interface Objects {
  readonly slots: readonly SlotView[];
  /// Capabilities by the object that they name, of objects that count them.
  readonly byObject: ReadonlyMap<number, readonly SlotView[]>;
  of(type: ObjectType): readonly number[];
  has(type: ObjectType, address: number): boolean;
}

export function checkInvariants(view: KernelView, facts: MachineFacts): Violation[] {
  const found: Violation[] = [];
  const report: Report = (invariant, what) => void found.push({ invariant, what });
  try {
    const objects = collect(view);
    checkTree(view, objects, report);
    checkThreads(view, objects, facts, report);
    checkMemory(view, objects, facts, report);
    checkPaths(view, objects, report);
  } catch (error) {
    if (!(error instanceof DamagedTree)) throw error;
    report(error.message.includes("pointer") ? 8 : 7, error.message);
  }
  return found;
}

export function collect(view: KernelView): Objects {
  const slots = view.slots();
  const byObject = new Map<number, SlotView[]>(), byType = new Map<ObjectType, number[]>();
  for (const slot of slots) {
    if (structs[slot.type] === undefined) continue;
    const known = byObject.get(slot.object);
    if (known) known.push(slot);
    else {
      byObject.set(slot.object, [slot]);
      byType.set(slot.type, [...(byType.get(slot.type) ?? []), slot.object]);
    }
  }
  return {
    slots, byObject,
    of: (type) => byType.get(type) ?? [],
    has: (type, address) => byObject.get(address)?.[0]?.type === type,
  };
}

// 7: what is derived from a capability to the same object has no right more. 8: an object counts its capabilities.
function checkTree(view: KernelView, { slots, byObject }: Objects, report: Report): void {
  const byAddress = new Map(slots.map((slot) => [slot.address, slot]));
  for (const slot of slots) {
    const parent = byAddress.get(slot.parent);
    if (parent && parent.type === slot.type && parent.object === slot.object && structs[slot.type] !== undefined && (slot.rights & ~parent.rights) !== 0) {
      report(7, `the ${ObjectType[slot.type]} capability at ${hex(slot.address)} has more rights than what it is derived from`);
    }
  }
  for (const [address, named] of byObject) {
    const type = named[0]?.type ?? ObjectType.Null, struct = structs[type] as string;
    if (named.some((slot) => slot.type !== type)) report(8, `${hex(address)} is an object of two types`);
    const count = view.u32(address + view.at(struct, "header") + view.at("Header", "capabilityCount"));
    // init's CNode is the Untyped that the kernel keeps on the side as well.
    if (count !== named.length) report(8, `the ${ObjectType[type]} at ${hex(address)} counts ${count} capabilities, there are ${named.length}`);
  }
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

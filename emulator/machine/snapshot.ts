// A machine's state as bytes, to keep in a file and go on from anywhere.
//
//     "TMSTATE1" | length of the JSON, u32 | JSON | blobs
//
// In the JSON, {"$blob": [offset, bytes]} stands for a Uint8Array. RAM is a list
// of those pages that are not all zero. The machine's shape (RAM, harts,
// processor, boot ROM) is in it too, so no image is needed to go on; disks are
// outside, but for what a copy-on-write overlay holds.

import { parseCpu } from "../isa/cpu.js";
import type { BootPlan } from "./loader.js";
import type { Machine, MachineState } from "./machine.js";
import { ImageError } from "./loader.js";

const MAGIC = "TMSTATE1";
const PAGE = 4096;

export interface Snapshot {
  /// What a machine that can restore the state is made of.
  readonly boot: BootPlan;
  readonly state: MachineState;
  /// Instructions retired before this machine's time: those of machines before a reset.
  readonly retiredBefore: number;
}

type Shape = Pick<BootPlan, "ramBytes" | "harts" | "rom" | "mode" | "entry" | "deviceTree"> & { readonly cpu: string };

export function encodeSnapshot(machine: Machine, boot: BootPlan, retiredBefore = 0): Uint8Array {
  const blobs: Uint8Array[] = [];
  let offset = 0;
  const keep = (bytes: Uint8Array) => {
    const reference = { $blob: [offset, bytes.length] };
    blobs.push(bytes);
    offset += bytes.length;
    return reference;
  };
  const { ram, ...state } = machine.save();
  const pages: number[] = [];
  const words = new BigUint64Array(ram.buffer, ram.byteOffset, ram.length / 8);
  for (let page = 0; page < ram.length / PAGE; page++) {
    let word = page * (PAGE / 8);
    const end = word + PAGE / 8;
    while (word < end && words[word] === 0n) word++;
    if (word < end) pages.push(page);
  }
  const contents = new Uint8Array(pages.length * PAGE);
  pages.forEach((page, index) => contents.set(ram.subarray(page * PAGE, (page + 1) * PAGE), index * PAGE));
  const { ramBytes, harts, rom, mode, entry, deviceTree, cpu } = boot;
  const shape: Shape = { ramBytes, harts, rom, mode, entry, deviceTree, cpu: cpu.text };
  const text = JSON.stringify({ shape, retiredBefore, state, pages, contents }, (_, value) => (value instanceof Uint8Array ? keep(value) : value));
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(MAGIC.length + 4 + json.length + offset);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, json.length, true);
  bytes.set(json, MAGIC.length + 4);
  let at = MAGIC.length + 4 + json.length;
  for (const blob of blobs) {
    bytes.set(blob, at);
    at += blob.length;
  }
  return bytes;
}

/// Throws ImageError where the bytes are no snapshot, or not all of one.
export function decodeSnapshot(bytes: Uint8Array, name: string): Snapshot {
  const wrong = (what: string) => new ImageError(`${name} ${what}`, "give a file that --save wrote");
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw wrong("is not a state of a machine");
  try {
    const jsonBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
    const start = MAGIC.length + 4 + jsonBytes;
    const blob = (offset: number, length: number) => {
      if (start + offset + length > bytes.length) throw wrong("is cut off");
      return bytes.slice(start + offset, start + offset + length);
    };
    const { shape, retiredBefore, state, pages, contents } = JSON.parse(new TextDecoder().decode(bytes.subarray(MAGIC.length + 4, start)), (_, value) => (value?.$blob ? blob(value.$blob[0], value.$blob[1]) : value));
    const ram = new Uint8Array(shape.ramBytes);
    pages.forEach((page: number, index: number) => ram.set(contents.subarray(index * PAGE, (index + 1) * PAGE), page * PAGE));
    return { boot: { ...shape, cpu: parseCpu(shape.cpu), loads: [], symbols: [] }, state: { ...state, ram }, retiredBefore };
  } catch (error) {
    throw error instanceof ImageError ? error : wrong("is damaged");
  }
}

// Invariant 19: a cached IPC path is what a fresh lookup finds. Only a kernel with the cache has anything to check.

import { ObjectType } from "../../kernel/abi/objects.js";
import { hex, type Objects, type Report } from "./invariants.js";
import type { KernelView } from "./kernel-view.js";

const SLOT_BYTES = 32;
/// Object and word.
const COPIED_BYTES = 16;

const TYPE_MASK = 31;

/// Where the paths to Endpoints are that are of the present generation. What other capabilities hold may change.
export function cachedPaths(view: KernelView): number[] {
  if (!view.types.globals.has("pathCache")) return [];
  const cache = view.global("pathCache"), first = cache + view.at("PathCache", "paths"), bytes = view.types.bytes("Path");
  const generation = view.field("PathCache", cache, "generation"), count = (view.types.bytes("PathCache") - view.at("PathCache", "paths")) / bytes;
  const paths = Array.from({ length: count }, (_, index) => first + index * bytes);
  const typeOf = (path: number) => view.u32(path + view.at("Path", "copy") + view.at("Slot", "word")) & TYPE_MASK;
  return paths.filter((path) => typeOf(path) === ObjectType.Endpoint && view.field("Path", path, "generation") === generation);
}

export function checkPaths(view: KernelView, objects: Objects, report: Report): void {
  for (const path of cachedPaths(view)) {
    const cnode = view.link("Path", path, "cnode"), index = view.field("Path", path, "index");
    const slot = cnode + index * SLOT_BYTES, copy = path + view.at("Path", "copy");
    if (!objects.has(ObjectType.CNode, cnode) || index >= view.field("CNode", cnode, "slotCount")) report(19, `a path is cached for slot ${index} of the CNode at ${hex(cnode)}, which has none`);
    else for (let at = 0; at < COPIED_BYTES; at += 4) if (view.u32(slot + at) !== view.u32(copy + at)) return report(19, `the path cached for slot ${index} of the CNode at ${hex(cnode)} is not what the slot has`);
  }
}

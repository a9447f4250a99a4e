// A cache of IPC paths (3.22): what a lookup for Call found last, by CNode and slot number, with counters of hits and
// misses. Not built into the kernel unless PATH_CACHE is set: `npm run bench:kernel -- --path-cache` measures one with
// it, docs/adr/0006 has the figures.
//
// Invariant 19: a path of the present generation is what a fresh lookup finds. Any slot that is emptied begins a new
// generation; an Endpoint capability never changes otherwise.
import { type CNode, lookupFlat } from "../object/cnode.js";
import { Slot } from "../object/capability.js";

export const PATH_CACHE = false;

const PATHS: u64 = 64;

class Path {
  cnode: Ptr<CNode> | null;
  index: u64;
  generation: u64;
  /// The slot's object and word.
  copy: Slot;
}

class PathCache {
  generation: u64;
  hits: u64;
  misses: u64;
  paths: Arr<Path, 64>;
}
const pathCache = zeroed<PathCache>();

/// A copy of a slot of the first level that is in use; null: there is none. Whatever it has, Call asks for an Endpoint.
export function findPath(cnode: Ptr<CNode>, index: u64): Ptr<Slot> | null {
  attr({ inline: "always" });
  const path = ref(pathCache.paths[index % PATHS]);
  if (path.cnode === cnode && path.index === index && path.generation === pathCache.generation) {
    pathCache.hits += 1;
    return ref(path.copy);
  }
  const slot = lookupFlat(cnode, index);
  if (slot === null || slot.word === 0) return null;
  pathCache.misses += 1;
  path.cnode = cnode;
  path.index = index;
  path.generation = pathCache.generation;
  path.copy.object = slot.object;
  path.copy.word = slot.word;
  return ref(path.copy);
}

/// A slot has been emptied.
export function forgetPaths(): void {
  attr({ inline: "always" });
  if (PATH_CACHE) pathCache.generation += 1;
}

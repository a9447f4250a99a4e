// Control flow made plain: no unreachable blocks, no branches on constants,
// no jumps to jumps, no block that only continues another.

import { reversePostorder } from "../ir/graph.js";
import { entryOf, replace, resolveUses, usesOfEnd, type Block, type Edge, type Func } from "../ir/types.js";

export function simplifyCfg(fn: Func): void {
  for (const block of fn.blocks) foldBranch(block);
  fn.blocks = [...reversePostorder(fn)];
  skipEmptyBlocks(fn);
  fn.blocks = [...reversePostorder(fn)];
  mergeChains(fn);
}

function foldBranch(block: Block): void {
  const { end } = block;
  if (end.kind !== "branch") return;
  const [then, otherwise] = end.edges;
  const same = then.to === otherwise.to && then.args.every((arg, index) => arg === otherwise.args[index]);
  if (same || end.condition.op === "const")
    block.end = { kind: "jump", edges: [same || end.condition.imm !== 0n ? then : otherwise] };
}

/// An edge to a block that only jumps goes where the block goes.
function skipEmptyBlocks(fn: Func): void {
  const onlyJumps = ({ body, end }: Block) => body.length === 0 && end.kind === "jump";
  if (!fn.blocks.some(onlyJumps)) return;
  const uses = countUses(fn);
  const isEmpty = (block: Block) =>
    onlyJumps(block) && block.params.every((param) => uses[param.id] === block.end.edges[0]!.args.filter((arg) => arg === param).length);
  for (const block of fn.blocks) {
    for (const edge of block.end.edges) {
      for (let hops = 0; hops < fn.blocks.length && edge.to !== entryOf(fn) && isEmpty(edge.to); hops++) forward(edge);
    }
  }
}

/// How often each value is used, by its number.
function countUses(fn: Func): Uint32Array {
  const counts = new Uint32Array(fn.nextId);
  for (const { body, end } of fn.blocks) {
    for (const { args } of body) for (const { id } of args) counts[id]!++;
    for (const { id } of usesOfEnd(end)) counts[id]!++;
  }
  return counts;
}

function forward(edge: Edge): void {
  const { params, end } = edge.to;
  const [next] = end.edges as [Edge];
  const incoming = edge.args;
  edge.args = next.args.map((arg) => incoming[params.indexOf(arg)] ?? arg);
  edge.to = next.to;
}

/// A block whose only predecessor only jumps to it is part of it.
function mergeChains(fn: Func): void {
  /// Edges into each block, by its number.
  const entries = new Uint32Array(fn.nextId);
  for (const { end } of fn.blocks) for (const { to } of end.edges) entries[to.id]!++;
  const gone = new Set<Block>();
  let isReplaced = false;
  for (const block of fn.blocks) {
    while (!gone.has(block) && block.end.kind === "jump") {
      const [{ to, args }] = block.end.edges;
      if (to === block || to === entryOf(fn) || entries[to.id] !== 1) break;
      to.params.forEach((param, index) => replace(param, args[index]!));
      isReplaced ||= args.length > 0;
      block.body.push(...to.body);
      block.end = to.end;
      gone.add(to);
    }
  }
  fn.blocks = fn.blocks.filter((block) => !gone.has(block));
  if (isReplaced) resolveUses(fn);
}

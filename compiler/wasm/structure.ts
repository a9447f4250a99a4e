// From a control-flow graph to nested blocks and loops, along the dominator
// tree (Ramsey, "Beyond Relooper", 2022): a block that several edges go forward
// to follows a `block` around the code that jumps there, the head of a loop
// opens a `loop`, and any other block stands where it is jumped from. A graph
// with a loop of two heads has no such form.

import { dominatorsOf, predecessors } from "../ir/graph.js";
import { entryOf, type Block, type Edge, type Func } from "../ir/types.js";

/// What the walk tells the writer of code.
export interface StructureWriter {
  openBlock(): void;
  openLoop(): void;
  close(): void;
  /// Its instructions, and whatever its end needs; `go` writes the way along an edge, `inside` says that what is
  /// written meanwhile is in one more block.
  body(block: Block, go: (edge: Edge) => void, inside: (write: () => void) => void): void;
  /// Gives the target its arguments.
  pass(edge: Edge): void;
  /// Leaves that many blocks and loops around.
  branch(depth: number): void;
}

/// False where there is no such form; nothing is written then.
export function writeStructured(fn: Func, writer: StructureWriter): boolean {
  const preds = predecessors(fn);
  const dominators = dominatorsOf(fn);
  const position = new Map(dominators.order.map((block, index) => [block, index]));
  const isBackward = (from: Block, to: Block) => position.get(to)! <= position.get(from)!;
  const heads = new Set<Block>();
  const merges = new Set<Block>();
  const children = new Map<Block, Block[]>(dominators.order.map((block) => [block, []]));
  for (const block of dominators.order) {
    const forward = preds.get(block).filter(({ from }) => !isBackward(from, block));
    const backward = preds.get(block).filter(({ from }) => isBackward(from, block));
    if (backward.some(({ from }) => !dominators.dominates(block, from))) return false;
    if (backward.length > 0) heads.add(block);
    if (forward.length > 1) merges.add(block);
    const parent = dominators.parent(block);
    if (parent) children.get(parent)!.push(block);
  }
  /// What encloses the code now, innermost last: where a branch to each goes.
  const around: (Block | undefined)[] = [];
  const inside = (write: () => void) => {
    around.push(undefined);
    write();
    around.pop();
  };
  const go = (from: Block) => (edge: Edge) => {
    writer.pass(edge);
    if (isBackward(from, edge.to) || merges.has(edge.to)) writer.branch(around.length - 1 - around.lastIndexOf(edge.to));
    else place(edge.to);
  };
  const place = (block: Block): void => {
    const following = children.get(block)!.filter((child) => merges.has(child));
    if (heads.has(block)) {
      writer.openLoop();
      around.push(block);
    }
    within(block, following);
    if (heads.has(block)) {
      writer.close();
      around.pop();
    }
  };
  /// The block, inside one `block` for each that follows: the last of them in the order is the outermost.
  const within = (block: Block, following: readonly Block[]): void => {
    const outermost = following.at(-1);
    if (!outermost) return writer.body(block, go(block), inside);
    writer.openBlock();
    around.push(outermost);
    within(block, following.slice(0, -1));
    writer.close();
    around.pop();
    place(outermost);
  };
  place(entryOf(fn));
  return true;
}

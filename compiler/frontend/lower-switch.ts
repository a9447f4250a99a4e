// `switch`: a search over the sorted case values, then the bodies one after the other.

import { newBlock, type Block, type Value } from "../ir/types.js";
import { lower } from "./lower-expression.js";
import { lowerAll, type Context } from "./lower.js";
import type { Statement } from "./tree.js";
import { integerOf } from "./types.js";

/// Fewer cases than these are tested one after the other.
const LINEAR = 4;

export function lowerSwitch(context: Context, { label, subject, cases }: Extract<Statement, { kind: "switch" }>): void {
  const { lowering, targets } = context;
  const { builder } = lowering;
  const [value] = lower(lowering, subject);
  const bodies = cases.map(() => newBlock(builder.fn));
  const exit = newBlock(builder.fn);
  const otherwise = bodies[cases.findIndex(({ values }) => values === undefined)] ?? exit;
  const signed = integerOf(subject.type)?.signed ?? false;
  const ways = cases
    .flatMap(({ values }, index) => (values ?? []).map((value) => ({ value, to: bodies[index]! })))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  search(context, value!, ways, otherwise, signed);
  const inside: Context = {
    ...context,
    targets: [...targets, { label, exit, next: undefined, onlyByLabel: false, cleanups: lowering.cleanups.length }],
  };
  // Each body is entered by its own case and from the one before it.
  const after = builder.unreachable();
  builder.block = after;
  cases.forEach(({ body }, index) => {
    builder.jump(bodies[index]!);
    builder.seal(bodies[index]!);
    lowerAll(inside, body);
  });
  builder.jump(exit);
  builder.seal(exit);
}

/// Ends the block with the way to the case, if any.
function search(
  context: Context,
  value: Value,
  ways: readonly { value: bigint; to: Block }[],
  otherwise: Block,
  signed: boolean,
): void {
  const { lowering } = context;
  const { builder } = lowering;
  const constant = (of: bigint) => lowering.constant(value.type!, of);
  if (ways.length <= LINEAR) {
    for (const way of ways) {
      const next = newBlock(builder.fn);
      builder.branch(lowering.emit("eq", "i32", [value, constant(way.value)]), way.to, next, next);
      builder.seal(next);
    }
    builder.jump(otherwise, builder.unreachable());
    return;
  }
  const middle = ways.length >> 1;
  const [below, above] = [newBlock(builder.fn), newBlock(builder.fn)];
  builder.branch(
    lowering.emit(signed ? "lts" : "ltu", "i32", [value, constant(ways[middle]!.value)]),
    below,
    above,
    below,
  );
  builder.seal(below);
  builder.seal(above);
  search(context, value, ways.slice(0, middle), otherwise, signed);
  builder.block = above;
  search(context, value, ways.slice(middle), otherwise, signed);
}

// Words that are loaded with zeros above them (`lwu`), since somebody extends
// them so and nobody reads what is above: the extension is no instruction then.
// An i32 is sign-extended in its register, so each other use has to agree.

import { usesOfEnd, type Block, type Value } from "../ir/types.js";

/// Operations on i32 that read the low 32 bits of their operands, by their `w` forms or by shifting the others out.
const readsLow: ReadonlySet<string> = new Set([
  "zext", "zext8", "sext8", "zext16", "sext16",
  "add", "sub", "mul", "shl", "shru", "shrs", "divs", "divu", "rems", "remu", "itofs", "itofu",
]);
/// With a constant that is not negative they give the same for both extensions.
const agreesBelow: ReadonlySet<string> = new Set(["and", "eq", "ne", "ltu", "geu"]);

export function unsignedLoads(blocks: readonly Block[]): ReadonlySet<Value> {
  const wanted = new Set<Value>();
  const refused = new Set<Value>();
  for (const { body, end } of blocks) {
    for (const value of body)
      for (let index = 0; index < value.args.length; index++) {
        const arg = value.args[index]!;
        if (arg.op !== "load" || arg.memory !== "i32") continue;
        if (value.op === "zext") wanted.add(arg);
        else if (!agrees(value, index)) refused.add(arg);
      }
    for (const arg of usesOfEnd(end)) if (arg.op === "load") refused.add(arg);
  }
  for (const value of refused) wanted.delete(value);
  return wanted;
}

function agrees({ op, args, type }: Value, index: number): boolean {
  if (op === "store") return index === 1;
  if (readsLow.has(op)) return type !== "i64" || op.startsWith("itof");
  const [, right] = args;
  return agreesBelow.has(op) && index === 0 && right?.op === "const" && right.imm >= 0n;
}

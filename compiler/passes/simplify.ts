// One value to a simpler one: constants, identities, addresses. GVN calls this
// on every value it meets; the operands are simple already.

import { evaluateOp, operationOf, type PureOp } from "../ir/ops.js";
import { isConst, memoryBytes, type MemoryType, type Op, type Type, type Value } from "../ir/types.js";
import { lowBitsOf, rules, type Maker, type Rule } from "./rules.js";

/// Of each operation, in their order: what to try where the right operand is a constant, and where it is not.
const withConstant = new Map<Op, Rule[]>();
const withoutConstant = new Map<Op, Rule[]>();
for (const rule of rules)
  for (const op of rule.ops) {
    if (rule.when !== "same") enter(withConstant, op, rule);
    if (rule.when !== "constant") enter(withoutConstant, op, rule);
  }

function enter(table: Map<Op, Rule[]>, op: Op, rule: Rule): void {
  const known = table.get(op);
  if (known) known.push(rule);
  else table.set(op, [rule]);
}

/// What `value` equals, or undefined where it is simple; may change its operands in place. `applied` hears of the rule.
export function simplify(value: Value, maker: Maker, applied?: (rule: Rule) => void): Value | undefined {
  const { op, args } = value;
  const operation = operationOf(op);
  if (!operation) return foldAddress(value, maker);
  const type = value.type as Type;
  let [left, right] = args as [Value, Value];
  if (isConst(left)) {
    if (!right || isConst(right)) return maker.constant(type, evaluateOp(op as PureOp, left.type as Type, type, left.imm, right?.imm ?? 0n));
    if (operation.commutative) [args[0], args[1]] = [left, right] = [right, left];
  }
  const known = isConst(right);
  const found = (known ? withConstant : withoutConstant).get(op);
  if (!found) return undefined;
  const subject = { value, type, left, right, imm: known ? right.imm : 0n };
  for (const rule of found) {
    if (rule.when === "same" && left !== right) continue;
    const simpler = rule.apply(subject, maker);
    if (!simpler) continue;
    applied?.(rule);
    return simpler;
  }
  return undefined;
}

const ignored: Record<MemoryType, readonly string[]> = {
  u8: ["zext8", "sext8"],
  s8: ["zext8", "sext8"],
  u16: ["zext16", "sext16"],
  s16: ["zext16", "sext16"],
  i32: [],
  i64: [],
  f32: [],
  f64: [],
};

/// Constant distances move into loads and stores; a store ignores what it does not keep.
function foldAddress(value: Value, maker: Maker): undefined {
  if (value.op !== "load" && value.op !== "store") return;
  const [address, stored] = value.args as [Value, Value?];
  if (address.op === "add" && isConst(address.args[1]) && isNear(value.imm + address.args[1].imm)) {
    value.args[0] = address.args[0] as Value;
    value.imm += address.args[1].imm;
  }
  if (!stored) return;
  if (ignored[value.memory].includes(stored.op)) value.args[1] = stored.args[0] as Value;
  const bytes = memoryBytes[value.memory];
  if (bytes < 4) value.args[1] = lowBitsOf(value.args[1] as Value, 8 * bytes, maker) ?? (value.args[1] as Value);
}

/// Fits a load's 12-bit offset.
const isNear = (offset: bigint) => BigInt.asIntN(12, offset) === offset;

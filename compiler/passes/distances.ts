// Constant distances leave an address's index for the access: `p[i + 1]`, at p + (i + 1 << 3), is the access at
// (p + (i << 3)) + 8, so that neighbours share one address. A sum that goes round a loop is what the loop counts, and
// stays whole. What lies too far for an access's offset is reached from the nearest 4 KiB, which neighbours share too.

import { newConst, newValue, type Func, type Value } from "../ir/types.js";

/// False where every distance is where it belongs.
export function splitDistances(fn: Func): boolean {
  const passedOn = new Set<Value>();
  for (const { end } of fn.blocks) for (const { args } of end.edges) for (const arg of args) passedOn.add(arg);
  let isChanged = false;
  for (const block of fn.blocks) {
    const body: Value[] = [];
    for (const access of block.body) {
      const before = access.op === "load" || access.op === "store" ? (split(fn, access, passedOn) ?? reach(fn, access)) : undefined;
      if (before) {
        for (const value of before) body.push(value);
        isChanged = true;
      }
      body.push(access);
    }
    block.body = body;
  }
  return isChanged;
}

/// What is computed before an access that is far from its address, undefined where it is near. A slot's place is known to the frame alone.
function reach(fn: Func, access: Value): Value[] | undefined {
  const [address] = access.args as [Value];
  if (isNear(access.imm) || address.op === "slot") return undefined;
  const near = BigInt.asIntN(12, access.imm);
  const far = newConst(fn, "i64", access.imm - near);
  const base = newValue(fn, "add", "i64", [address, far], { location: access.location });
  access.args[0] = base;
  access.imm = near;
  return [far, base];
}

/// Fits a load's 12-bit offset.
const isNear = (offset: bigint) => BigInt.asIntN(12, offset) === offset;

/// What is computed before an access that takes over its address's distance; undefined where it cannot.
function split(fn: Func, access: Value, passedOn: ReadonlySet<Value>): Value[] | undefined {
  const { op, args: [left, right] } = access.args[0]!;
  if (op !== "add" || !left || !right) return undefined;
  for (const index of [right, left]) {
    const shift = index.op === "shl" && index.args[1]?.op === "const" ? index.args[1] : undefined;
    const sum = shift ? index.args[0]! : index;
    const [part, distance] = sum.args;
    if (sum.op !== "add" || !part || distance?.op !== "const" || passedOn.has(sum)) continue;
    const offset = access.imm + (distance.imm << (shift?.imm ?? 0n));
    if (!isNear(offset)) return undefined;
    const moved = shift ? newValue(fn, "shl", "i64", [part, shift]) : part;
    const base = newValue(fn, "add", "i64", index === right ? [left, moved] : [moved, right]);
    access.args[0] = base;
    access.imm = offset;
    return shift ? [moved, base] : [base];
  }
  return undefined;
}

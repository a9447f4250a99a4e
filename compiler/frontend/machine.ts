// The machine's own names: control and status registers, fences, reserved registers.

import { ts } from "#typescript";
import { asmValue, asmWith } from "./asm.js";
import { elaborateAs } from "./expressions.js";
import { constant, convert, word } from "./fold.js";
import { instruction } from "./methods.js";
import type { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import { u64, voidType } from "./types.js";

export function machineMember(first: string, second: string): Expr | undefined {
  return first === "register" ? { kind: "register", type: u64, name: second } : undefined;
}

export function machineCall(scope: Scope, node: ts.CallExpression, name: string): Expr | undefined {
  const parts = name.split(".");
  if (parts[0] === "csr" && parts[1] && parts[2]) return csr(scope, node, parts[1], parts[2]);
  const args = node.arguments;
  switch (name) {
    case "wfi":
      return instruction("wfi");
    case "fence_i":
      return instruction("fence.i");
    case "fence": {
      const [before = "iorw", after = "iorw"] = args.map((argument) =>
        ts.isStringLiteral(argument) ? argument.text : "iorw",
      );
      return instruction(`fence ${before}, ${after}`);
    }
    case "sfence_vma": {
      const operands = args.map((argument) => elaborateAs(scope, argument, u64));
      while (operands.length < 2) operands.push(word(0));
      if (args.length === 0) return instruction("sfence.vma zero, zero");
      if (args.length === 1) return asmWith(voidType, ["sfence.vma ", 0, ", zero"], [operands[0]!]);
      return asmWith(voidType, ["sfence.vma ", 0, ", ", 1], operands);
    }
    default:
      return undefined;
  }
}

function csr(scope: Scope, node: ts.CallExpression, name: string, method: string): Expr | undefined {
  const [first] = node.arguments;
  if (method === "read") return asmValue(u64, "csrr", [], name);
  if (!first) return undefined;
  const value = elaborateAs(scope, first, u64);
  // A mask that fits in five bits travels in the instruction.
  const small = value.kind === "const" && value.value >= 0n && value.value < 32n ? value.value : undefined;
  const write = (op: string): Expr =>
    small === undefined
      ? asmWith(voidType, [`${op} ${name}, `, 0], [convert(value, u64)])
      : instruction(`${op}i ${name}, ${small}`);
  switch (method) {
    case "write":
      return write("csrw");
    case "set":
      return write("csrs");
    case "clear":
      return write("csrc");
    case "swap":
      return asmWith(u64, ["csrrw ", "$0", `, ${name}, `, 0], [convert(value, u64)]);
    default:
      return constant(voidType, 0n);
  }
}

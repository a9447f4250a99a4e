// Flow: where control goes after a row, found by asking the row itself. Its
// semantics run once against a machine that does nothing but note what they
// call, so control flow is not a second thing to write down.
//
// The same run enforces the contract in machine.ts: whatever may leave comes
// before the first write, and a transfer of control comes last.

import type { Destination, Machine } from "./machine.js";
import { operandKinds, type OperandName, type OperandValues } from "./operand.js";
import type { Row, Semantics } from "./row.js";
import { F64, I32, I64, Op, type Value } from "./value.js";

/// next: to the instruction after it. goto and branch: to pc + offset, always or
/// perhaps. jump: to a computed address. leave: out of compiled code.
export type Flow = "next" | "goto" | "branch" | "jump" | "leave";

interface Effects {
  readonly flow: Flow;
  /// It may set floating-point flags.
  readonly flags: boolean;
}

const known = new Map<Row, Effects>();

export function flowOf(row: Row): Flow { return effectsOf(row).flow; }

export function effectsOf(row: Row): Effects {
  let effects = known.get(row);
  if (effects === undefined) known.set(row, (effects = "semantics" in row.meaning ? probe(row.mnemonic, row.meaning.semantics) : { flow: "leave", flags: false }));
  return effects;
}

function probe(mnemonic: string, semantics: Semantics): Effects {
  let flow: Flow = "next";
  let flags = false;
  let written = false;
  const zero = I64.of(0);
  const mayLeave = () => {
    if (written || flow !== "next") throw new Error(`${mnemonic} may leave after it has written`);
  };
  const write = () => {
    if (flow !== "next") throw new Error(`${mnemonic} writes after it has transferred control`);
    written = true;
  };
  const mayFlag = () => { flags = true; };
  const machine: Machine = {
    pc: zero,
    nextPc: zero,
    let: (value) => value,
    load: () => (mayLeave(), zero),
    store: () => (mayLeave(), write()),
    storeWhere: () => (mayLeave(), write()),
    update: (_kind, _vaddr, change) => (mayLeave(), write(), change(zero)),
    zeroBlock: () => (mayLeave(), write()),
    touchBlock: mayLeave,
    goto: () => { flow = "goto"; },
    branch: () => { flow = "branch"; },
    jump: () => { flow = "jump"; },
    raise: (_cause, condition) => {
      mayLeave();
      if (!condition) flow = "leave";
    },
    readCsr: () => zero,
    writeCsr: write,
    rounded: (_kind, value) => (mayFlag(), value),
    unless: (_condition, value) => (mayFlag(), value),
    exact: (like) => (mayFlag(), new (like as unknown as new (opcode: number) => never)(Op.localGet)),
    roundsToNearest: () => new I32(Op.localGet),
    attempt: mayLeave,
    attemptCsr: (_value, then) => (mayLeave(), then()),
    getState: () => zero,
    setState: write,
  };
  semantics(placeholders(write), machine);
  return { flow, flags };
}

function placeholders(write: () => void): OperandValues {
  const placeholder = (name: OperandName): Value | Destination<Value> => {
    if (name === "rd" || name === "frd") return { set: write };
    return operandKinds[name].file === "f" ? new F64(Op.localGet) : new I64(Op.localGet);
  };
  return Object.fromEntries(Object.keys(operandKinds).map((name) => [name, placeholder(name as OperandName)])) as unknown as OperandValues;
}

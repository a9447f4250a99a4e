// Selection of what has a convention of its own: calls (LP64 psABI, more than
// eight arguments on the stack, up to four results), assembly with operands in
// given or in any registers, and atomics.

import type { AtomicOp, Type, Value } from "../ir/types.js";
import { isFloat } from "../ir/ops.js";
import { argumentPlaces, resultRegs } from "./convention.js";
import { callerSaved, copyOf, floatCallerSaved, ra, SLOT_BYTES, sp, type Instr, type Reg } from "./machine.js";
import type { Selector } from "./select.js";

export function selectCall(selector: Selector, call: Value): void {
  const callee = selector.callees.get(call.symbol);
  const indirect = call.op === "callIndirect";
  const args = indirect ? call.args.slice(1) : call.args;
  const places = argumentPlaces(args.map(({ type }) => type));
  const onStack = args.flatMap((arg, index) => (places[index]!.word === undefined ? [] : [{ arg, word: places[index]!.word }]));
  const inRegisters = args.flatMap((arg, index) => (places[index]!.reg === undefined ? [] : [{ arg, reg: places[index]!.reg }]));
  selector.frame.outgoing = Math.max(selector.frame.outgoing, onStack.length * SLOT_BYTES);
  const target = indirect ? { op: "callr", rs1: selector.use(call.args[0]!) } : { op: "call", symbol: call.symbol };
  const kept = indirect ? [] : (callee?.attributes.preserve ?? []);
  const types = [call, ...selector.pendingResults].reduce<(Type | undefined)[]>((known, { imm, type }, index) => {
    known[index === 0 ? 0 : Number(imm)] = type;
    return known;
  }, []);
  const results = resultMoves(selector, call, resultRegs(callee?.results ?? [...types], callee?.attributes.returns));
  const clobbered = selector.usesFloats ? [...callerSaved, ...floatCallerSaved] : callerSaved;
  selector.emit(
    ...onStack.map(({ arg, word }): Instr => ({
      op: isFloat(arg.type) ? { f32: "fsw", f64: "fsd" }[arg.type] : "sd",
      rs2: selector.use(arg),
      rs1: sp,
      imm: word * SLOT_BYTES,
      area: "outgoing",
    })),
    ...inRegisters.map(({ arg, reg }) => selector.moveTo(reg, arg)),
    {
      ...target,
      reads: inRegisters.map(({ reg }) => reg),
      writes: [ra, ...clobbered.filter((reg) => !kept.includes(reg) || results.some(({ rs1 }) => rs1 === reg))],
    },
    ...results,
  );
}

/// Moves from the registers of results to those that are asked for.
function resultMoves(selector: Selector, value: Value, registers: readonly Reg[]): Instr[] {
  return [value, ...selector.pendingResults].flatMap((result): Instr[] => {
    const rd = selector.registerOf(result);
    const from = registers[result === value ? 0 : Number(result.imm)]!;
    return rd === undefined ? [] : [copyOf(rd, from)];
  });
}

export function selectAsm(selector: Selector, value: Value): void {
  const asm = value.asm!;
  const outputs = asm.outputs.map(({ register }) => register ?? selector.fresh());
  // What is passed in a given register goes there last, when the others are in theirs.
  const inputs = value.args.map((arg, index) => asm.inputs[index] ?? selector.use(arg));
  const moves = value.args.flatMap((arg, index): Instr[] => {
    const given = asm.inputs[index];
    return given === undefined ? [] : [selector.moveTo(given, arg)];
  });
  const results = [value, ...selector.pendingResults].flatMap((result): Instr[] => {
    const index = result === value ? 0 : Number(result.imm);
    const [rd, from] = [selector.registerOf(result), outputs[index]];
    if (rd === undefined || from === undefined) return [];
    // Nobody says what assembly leaves above 32 bits.
    return [result.type === "i32" ? { op: "addiw", rd, rs1: from, imm: 0 } : { op: "mv", rd, rs1: from }];
  });
  selector.emit(
    ...moves,
    {
      op: "asm",
      asm,
      reads: inputs,
      writes: [...outputs, ...asm.clobbers.filter((reg) => !outputs.includes(reg))],
      early: asm.lines.length > 1,
    },
    ...results,
  );
}

const amo: Record<Exclude<AtomicOp, "cas">, string> = { add: "amoadd", and: "amoand", or: "amoor", xor: "amoxor", swap: "amoswap" };

/// Sequentially consistent. Compare-and-swap is one pseudo-instruction, a loop that layout writes out whole.
export function selectAtomic(selector: Selector, value: Value): void {
  const width = value.memory === "i64" ? "d" : "w";
  const [address, operand, desired] = value.args as [Value, Value, Value?];
  const rd = selector.registerOf(value) ?? selector.fresh();
  const rs1 = selector.use(address);
  if (value.atomic !== "cas" || !desired)
    return selector.emit({ op: `${amo[value.atomic as keyof typeof amo]}.${width}`, rd, rs1, rs2: selector.use(operand), imm: 3 });
  selector.emit({
    op: `cas.${width}`,
    reads: [rs1, selector.use(operand), selector.use(desired)],
    writes: [rd, selector.fresh()],
    early: true,
  });
}

// Instruction selection, bottom up and on demand: an instruction is chosen for
// a value only when a later one asked for its register. A pattern covers a
// tree by asking for the registers of its leaves, so what it swallowed (a
// compare in a branch, a constant in an immediate) is never emitted by itself.
// A block's users come after it in reverse postorder, so blocks go backwards.

import { dominates, immediateDominators, loopDepths, reversePostorder } from "../ir/graph.js";
import { inverse, isComparison, type Comparison } from "../ir/ops.js";
import type { Block, Edge, Func, MemoryType, Value } from "../ir/types.js";
import { maximum } from "../passes/simplify.js";
import {
  argumentRegs,
  FIRST_VIRTUAL,
  fitsImm12,
  SLOT_BYTES,
  sp,
  zero,
  type Instr,
  type MachineBlock,
  type MachineFunc,
  type Reg,
} from "./machine.js";
import { sequentialise } from "./parallel-copy.js";

const branches: Record<Comparison, string> = { eq: "beq", ne: "bne", lts: "blt", ges: "bge", ltu: "bltu", geu: "bgeu" };
const loads: Record<MemoryType, string> = { u8: "lbu", s8: "lb", u16: "lhu", s16: "lh", i32: "lw", i64: "ld" };
const stores: Record<MemoryType, string> = { u8: "sb", s8: "sb", u16: "sh", s16: "sh", i32: "sw", i64: "sd" };
/// Machine operation, and its form with an immediate. `w` is appended for i32 where there is such a form.
const arithmetic: Record<string, { op: string; immediate?: string; word?: true }> = {
  add: { op: "add", immediate: "addi", word: true },
  sub: { op: "sub", word: true },
  mul: { op: "mul", word: true },
  and: { op: "and", immediate: "andi" },
  or: { op: "or", immediate: "ori" },
  xor: { op: "xor", immediate: "xori" },
  shl: { op: "sll", immediate: "slli", word: true },
  shru: { op: "srl", immediate: "srli", word: true },
  shrs: { op: "sra", immediate: "srai", word: true },
  divs: { op: "div", word: true },
  divu: { op: "divu", word: true },
  rems: { op: "rem", word: true },
  remu: { op: "remu", word: true },
  lts: { op: "slt", immediate: "slti" },
  ltu: { op: "sltu", immediate: "sltiu" },
};
/// Extensions as a pair of shifts.
const shiftPairs: Record<string, { by: number; right: string }> = {
  zext: { by: 32, right: "srli" },
  sext8: { by: 56, right: "srai" },
  zext16: { by: 48, right: "srli" },
  sext16: { by: 48, right: "srai" },
};

export function select(fn: Func): MachineFunc {
  const order = reversePostorder(fn);
  const depths = loopDepths(fn);
  const registers = new Map<Value, Reg>();
  const constantUses = new Map<Value, Block[]>();
  const traps: MachineBlock[] = [];
  const frameOffsets = new Map<string, number>();
  let nextVirtual = FIRST_VIRTUAL,
    slots = 0;
  let current = order[0]!;
  let chunks: Instr[][] = [];

  const labelOf = (block: Block) => `${fn.name}.${block.id}`;
  const machineBlocks = new Map<Block, MachineBlock>(
    order.map((block) => [block, { label: labelOf(block), code: [], successors: [], depth: depths.get(block) ?? 0 }]),
  );
  const machineBlock = (block: Block) => machineBlocks.get(block)!;
  const fresh = (): Reg => nextVirtual++;
  const emit = (...code: Instr[]): void => void chunks.push(code);

  for (const block of [...order].reverse()) {
    current = block;
    chunks = [];
    selectEnd(block);
    for (const value of [...block.body].reverse()) selectValue(value);
    if (block === order[0])
      block.params.forEach((param, index) => emit({ op: "mv", rd: use(param), rs1: argumentRegs[index]! }));
    machineBlock(block).code = chunks.reverse().flat();
    machineBlock(block).successors = block.end.edges.map(({ to }) => machineBlock(to));
  }
  placeConstants();
  return { name: fn.name, blocks: [...order.map(machineBlock), ...traps], nextVirtual, slots };

  /// The value itself, or the one whose register holds the same bits.
  function sourceOf(value: Value): Value {
    const [operand] = value.args;
    const isCopy = value.op === "sext" || (value.op === "trunc" && (maximum(operand!) ?? 1n << 31n) < 1n << 31n);
    return isCopy ? sourceOf(operand!) : value;
  }

  /// Asks for a value's register.
  function use(value: Value): Reg {
    value = sourceOf(value);
    if (value.op === "const" && value.imm === 0n) return zero;
    if (value.op === "const") constantUses.set(value, [...(constantUses.get(value) ?? []), current]);
    const reg = registers.get(value) ?? fresh();
    registers.set(value, reg);
    return reg;
  }

  /// As `use`, where only the low 32 bits are read.
  function useLow(value: Value): Reg {
    return use(value.op === "trunc" ? value.args[0]! : value);
  }

  function selectEnd({ end }: Block): void {
    switch (end.kind) {
      case "jump":
        emit(...copies(end.edges[0]), { op: "j", target: machineBlock(end.edges[0].to) });
        break;
      case "branch":
        emit(branch(end.condition, machineBlock(end.edges[0].to), true), {
          op: "j",
          target: machineBlock(end.edges[1].to),
        });
        break;
      case "return":
        emit(...(end.value ? [{ op: "mv", rd: argumentRegs[0]!, rs1: use(end.value) }] : []), {
          op: "ret",
          reads: end.value ? [argumentRegs[0]!] : [],
        });
        break;
      case "trap":
        emit({ op: "ebreak" });
    }
  }

  function copies({ to, args }: Edge): Instr[] {
    const moves = to.params.map((param, index) => ({ param, arg: sourceOf(args[index]!) }));
    const fromRegister = moves.filter(({ arg }) => arg.op !== "const");
    const constants = moves.filter(({ arg }) => arg.op === "const");
    return [
      ...sequentialise(
        fromRegister.map(({ param, arg }) => ({ to: use(param), from: use(arg) })),
        fresh,
      ),
      ...constants.map(({ param, arg }) => ({ op: "li", rd: use(param), value: arg.imm })),
    ];
  }

  /// Branches to `target` where the condition is `when`.
  function branch(condition: Value, target: MachineBlock, when: boolean): Instr {
    if (!isComparison(condition.op)) return { op: when ? "bne" : "beq", rs1: use(condition), rs2: zero, target };
    const op = when ? condition.op : inverse[condition.op];
    return { op: branches[op], rs1: use(condition.args[0]!), rs2: use(condition.args[1]!), target };
  }

  function selectValue(value: Value): void {
    const [left, right] = value.args as [Value, Value];
    if (value.op === "store") {
      const rs2 = value.memory === "i64" ? use(right) : useLow(right);
      return emitAccess({ op: stores[value.memory], rs2 }, left, value.imm);
    }
    if (value.op === "check") {
      const trap: MachineBlock = {
        label: `${fn.name}.trap${traps.length}`,
        code: [{ op: "ebreak" }],
        successors: [],
        depth: 0,
        trap: value.reason,
      };
      traps.push(trap);
      return emit(branch(left, trap, false));
    }
    if (value.op === "call") return selectCall(value);
    const rd = registers.get(value);
    if (rd === undefined || value.op === "const") return;
    if (value.op === "load") return emitAccess({ op: loads[value.memory], rd }, left, value.imm);
    if (value.op === "global") return emit({ op: "la", rd, symbol: value.symbol, imm: Number(value.imm) });
    if (value.op === "slot") return emit({ op: "addi", rd, rs1: sp, imm: frameOffset(value) });
    selectOperation(value, rd, left, right);
  }

  /// From sp, which is fixed in the body; spill slots come above.
  function frameOffset({ symbol, imm }: Value): number {
    if (!frameOffsets.has(symbol)) {
      frameOffsets.set(symbol, slots * SLOT_BYTES);
      slots += Math.ceil(Number(imm) / SLOT_BYTES);
    }
    return frameOffsets.get(symbol)!;
  }

  /// A load or store; an offset of more than 12 bits is added first.
  function emitAccess(access: Instr, address: Value, offset: bigint): void {
    if (fitsImm12(offset)) return emit({ ...access, rs1: use(address), imm: Number(offset) });
    const [far, sum] = [fresh(), fresh()];
    emit(
      { op: "li", rd: far, value: offset },
      { op: "add", rd: sum, rs1: use(address), rs2: far },
      { ...access, rs1: sum, imm: 0 },
    );
  }

  function selectCall(value: Value): void {
    const moves = value.args.map((arg, index): Instr => moveTo(argumentRegs[index]!, arg));
    const result = registers.get(value);
    const call: Instr = { op: "call", symbol: value.symbol, reads: argumentRegs.slice(0, value.args.length) };
    emit(...moves, call, ...(result === undefined ? [] : [{ op: "mv", rd: result, rs1: argumentRegs[0]! }]));
  }

  function moveTo(rd: Reg, value: Value): Instr {
    const source = sourceOf(value);
    return source.op === "const" ? { op: "li", rd, value: source.imm } : { op: "mv", rd, rs1: use(source) };
  }

  function selectOperation(value: Value, rd: Reg, left: Value, right: Value): void {
    const pair = shiftPairs[value.op];
    if (pair) {
      const shifted = fresh();
      return emit(
        { op: "slli", rd: shifted, rs1: useLow(left), imm: pair.by },
        { op: pair.right, rd, rs1: shifted, imm: pair.by },
      );
    }
    if (value.op === "zext8") return emit({ op: "andi", rd, rs1: useLow(left), imm: 0xff });
    if (value.op === "trunc") return emit({ op: "addiw", rd, rs1: use(left), imm: 0 });
    if (value.op === "eq" || value.op === "ne") return selectEquality(value.op, rd, left, right);
    if (value.op === "ges" || value.op === "geu") {
      const less = fresh();
      const op = value.op === "ges" ? "slt" : "sltu";
      return emit({ op, rd: less, rs1: use(left), rs2: use(right) }, { op: "xori", rd, rs1: less, imm: 1 });
    }
    const pattern = arithmetic[value.op]!;
    const word = value.type === "i32" && pattern.word;
    // A wrapped sum, product or left shift needs no more than the low halves of its operands.
    const operand = word ? useLow : use;
    const suffix = word ? "w" : "";
    if (pattern.immediate && right.op === "const" && fitsImm12(right.imm))
      return emit({ op: pattern.immediate + suffix, rd, rs1: operand(left), imm: Number(right.imm) });
    emit({ op: pattern.op + suffix, rd, rs1: operand(left), rs2: operand(right) });
  }

  function selectEquality(op: "eq" | "ne", rd: Reg, left: Value, right: Value): void {
    const difference = right.op === "const" && right.imm === 0n ? use(left) : fresh();
    const test: Instr =
      op === "eq" ? { op: "sltiu", rd, rs1: difference, imm: 1 } : { op: "sltu", rd, rs1: zero, rs2: difference };
    if (right.op === "const" && right.imm === 0n) return emit(test);
    emit({ op: "xor", rd: difference, rs1: use(left), rs2: use(right) }, test);
  }

  /// A constant that needs a register is made once, outside every loop, above all its uses.
  function placeConstants(): void {
    const idom = immediateDominators(fn);
    for (const [value, blocks] of constantUses) {
      let home = blocks[0]!;
      while (!blocks.every((block) => dominates(idom, home, block)) || (depths.get(home) ?? 0) > 0)
        home = idom.get(home)!;
      const { code } = machineBlock(home);
      const entryMoves = home === order[0] ? home.params.length : 0;
      const ends = code.findIndex((instr) => instr.target && !instr.target.trap);
      const position = blocks.includes(home) ? entryMoves : ends < 0 ? code.length : ends;
      code.splice(position, 0, { op: "li", rd: registers.get(value)!, value: value.imm });
    }
  }
}

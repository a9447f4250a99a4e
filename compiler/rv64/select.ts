// Instruction selection, bottom up and on demand: an instruction is chosen for
// a value only when a later one asked for its register. A pattern covers a
// tree by asking for the registers of its leaves, so what it swallowed (a
// compare in a branch, a constant in an immediate) is never emitted by itself.
// A block's users come after it in reverse postorder, so blocks go backwards.

import { withoutValues } from "../ir/debug.js";
import { type Dominators, dominatorsOf, loopDepths } from "../ir/graph.js";
import { inverse, isComparison, isFloat, type Comparison, type FloatType } from "../ir/ops.js";
import {
  hasEffect,
  usesOfEnd,
  type Block,
  type Edge,
  type Func,
  type Location,
  type MemoryType,
  type Module,
  type Reason,
  type Type,
  type Value,
} from "../ir/types.js";
import { maximum } from "../passes/maximum.js";
import { Refusal } from "../refusal.js";
import { argumentPlaces, resultRegs } from "./convention.js";
import {
  argumentRegs,
  copyOf,
  FIRST_VIRTUAL,
  FIRST_VIRTUAL_FLOAT,
  fitsImm12,
  floatArgumentRegs,
  freshLike,
  isFloatReg,
  newInstr,
  ra,
  reservedRegs,
  SLOT_BYTES,
  sp,
  zero,
  type Instr,
  type MachineBlock,
  type MachineFunc,
  type Reg,
} from "./machine.js";
import { sequentialise } from "./parallel-copy.js";
import { selectAsm, selectAtomic, selectCall } from "./select-call.js";
import { selectOperation } from "./select-operation.js";
import { unsignedLoads } from "./unsigned-loads.js";

const branches: Record<Comparison, string> = { eq: "beq", ne: "bne", lts: "blt", ges: "bge", ltu: "bltu", geu: "bgeu" };
const loads: Record<MemoryType, string> = { u8: "lbu", s8: "lb", u16: "lhu", s16: "lh", i32: "lw", i64: "ld", f32: "flw", f64: "fld" };
const stores: Record<MemoryType, string> = { u8: "sb", s8: "sb", u16: "sh", s16: "sh", i32: "sw", i64: "sd", f32: "fsw", f64: "fsd" };

/// Between an integer register and an FP one, the bits as they are.
export const toBits: Record<FloatType, string> = { f32: "fmv.x.w", f64: "fmv.x.d" };
export const fromBits: Record<FloatType, string> = { f32: "fmv.w.x", f64: "fmv.d.x" };
/// It can be made by one `li`, and does not lie in memory.
const isConstant = ({ op, type, symbol }: Value) => op === "const" && !isFloat(type) && symbol === "";

/// Of a mask of low bits that is too wide for an immediate: the shift that leaves only those bits.
function lowBitsShift({ op, args }: Value): number | undefined {
  const mask = op === "and" && args[1]?.op === "const" ? args[1].imm : 0n;
  return mask > 0x7ffn && (mask & (mask + 1n)) === 0n ? 64 - mask.toString(2).length : undefined;
}

/// What calls need to know of a module's functions.
export type Callees = ReadonlyMap<string, Callee>;
export type Callee = Pick<Func, "name" | "attributes" | "results">;
export const calleesOf = (module: Module): Callees => new Map(module.functions.map((fn) => [fn.name, fn]));

export function select(fn: Func, callees: Callees): MachineFunc {
  return new Selector(fn, callees).select();
}

export class Selector {
  private readonly dominators: Dominators;
  private readonly depths: Map<Block, number>;
  private readonly registers = new Map<Value, Reg>();
  private readonly constantUses = new Map<Value, Set<Block>>();
  /// Of addresses of symbols.
  private readonly useCounts = new Map<Value, number>();
  private readonly homes = new Map<Value, Block>();
  private readonly unsigned: ReadonlySet<Value>;
  private readonly machineBlocks = new Map<Block, MachineBlock>();
  private readonly cold: MachineBlock[] = [];
  private readonly slots = new Map<string, number>();
  private readonly preserved: readonly Reg[];
  readonly frame = { outgoing: 0, spills: 0, slots: 0 };
  /// The further results that follow the value that is selected next.
  pendingResults: Value[] = [];
  /// Functions without floats leave the FP registers alone, and are allocated faster.
  readonly usesFloats: boolean;
  private readonly ids = { nextVirtual: FIRST_VIRTUAL, nextVirtualFloat: FIRST_VIRTUAL_FLOAT };
  private current!: Block;
  private location: Location | undefined;
  /// The current block's code, its last instruction first.
  private reversed: Instr[] = [];

  constructor(
    readonly fn: Func,
    readonly callees: Callees,
  ) {
    this.dominators = dominatorsOf(fn);
    this.depths = loopDepths(fn);
    this.preserved = fn.attributes.preserve ?? [];
    this.usesFloats = this.dominators.order.some(({ params, body }) => params.some(({ type }) => isFloat(type)) || body.some(({ type }) => isFloat(type)));
    this.unsigned = unsignedLoads(this.dominators.order);
    for (const block of this.dominators.order) {
      for (const value of block.body) {
        if (value.op === "global") this.homes.set(value, block);
        this.countAddresses(value.args);
      }
      this.countAddresses(usesOfEnd(block.end));
    }
  }

  private countAddresses(used: readonly Value[]): void {
    for (const value of used) if (value.op === "global") this.useCounts.set(value, (this.useCounts.get(value) ?? 0) + 1);
  }

  select(): MachineFunc {
    const { order } = this.dominators;
    // Where nothing else writes them, preserved registers are simply live to the end; else they are saved.
    const saves = order.some(({ body }) => body.some((value) => this.mayClobberPreserved(value)));
    for (const block of order)
      this.machineBlocks.set(block, {
        label: `${this.fn.name}.${block.id}`,
        code: [],
        successors: [],
        depth: this.depths.get(block) ?? 0,
        cold: block.end.kind === "trap",
      });
    for (const block of [...order].reverse()) {
      this.current = block;
      this.reversed = [];
      this.location = undefined;
      this.selectEnd(block, saves ? [] : this.preserved);
      for (let at = block.body.length - 1; at >= 0; at--) this.selectValue(block.body[at]!);
      this.location = this.fn.location;
      if (block === order[0]) this.selectParams(block);
      const machine = this.machineBlock(block);
      machine.code = this.reversed.reverse();
      machine.successors = block.end.edges.map(({ to }) => this.machineBlock(to));
    }
    this.placeConstants();
    const blocks = order.map((block) => this.machineBlock(block));
    return {
      name: this.fn.name,
      attributes: this.fn.attributes,
      location: this.fn.location,
      blocks: [...blocks.filter(({ cold }, index) => !cold || index === 0), ...blocks.filter(({ cold }, index) => cold && index > 0), ...this.cold],
      ...this.ids,
      frame: this.frame,
      alsoSaved: saves ? this.preserved : [],
      selected: { registerOf: (value) => this.registers.get(this.sourceOf(value)), slots: this.slots },
      spilled: new Map(),
    };
  }

  private mayClobberPreserved({ op, asm }: Value): boolean {
    return (
      this.preserved.length > 0 &&
      (op === "call" || op === "callIndirect" || (asm?.clobbers.some((reg) => this.preserved.includes(reg)) ?? false))
    );
  }

  private machineBlock(block: Block): MachineBlock {
    return this.machineBlocks.get(block)!;
  }

  fresh(type?: Type): Reg {
    return isFloat(type) ? this.ids.nextVirtualFloat++ : this.ids.nextVirtual++;
  }

  /// One group of instructions, before all that were emitted so far.
  emit(...code: Instr[]): void {
    for (let at = code.length - 1; at >= 0; at--) this.reversed.push(newInstr(code[at]!, code[at]!.location ?? this.location));
  }

  /// A block on the cold side of the function that stops with a reason.
  private trapBlock(reason: Reason, location: Location | undefined): MachineBlock {
    const block: MachineBlock = {
      label: `${this.fn.name}.trap${this.cold.length}`,
      code: [newInstr({ op: "ebreak", reason, location })],
      successors: [],
      depth: 0,
      cold: true,
    };
    this.cold.push(block);
    return block;
  }

  /// The value itself, or the one whose register holds the same bits.
  private sourceOf(value: Value): Value {
    for (;;) {
      const [operand] = value.args;
      const isCopy = value.op === "sext" || (value.op === "zext" && this.unsigned.has(operand!)) || (value.op === "trunc" && (maximum(operand!) ?? 1n << 31n) < 1n << 31n);
      if (!isCopy) return value;
      value = operand!;
    }
  }

  /// Asks for a value's register.
  use(value: Value): Reg {
    value = this.sourceOf(value);
    if (value.op === "register") return this.reserved(value);
    if (value.op === "const") {
      if (value.imm === 0n && !isFloat(value.type)) return zero;
      const uses = this.constantUses.get(value);
      if (uses) uses.add(this.current);
      else this.constantUses.set(value, new Set([this.current]));
    }
    const known = this.registers.get(value);
    if (known !== undefined) return known;
    const reg = this.fresh(value.type);
    this.registers.set(value, reg);
    return reg;
  }

  /// As `use`, where only the low 32 bits are read.
  useLow(value: Value): Reg {
    return this.use(value.op === "trunc" ? value.args[0]! : value);
  }

  /// The register that somebody asked for.
  registerOf(value: Value): Reg | undefined {
    return this.registers.get(value);
  }

  private reserved({ symbol, location }: Value): Reg {
    const reg = reservedRegs[symbol];
    if (reg === undefined) throw new Refusal("TM4005", symbol, location);
    return reg;
  }

  moveTo(rd: Reg, value: Value): Instr {
    const source = this.sourceOf(value);
    if (isFloat(source.type) && !isFloatReg(rd)) return { op: toBits[source.type], rd, rs1: this.use(source) };
    return isConstant(source) ? { op: "li", rd, value: source.imm } : copyOf(rd, this.use(source));
  }

  private selectParams(block: Block): void {
    const places = argumentPlaces(block.params.map(({ type }) => type));
    block.params.forEach((param, index) => {
      const rd = this.registers.get(param);
      const { reg: from, word } = places[index]!;
      if (rd === undefined) return;
      if (from === undefined) this.emit({ op: isFloat(param.type) ? loads[param.type] : "ld", rd, rs1: sp, imm: word * SLOT_BYTES, area: "incoming" });
      else if (isFloat(param.type) && !isFloatReg(from)) this.emit({ op: fromBits[param.type], rd, rs1: from });
      else this.emit(copyOf(rd, from));
    });
  }

  private selectEnd({ body, end }: Block, kept: readonly Reg[]): void {
    switch (end.kind) {
      case "jump":
        this.emit(...this.copies(end.edges[0]), { op: "j", target: this.machineBlock(end.edges[0].to) });
        break;
      case "branch":
        // A condition of another block belongs to a point with other values.
        this.location = body.includes(end.condition) ? end.condition.location : withoutValues(end.condition.location);
        this.emit(...this.branch(end.condition, this.machineBlock(end.edges[0].to), true), {
          op: "j",
          target: this.machineBlock(end.edges[1].to),
        });
        break;
      case "return": {
        const targets = resultRegs(this.fn.results, this.fn.attributes.returns);
        this.location = end.values[0]?.location;
        this.emit(...end.values.map((value, index) => this.moveTo(targets[index]!, value)), {
          op: "ret",
          reads: [ra, ...targets, ...kept],
        });
        break;
      }
      case "trap":
        this.location = end.location;
        this.emit({ op: "ebreak", reason: end.reason });
    }
  }

  private copies({ to, args }: Edge): Instr[] {
    if (args.length === 0) return [];
    const moves = to.params
      .map((param, index) => ({ param, arg: this.sourceOf(args[index]!) }))
      .filter(({ param, arg }) => param !== arg);
    const fromRegister = moves.filter(({ arg }) => !isConstant(arg));
    const constants = moves.filter(({ arg }) => isConstant(arg));
    return [
      ...sequentialise(
        fromRegister.map(({ param, arg }) => ({ to: this.use(param), from: this.use(arg) })),
        (like) => freshLike(this.ids, like),
      ),
      ...constants.map(({ param, arg }): Instr => ({ op: "li", rd: this.use(param), value: arg.imm })),
    ];
  }

  /// Branches to `target` where the condition is `when`.
  private branch(condition: Value, target: MachineBlock, when: boolean): Instr[] {
    if (!isComparison(condition.op)) return [{ op: when ? "bne" : "beq", rs1: this.use(condition), rs2: zero, target }];
    const op = branches[when ? condition.op : inverse[condition.op]];
    const [left, right] = condition.args as [Value, Value];
    const amount = lowBitsShift(left);
    // Bits above an `andi` that are all zero: shift the others out.
    if (amount !== undefined && (condition.op === "eq" || condition.op === "ne") && right.op === "const" && right.imm === 0n) {
      const shifted = this.fresh();
      return [
        { op: "slli", rd: shifted, rs1: this.use(left.args[0]!), imm: amount },
        { op, rs1: shifted, rs2: zero, target },
      ];
    }
    return [{ op, rs1: this.use(left), rs2: this.use(right), target }];
  }

  private selectValue(value: Value): void {
    const [left, right] = value.args as [Value, Value];
    this.location = value.location;
    switch (value.op) {
      case "store": {
        const rs2 = value.memory === "i64" || isFloat(right.type) ? this.use(right) : this.useLow(right);
        return this.emitAccess({ op: stores[value.memory], rs2 }, left, value.imm);
      }
      case "check":
        return this.emit(...this.branch(left, this.trapBlock(value.reason, value.location), false));
      case "result":
        this.pendingResults.push(value);
        return;
      case "call":
      case "callIndirect":
        selectCall(this, value);
        this.pendingResults = [];
        return;
      case "atomic":
        return selectAtomic(this, value);
      case "asm":
        if (hasEffect(value) || [value, ...this.pendingResults].some((result) => this.registers.has(result)))
          selectAsm(this, value);
        this.pendingResults = [];
        return;
      case "load": {
        const rd = this.registers.get(value) ?? (value.volatile ? this.fresh(value.type) : undefined);
        if (rd !== undefined) this.emitAccess({ op: this.unsigned.has(value) ? "lwu" : loads[value.memory], rd }, left, value.imm);
        return;
      }
      case "const":
      case "register":
        return;
    }
    const rd = this.registers.get(value);
    if (rd === undefined) return;
    if (value.op === "global") this.emit({ op: "la", rd, symbol: value.symbol, imm: Number(value.imm) });
    else if (value.op === "slot") this.emit({ op: "addi", rd, rs1: sp, imm: this.slotOffset(value), area: "slots" });
    else selectOperation(this, value, rd, left, right);
  }

  /// Used by one access, as often as it is computed: the low part of the address fits into the access.
  private isUsedOnce(address: Value): boolean {
    return this.useCounts.get(address) === 1 && this.depths.get(this.homes.get(address)!) === this.depths.get(this.current);
  }

  private slotOffset({ symbol, imm }: Value): number {
    const known = this.slots.get(symbol);
    if (known !== undefined) return known;
    const offset = this.frame.slots;
    this.frame.slots += Math.ceil(Number(imm) / SLOT_BYTES) * SLOT_BYTES;
    this.slots.set(symbol, offset);
    return offset;
  }

  /// A load or store; an offset of more than 12 bits is added first.
  private emitAccess(access: Instr, address: Value, offset: bigint): void {
    if (address.op === "global" && this.isUsedOnce(address)) {
      const symbol = { symbol: address.symbol, imm: Number(address.imm + offset) };
      return this.emit(access.rd === undefined || isFloatReg(access.rd) ? { ...access, ...symbol, writes: [this.fresh()], early: true } : { ...access, ...symbol });
    }
    if (address.op === "slot")
      return this.emit({ ...access, rs1: sp, imm: this.slotOffset(address) + Number(offset), area: "slots" });
    if (fitsImm12(offset)) return this.emit({ ...access, rs1: this.use(address), imm: Number(offset) });
    const [far, sum] = [this.fresh(), this.fresh()];
    this.emit(
      { op: "li", rd: far, value: offset },
      { op: "add", rd: sum, rs1: this.use(address), rs2: far },
      { ...access, rs1: sum, imm: 0 },
    );
  }

  private makeConstant({ type, imm, symbol }: Value, rd: Reg): Instr[] {
    if (!isFloat(type)) return [symbol === "" ? { op: "li", rd, value: imm } : { op: loads[type as "i32" | "i64"], rd, symbol, imm: 0 }];
    if (imm === 0n) return [{ op: fromBits[type], rd, rs1: zero }];
    const scratch = this.fresh();
    if (symbol !== "") return [{ op: loads[type], rd, symbol, imm: 0, writes: [scratch], early: true }];
    return [{ op: "li", rd: scratch, value: imm }, { op: fromBits[type], rd, rs1: scratch }];
  }

  /// A constant that needs a register is made once, outside every loop, above all its uses.
  private placeConstants(): void {
    const entry = this.dominators.order[0]!;
    for (const [value, blocks] of this.constantUses) {
      let home = [...blocks].reduce((a, b) => this.dominators.nearestCommon(a, b));
      while ((this.depths.get(home) ?? 0) > 0) home = this.dominators.parent(home)!;
      const { code } = this.machineBlock(home);
      const entryMoves = home === entry ? code.findIndex(({ op, rs1, area }) => !((op === "mv" || op === "fmv" || op === "fmv.d.x" || op === "fmv.w.x") && (argumentRegs.includes(rs1!) || floatArgumentRegs.includes(rs1!))) && area !== "incoming") : 0;
      const ends = code.findIndex((instr) => instr.target && !instr.target.cold);
      const position = blocks.has(home) ? Math.max(entryMoves, 0) : ends < 0 ? code.length : ends;
      code.splice(position, 0, ...this.makeConstant(value, this.registers.get(value)!).map((instr) => newInstr(instr)));
    }
  }
}

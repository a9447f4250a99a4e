// Pseudo-instructions to rows of the table. Targets and symbols stay names
// until the layout is known.

import type { Operands } from "../../emulator/isa/row.js";
import { rowByMnemonic } from "../../emulator/isa/table.js";
import type { Location, Reason } from "../ir/types.js";
import type { FrameRule } from "../object/frame-rules.js";
import { Refusal } from "../refusal.js";
import { assemble } from "./assemble.js";
import { FIRST_FLOAT, fitsImm12, isBranch, isCall, isFloatReg, ra, zero, type FrameStep, type Instr, type MachineFunc, type Reg } from "./machine.js";
import type { Snapshot } from "./variables.js";

/// The label or symbol that an offset, or an address's high or low part, is measured to.
export interface Target {
  readonly name: string;
  readonly part: "offset" | "high" | "low";
  readonly addend: number;
}

/// One instruction of the table, nearly encoded.
export interface Piece {
  /// "": nothing but its labels.
  readonly mnemonic: string;
  readonly operands: Operands;
  readonly to?: Target | undefined;
  /// Names of the place where it lies.
  labels?: string[] | undefined;
  location?: Location | undefined;
  /// Of an ebreak that is a failed check or a trap.
  reason?: Reason | undefined;
  frameStep?: FrameStep | undefined;
  /// A directive about the frame, which takes no room.
  readonly frameRule?: FrameRule | undefined;
  /// For the debugger: what it knows before this instruction, and at a call's last byte.
  variables?: Snapshot | undefined;
  atEnd?: Snapshot | undefined;
}

/// Rounding modes.
const TRUNCATE = 1,
  DYNAMIC = 7;
const commutative = new Set(["add", "and", "or", "xor", "addw"]);
/// A function's code, in order; its blocks are labels.
export function piecesOf(fn: MachineFunc): Piece[] {
  let scopes = 0;
  const scope = () => `${fn.name}.local${scopes++}`;
  const pieces: Piece[] = [];
  for (const { label, code } of fn.blocks) {
    pieces.push(newPiece({ mnemonic: "", operands: {}, labels: [label] }));
    for (const instr of code) {
      const first = pieces.length;
      for (const piece of expand(instr, scope)) pieces.push(newPiece(piece, instr, pieces.length === first));
      if (pieces.length > first) pieces.at(-1)!.frameStep = instr.frameStep;
    }
  }
  return pieces;
}

/// All pieces of compiled code are made here, field by field: they have one shape then.
function newPiece({ mnemonic, operands, to, labels, reason, frameRule }: Piece, instr?: Instr, isFirst = true): Piece {
  return {
    mnemonic,
    operands,
    to,
    labels,
    location: instr?.location,
    reason,
    frameStep: undefined,
    frameRule,
    variables: isFirst ? instr?.variables : instr?.during,
    atEnd: instr && isCall(instr) ? instr.during : undefined,
  };
}

/// `scope` makes names for labels inside a pattern.
function expand(instr: Instr, scope: () => string): Piece[] {
  const { op, rd, rs1, rs2, imm = 0, symbol = "" } = instr;
  const label = (name: string): Target => ({ name, part: "offset", addend: 0 });
  switch (op) {
    case "fmv":
      return [{ mnemonic: "fsgnj.d", operands: { frd: rd! - FIRST_FLOAT, frs1: rs1! - FIRST_FLOAT, frs2: rs1! - FIRST_FLOAT } }];
    case "mv":
      return [{ mnemonic: "add", operands: { rd: rd!, rs1: zero, rs2: rs1! } }];
    case "li":
      return loadConstant(rd!, instr.value!);
    case "la":
      return loadAddress(rd!, symbol, imm);
    case "call":
      return [{ mnemonic: "jal", operands: { rd: ra }, to: label(symbol) }];
    case "callr":
      return [{ mnemonic: "jalr", operands: { rd: ra, rs1: rs1!, imm: 0 } }];
    case "ret":
      return [{ mnemonic: "jalr", operands: { rd: zero, rs1: ra, imm: 0 } }];
    case "j":
      return [{ mnemonic: "jal", operands: { rd: zero }, to: label(instr.target!.label) }];
    case "ebreak":
      return [{ mnemonic: "ebreak", operands: {}, reason: instr.reason }];
    case "asm":
      return inlineAssembly(instr, scope());
    case "cas.w":
    case "cas.d":
      return compareAndSwap(op.slice(-1), instr.reads!, instr.writes!, scope());
  }
  if (isBranch(instr)) return [{ mnemonic: op, operands: { rs1: rs1!, rs2: rs2! }, to: label(instr.target!.label) }];
  if (op.startsWith("amo")) return [{ mnemonic: op, operands: { rd: rd!, rs1: rs1!, rs2: rs2!, aqrl: imm } }];
  if (instr.symbol !== undefined) {
    // A load reaches through its own result, a store through a register that it was given.
    const base = instr.writes?.[0] ?? rd!;
    const [high, low] = loadAddress(base, symbol, imm);
    return [high!, { mnemonic: op, operands: registersOf({ rd, rs1: base, rs2 }), to: low!.to }];
  }
  // A compressed form wants the target as its first operand.
  const swap = commutative.has(op) && rs2 === rd;
  const operands = registersOf(swap ? { rd, rs1: rs2, rs2: rs1 } : { rd, rs1, rs2 });
  const other = otherOperand(op);
  // To integers numbers are truncated, else the current mode rounds.
  if (other === "rm") operands.rm = op.startsWith("fcvt.w") || op.startsWith("fcvt.l") ? TRUNCATE : DYNAMIC;
  else if (other) operands[other] = imm;
  return [{ mnemonic: op, operands }];
}

function inlineAssembly({ asm, reads, writes, location }: Instr, scope: string): Piece[] {
  const pieces = assemble(asm!, reads!, writes!, location, scope);
  // The compiler knows this frame, and says itself where things are.
  if (pieces.some(({ frameRule }) => frameRule)) throw new Refusal("TM4001", ".cfi_… is for naked functions", location);
  return pieces;
}

/// Until the store succeeds, or the value is another one.
function compareAndSwap(width: string, [address, expected, desired]: Reg[], [rd, failed]: Reg[], name: string): Piece[] {
  const to = (label: string): Target => ({ name: `${name}.${label}`, part: "offset", addend: 0 });
  return [
    { mnemonic: `lr.${width}`, operands: { rd: rd!, rs1: address!, aqrl: 3 }, labels: [to("again").name] },
    { mnemonic: "bne", operands: { rs1: rd!, rs2: expected! }, to: to("done") },
    { mnemonic: `sc.${width}`, operands: { rd: failed!, rs1: address!, rs2: desired!, aqrl: 1 } },
    { mnemonic: "bne", operands: { rs1: failed!, rs2: zero }, to: to("again") },
    { mnemonic: "", operands: {}, labels: [to("done").name] },
  ];
}

export function loadAddress(rd: Reg, name: string, addend: number): Piece[] {
  return [
    { mnemonic: "auipc", operands: { rd }, to: { name, part: "high", addend } },
    { mnemonic: "addi", operands: { rd, rs1: rd }, to: { name, part: "low", addend } },
  ];
}

/// lui and addi, then shifts and more addi for what is wider.
export function loadConstant(rd: Reg, value: bigint): Piece[] {
  if (fitsImm12(value)) return [{ mnemonic: "addi", operands: { rd, rs1: zero, imm: Number(value) } }];
  const low = BigInt.asIntN(12, value);
  if (BigInt.asIntN(32, value) === value) {
    const lui: Piece = { mnemonic: "lui", operands: { rd, upper: Number(BigInt.asIntN(32, value - low)) } };
    return low === 0n ? [lui] : [lui, { mnemonic: "addiw", operands: { rd, rs1: rd, imm: Number(low) } }];
  }
  let high = BigInt.asIntN(64, value - low) >> 12n;
  let shamt = 12;
  while ((high & 1n) === 0n) [high, shamt] = [high >> 1n, shamt + 1];
  const shifted: Piece[] = [...loadConstant(rd, high), { mnemonic: "slli", operands: { rd, rs1: rd, shamt } }];
  return low === 0n ? shifted : [...shifted, { mnemonic: "addi", operands: { rd, rs1: rd, imm: Number(low) } }];
}

/// What the row has beside registers.
function otherOperand(mnemonic: string): "imm" | "shamt" | "rm" | undefined {
  const { fields } = rowByMnemonic.get(mnemonic)!.pattern;
  for (const { name } of fields) if (name === "imm" || name === "shamt" || name === "rm") return name;
  return undefined;
}

/// Under the names that rows give them: those of the FP file have an f before theirs, and numbers of their own.
function registersOf({ rd, rs1, rs2 }: { rd?: Reg | undefined; rs1?: Reg | undefined; rs2?: Reg | undefined }): Operands {
  const named: Operands = {};
  if (rd !== undefined) isFloatReg(rd) ? (named.frd = rd - FIRST_FLOAT) : (named.rd = rd);
  if (rs1 !== undefined) isFloatReg(rs1) ? (named.frs1 = rs1 - FIRST_FLOAT) : (named.rs1 = rs1);
  if (rs2 !== undefined) isFloatReg(rs2) ? (named.frs2 = rs2 - FIRST_FLOAT) : (named.rs2 = rs2);
  return named;
}

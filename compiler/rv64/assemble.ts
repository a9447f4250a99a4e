// Assembly in the source. Each line is an instruction of the table in its own
// spelling, a pseudo-instruction that is rewritten to one, or a numeric label
// (`1:`) that `1f` and `1b` name. Operands were substituted by registers.

import { operandKinds } from "../../emulator/isa/operand.js";
import { parse } from "../../emulator/isa/text.js";
import { FIRST_CSR, frameRuleForms } from "../object/frame-rules.js";
import type { Asm, AsmPart, Location } from "../ir/types.js";
import { Refusal } from "../refusal.js";
import { loadAddress, loadConstant, type Piece, type Target } from "./expand.js";
import { ra, type Reg } from "./machine.js";

/// Pseudo-instructions as text: `$1` is an operand.
const rewrites: Readonly<Record<string, string>> = {
  nop: "addi zero, zero, 0",
  mv: "add $1, zero, $2",
  not: "xori $1, $2, -1",
  neg: "sub $1, zero, $2",
  negw: "subw $1, zero, $2",
  seqz: "sltiu $1, $2, 1",
  snez: "sltu $1, zero, $2",
  sltz: "slt $1, $2, zero",
  sgtz: "slt $1, zero, $2",
  "sext.w": "addiw $1, $2, 0",
  "zext.b": "andi $1, $2, 255",
  ret: "jalr zero, 0(ra)",
  jr: "jalr zero, 0($1)",
  csrr: "csrrs $1, $2, zero",
  csrw: "csrrw zero, $1, $2",
  csrs: "csrrs zero, $1, $2",
  csrc: "csrrc zero, $1, $2",
  csrwi: "csrrwi zero, $1, $2",
  csrsi: "csrrsi zero, $1, $2",
  csrci: "csrrci zero, $1, $2",
  rdcycle: "csrrs $1, cycle, zero",
  rdtime: "csrrs $1, time, zero",
  rdinstret: "csrrs $1, instret, zero",
};
/// Jumps: as above, with the target as the last operand.
const jumps: Readonly<Record<string, string>> = {
  j: "jal zero",
  call: "jal ra",
  tail: "jal zero",
  jal: "jal $1",
  beqz: "beq $1, zero",
  bnez: "bne $1, zero",
  bltz: "blt $1, zero",
  bgez: "bge $1, zero",
  blez: "bge zero, $1",
  bgtz: "blt zero, $1",
  bgt: "blt $2, $1",
  ble: "bge $2, $1",
  bgtu: "bltu $2, $1",
  bleu: "bgeu $2, $1",
  beq: "beq $1, $2",
  bne: "bne $1, $2",
  blt: "blt $1, $2",
  bge: "bge $1, $2",
  bltu: "bltu $1, $2",
  bgeu: "bgeu $1, $2",
};

const nameOf = (reg: Reg) => operandKinds.rd.print(reg);

/// `inputs` and `outputs`: the registers of the operands. `scope` keeps labels apart.
export function assemble(
  asm: Asm,
  inputs: readonly Reg[],
  outputs: readonly Reg[],
  location: Location | undefined,
  scope: string,
): Piece[] {
  const assembler = new Assembler(inputs, outputs, location, scope);
  for (const line of asm.lines) assembler.line(line);
  return assembler.finish();
}

class Assembler {
  private readonly pieces: Piece[] = [];
  private labels: string[] = [];
  /// How often each numeric label was set.
  private readonly counts = new Map<string, number>();
  private text = "";

  constructor(
    private readonly inputs: readonly Reg[],
    private readonly outputs: readonly Reg[],
    private readonly location: Location | undefined,
    private readonly scope: string,
  ) {}

  finish(): Piece[] {
    if (this.labels.length > 0) this.pieces.push({ mnemonic: "", operands: {}, labels: this.labels });
    const known = new Set(this.pieces.flatMap(({ labels }) => labels ?? []));
    for (const { to } of this.pieces)
      if (to?.name.startsWith(`${this.scope}.`) && !known.has(to.name))
        this.refuse(`no label ${to.name.slice(this.scope.length + 1).replace(/\..*/, "")} for a jump`);
    return this.pieces;
  }

  line(parts: readonly AsmPart[]): void {
    const symbols = new Map<string, { symbol: string; addend: number }>();
    this.text = parts
      .map((part) => {
        if (part.kind === "text") return part.text;
        if (part.kind === "input") return nameOf(this.inputs[part.index]!);
        if (part.kind === "output") return nameOf(this.outputs[part.index]!);
        const placeholder = `symbol${symbols.size}`;
        symbols.set(placeholder, part);
        return placeholder;
      })
      .join("")
      .replace(/(\/\/|#).*$/, "")
      .trim();
    let rest = this.text;
    for (let label = /^(\d+):\s*/.exec(rest); label; label = /^(\d+):\s*/.exec(rest)) {
      this.labels.push(this.labelOf(label[1]!, 1));
      this.counts.set(label[1]!, (this.counts.get(label[1]!) ?? 0) + 1);
      rest = rest.slice(label[0].length);
    }
    if (rest === "") return;
    const [, mnemonic = "", operandText = ""] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
    const operands = operandText === "" ? [] : operandText.split(",").map((operand) => registerNames(operand.trim()));
    if (mnemonic.startsWith(".cfi_")) return this.frameRule(mnemonic.slice(".cfi_".length), operands);
    this.instruction(mnemonic, operands, symbols);
  }

  private frameRule(name: string, operands: readonly string[]): void {
    const form = frameRuleForms[name];
    if (!form || form.operands.length !== operands.length) this.refuse(this.text);
    const values = operands.map((text, index) => (form.operands[index] === "register" ? dwarfNumber(text) : Number(text)));
    if (!values.every(Number.isInteger)) this.refuse(this.text);
    this.push([{ mnemonic: "", operands: {}, frameRule: { name, operands: values } }]);
  }

  private instruction(
    mnemonic: string,
    operands: string[],
    symbols: ReadonlyMap<string, { symbol: string; addend: number }>,
  ): void {
    const fill = (template: string) => template.replace(/\$(\d)/g, (_, digit) => operands[Number(digit) - 1] ?? this.refuse(this.text));
    const target = (text: string | undefined): Target => {
      const local = /^(\d+)([fb])$/.exec(text ?? "");
      if (local) return { name: this.labelOf(local[1]!, local[2] === "f" ? 1 : 0), part: "offset", addend: 0 };
      const given = symbols.get(text ?? "");
      if (!given && !/^[\w.$]+$/.test(text ?? "")) this.refuse(this.text);
      return { name: given?.symbol ?? text!, part: "offset", addend: given?.addend ?? 0 };
    };
    if (mnemonic === "li" || mnemonic === "la") {
      const rd = operandKinds.rd.parse(operands[0] ?? "");
      if (rd < 0 || operands.length !== 2) this.refuse(this.text);
      if (mnemonic === "li") return this.push(loadConstant(rd, this.number(operands[1]!)));
      const { name, addend } = target(operands[1]);
      return this.push(loadAddress(rd, name, addend));
    }
    if (mnemonic === "jalr" && operands.length === 1) return this.encoded(`jalr ra, 0(${operands[0]})`);
    const jump = jumps[mnemonic];
    // `jal f` is `jal ra, f`.
    if (jump && operands.length > 0) {
      if (mnemonic === "jal" && operands.length === 1) operands.unshift(nameOf(ra));
      const to = target(operands.at(-1));
      const [piece] = this.parsed(`${fill(jump)}, .0`);
      return this.push([{ ...piece!, to }]);
    }
    if (mnemonic === "fence" && operands.length === 0) operands.push("iorw", "iorw");
    if (mnemonic === "sfence.vma") while (operands.length < 2) operands.push("zero");
    const rewrite = rewrites[mnemonic];
    this.encoded(rewrite ? fill(rewrite) : [mnemonic, operands.join(", ")].join(" ").trim());
  }

  private encoded(text: string): void {
    this.push(this.parsed(text));
  }

  private parsed(text: string): Piece[] {
    const found = parse(text) ?? this.refuse(this.text);
    for (const value of Object.values(found.operands)) if (value === undefined || Number.isNaN(value)) this.refuse(this.text);
    for (const [name, value] of Object.entries(found.operands))
      if (value < 0 && operandKinds[name as keyof typeof operandKinds].file) this.refuse(this.text);
    return [{ mnemonic: found.row.mnemonic, operands: found.operands }];
  }

  private number(text: string): bigint {
    const found = /^(-?)(0x[0-9a-f_]+|\d+)$/i.exec(text);
    if (!found) return this.refuse(this.text);
    const value = BigInt(found[2]!.replaceAll("_", ""));
    return BigInt.asIntN(64, found[1] ? -value : value);
  }

  private push(pieces: Piece[]): void {
    const [first] = pieces;
    if (first && this.labels.length > 0) first.labels = this.labels;
    this.labels = [];
    for (const piece of pieces) piece.location = this.location;
    this.pieces.push(...pieces);
  }

  private labelOf(label: string, ahead: number): string {
    return `${this.scope}.${label}.${(this.counts.get(label) ?? 0) + ahead}`;
  }

  private refuse(detail: string): never {
    throw new Refusal("TM4001", detail, this.location);
  }
}

/// A register by its name, or by its number where it has none; CSRs too.
function dwarfNumber(text: string): number {
  const register = operandKinds.rd.parse(text);
  if (register >= 0) return register;
  return /^\d+$/.test(text) ? Number(text) : FIRST_CSR + operandKinds.csr.parse(text);
}

/// `x10` and `fp` in the names of the psABI.
function registerNames(operand: string): string {
  return operand.replace(/\bx(\d+)\b/g, (text, digits) => (Number(digits) < 32 ? nameOf(Number(digits)) : text)).replace(/\bfp\b/g, "s0");
}

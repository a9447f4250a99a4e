// Rows: one per instruction. Text, bits and meaning side by side; everything
// else about an instruction derives from its row.
//
//     row("addi rd, rs1, imm", "imm[11:0] rs1 000 rd 0010011", ({ rd, rs1, imm }) => rd.set(rs1.add(imm)))
//
// There are three kinds:
//   row        semantics compiled by both engines
//   hosted     an engine leaves, and a TypeScript function performs it
//   expansion  another row with some operands fixed or repeated: all of RV64C
//
// The types tie the meaning to the bits: semantics that use an operand which
// the pattern lacks do not compile.

import type { Machine } from "./machine.js";
import type { OperandName, OperandValues } from "./operand.js";
import { parsePattern, type Pattern } from "./pattern.js";

/// Names in a pattern: "imm[11:0] rs1 000 rd!=0 0010011" gives "imm" | "rs1" | "rd".
type Words<Source extends string> = Source extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Source;
type NameOf<Word> = Word extends `${infer Name}[${string}` | `${infer Name}'${string}` | `${infer Name}!${string}` ? Name : Word;
type NamesIn<Source extends string> = NameOf<Words<Source>> & OperandName;

export type Operands = Partial<Record<OperandName, number>>;

/// Privilege modes, by the number that the spec gives them.
export const Privilege = { user: 0, supervisor: 1, machine: 3 } as const;
export type Privilege = (typeof Privilege)[keyof typeof Privilege];

/// The hart as a hosted row sees it. Not a fast path, so registers are bigints.
export interface Hart {
  readonly privilege: Privilege;
  readRegister(x: number): bigint;
  writeRegister(x: number, value: bigint): void;
  /// The old value, or undefined where the access is illegal. An `update` makes it a write.
  accessCsr(csr: number, update?: (old: bigint) => bigint): bigint | undefined;
  /// mret and sret: false where it is illegal here.
  returnFromTrap(from: Privilege): boolean;
  waitForInterrupt(): boolean;
  /// sfence.vma for one address or all, one address space or all.
  fenceTranslations(vaddr: bigint | undefined, asid: bigint | undefined): boolean;
}

export type Semantics = (operands: OperandValues, machine: Machine) => void;
/// Performs the instruction, or says that it is illegal.
export type Performance = (hart: Hart, operands: Record<OperandName, number>) => void | "illegal";

export interface Row {
  readonly mnemonic: string;
  /// The mnemonic and the operands, as the assembler writes them.
  readonly text: string;
  readonly pattern: Pattern;
  readonly meaning: { semantics: Semantics } | { perform: Performance; inline?: Inline } | { expandsTo: string };
}

/// What a hosted row is to the engines: where its CSR is nothing but storage, or storage that is only
/// read; and where a quick function may do it.
export interface Inline {
  readonly storage?: Semantics;
  readonly read?: Semantics;
  readonly quick?: Semantics;
}

export function row<Bits extends string>(
  text: string,
  bits: Bits,
  semantics: (operands: Pick<OperandValues, NamesIn<Bits>>, machine: Machine) => void,
): Row {
  return { ...head(text, bits), meaning: { semantics } };
}

export function hosted<Bits extends string>(
  text: string,
  bits: Bits,
  perform: (hart: Hart, operands: Record<NamesIn<Bits>, number>) => void | "illegal",
  inline?: Inline,
): Row {
  return { ...head(text, bits), meaning: inline ? { perform, inline } : { perform } };
}

export function expansion(text: string, bits: string, expandsTo: string): Row {
  return { ...head(text, bits), meaning: { expandsTo } };
}

/// The operand names in a text, in order: "sw rs2, imm(rs1)" gives rs2, imm, rs1.
export function operandSlots(text: string): string[] {
  return text.replace(/^\S+/, "").match(/[a-z]\w*|-?\d+/g) ?? [];
}

function head(text: string, bits: string) {
  const tidy = text.trim().replace(/\s+/g, " ");
  return { mnemonic: tidy.replace(/[ {].*/, ""), text: tidy, pattern: parsePattern(bits) };
}

// The program as assembly text, for --emit asm and golden tests: what the
// pieces are before they have addresses, with names for targets.

import { format } from "../../emulator/isa/text.js";
import { rowByMnemonic } from "../../emulator/isa/table.js";
import type { Module } from "../ir/types.js";
import type { FunctionCode } from "./emit.js";
import type { Piece } from "./expand.js";

export function printAssembly(functions: readonly FunctionCode[], { data }: Module): string {
  const objects = data.map(({ name, size }) => `${name}: # ${size} bytes\n`).join("");
  return `${functions.map(printFunction).join("\n")}${objects && `\n${objects}`}`;
}

function printFunction({ symbol, section, pieces }: FunctionCode): string {
  const used = new Set(pieces.map(({ to }) => to?.name));
  const lines = pieces.flatMap((piece) => [
    ...(piece.labels ?? []).filter((label) => used.has(label)).map((label) => `${label}:`),
    ...(piece.mnemonic === "" ? [] : [`  ${printPiece(piece)}`]),
  ]);
  return `.section ${section}\n${symbol}:\n${lines.join("\n")}\n`;
}

function printPiece({ mnemonic, operands, to, reason }: Piece): string {
  const row = rowByMnemonic.get(mnemonic)!;
  if (!to) return `${format(row, operands)}${reason === undefined ? "" : ` # ${reason}`}`;
  const name = to.addend === 0 ? to.name : `${to.name}+${to.addend}`;
  if (to.part === "offset") return format(row, { ...operands, offset: 0 }).replace(/\.\+0$/, name);
  const text = format(row, { ...operands, upper: 0, imm: 0 });
  return text.replace(/0x0$|0$|0(?=\(\w+\)$)/, `%${to.part === "high" ? "pcrel_hi" : "pcrel_lo"}(${name})`);
}

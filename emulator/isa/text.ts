// Text: assembly from a row and operands, and back. A row's text is a template
// whose operand names stand for the operands: "sw rs2, imm(rs1)". `{name}` is
// an operand that is part of the mnemonic: "amoadd.d{aqrl} rd, rs2, (rs1)".
// A rounding mode is left out, with its comma, where it is the dynamic one.

import { operandKinds, type OperandName } from "./operand.js";
import type { Operands, Row } from "./row.js";
import { rows } from "./table.js";

interface Parser { readonly row: Row; readonly template: RegExp; readonly names: readonly OperandName[] }
/// Rows by mnemonic, without what an operand adds to it.
const byMnemonic = new Map<string, Row[]>();
for (const row of rows) {
  const name = row.text.replace(/[ {].*/, "");
  byMnemonic.set(name, [...(byMnemonic.get(name) ?? []), row]);
}
const parsers = new Map<Row, Parser>();

/// One line of assembly; a pc makes the target of a branch absolute.
export function format(row: Row, operands: Operands, pc?: number): string {
  const print = (name: string) => {
    const value = operands[name as OperandName];
    return value === undefined ? name : operandKinds[name as OperandName].print(value, pc);
  };
  const [mnemonic = "", ...rest] = row.text.replace(/\{(\w+)\}/, (_, name) => print(name)).split(" ");
  return `${mnemonic} ${rest.join(" ").replace(/\b[a-z]+\d?\b/g, print)}`.replace(/,? $/, "");
}

/// The row and operands that a line of assembly names, or undefined.
export function parse(line: string, pc?: number): { row: Row; operands: Operands } | undefined {
  const tidy = line.trim().replace(/\s+/g, " ").replace(/ ?, ?/g, ", ");
  const [whole = ""] = tidy.split(" ", 1);
  // "amoadd.d.aqrl" is a form of amoadd.d; "c.add" is none of c.
  for (let name = whole; name; name = name.slice(0, Math.max(name.lastIndexOf("."), 0)))
    for (const row of byMnemonic.get(name) ?? []) {
      const { template, names } = parserOf(row);
      const found = template.exec(tidy);
      if (!found) continue;
      const operands: Operands = {};
      names.forEach((name, index) => {
        operands[name] = operandKinds[name].parse(found[index + 1] ?? "", pc);
      });
      return { row, operands };
    }
  return undefined;
}

function parserOf(row: Row): Parser {
  const parser = parsers.get(row) ?? makeParser(row);
  parsers.set(row, parser);
  return parser;
}

/// A regular expression with one group for each operand, in the order of `names`.
function makeParser(row: Row): Parser {
  const isField = (name: string) => row.pattern.fields.some((field) => field.name === name);
  const names: OperandName[] = [];
  const group = (name: string) => {
    if (!isField(name)) return name;
    names.push(name as OperandName);
    if (name === "aqrl") return "(|\\.aq|\\.rl|\\.aqrl)";
    return name === "rm" ? "?(| \\w+)" : "([-.+\\w]+)";
  };
  const escaped = row.text.replace(/[.()]/g, "\\$&").replace(", rm", ",rm");
  const source = escaped.replace(/\{(\w+)\}|(?<= .*)\b[a-z]+\d?\b/g, (word, inBraces) => group(inBraces ?? word));
  return { row, template: new RegExp(`^${source}$`), names };
}

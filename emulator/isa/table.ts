// The table: every row of every extension. Its tests check it as a whole: at each start that would take too long.

import { overlap } from "./pattern.js";
import { privileged, svinval } from "./privileged.js";
import type { Row } from "./row.js";
import { rv64a } from "./rv64a.js";
import { rv64c } from "./rv64c.js";
import { rv64d, rv64f } from "./rv64f.js";
import { rv64i } from "./rv64i.js";
import { rv64m } from "./rv64m.js";
import { zba, zbb, zbs } from "./zb.js";
import { zicbom, zicboz, zicond, zihintpause } from "./zi.js";
import { zicsr } from "./zicsr.js";

/// By extension; the privileged architecture is not one, and is always there.
export const extensions = {
  I: rv64i, M: rv64m, A: rv64a, F: rv64f, D: rv64d, C: rv64c, Zicbom: zicbom, Zicboz: zicboz, Zicond: zicond, Zicsr: zicsr, Zihintpause: zihintpause,
  Zba: zba, Zbb: zbb, Zbs: zbs, Svinval: svinval, privileged,
} as const;

export const rows: readonly Row[] = Object.values(extensions).flat();
export const rowByMnemonic: ReadonlyMap<string, Row> = new Map(rows.map((row) => [row.mnemonic, row]));

/// Rows that have a compressed form.
export const compressible: ReadonlySet<Row> = new Set(rows.filter(({ meaning, pattern }) => "expandsTo" in meaning && pattern.length === 2).map(baseOf));

/// The row that gives a form its meaning: what it expands to, or itself.
export function baseOf(form: Row): Row {
  if (!("expandsTo" in form.meaning)) return form;
  const base = rowByMnemonic.get(form.meaning.expandsTo.replace(/ .*/, ""));
  if (!base) throw new Error(`${form.text} expands to ${form.meaning.expandsTo}, which is not a row`);
  return base;
}

/// Throws where two rows share a name or an encoding. An expansion may spell a special case of its row; it then comes first.
export function checkTable(rows: readonly Row[]): void {
  rows.forEach((row, index) => {
    const later = rows.slice(index + 1);
    if (later.some(({ mnemonic }) => mnemonic === row.mnemonic)) throw new Error(`two rows are called ${row.mnemonic}`);
    const other = later.find((later) => overlap(row.pattern, later.pattern) && baseOf(later) !== row);
    if (other) throw new Error(`${row.text} and ${other.text} share an encoding`);
  });
}

// The table: every row of every extension, checked as a whole when it loads.

import { overlap } from "./pattern.js";
import type { Row } from "./row.js";
import { rv64a } from "./rv64a.js";
import { rv64c } from "./rv64c.js";
import { rv64d } from "./rv64d.js";
import { rv64i } from "./rv64i.js";
import { rv64m } from "./rv64m.js";
import { zicsr } from "./zicsr.js";

export const extensions = { I: rv64i, M: rv64m, A: rv64a, D: rv64d, C: rv64c, Zicsr: zicsr } as const;

export const rows: readonly Row[] = Object.values(extensions).flat();
export const rowByMnemonic: ReadonlyMap<string, Row> = new Map(rows.map((row) => [row.mnemonic, row]));

/// Rows that have a compressed form.
export const compressible: ReadonlySet<Row> = new Set(rows.filter(({ meaning }) => "expandsTo" in meaning).map(baseOf));

checkTable(rows);

/// The row that gives a form its meaning: what it expands to, or itself.
export function baseOf(form: Row): Row {
  if (!("expandsTo" in form.meaning)) return form;
  const base = rowByMnemonic.get(form.meaning.expandsTo.replace(/ .*/, ""));
  if (!base) throw new Error(`${form.text} expands to ${form.meaning.expandsTo}, which is not a row`);
  return base;
}

function checkTable(rows: readonly Row[]): void {
  rows.forEach((row, index) => {
    if (rowByMnemonic.get(row.mnemonic) !== row) throw new Error(`two rows are called ${row.mnemonic}`);
    const other = rows.slice(index + 1).find((later) => overlap(row.pattern, later.pattern));
    if (other) throw new Error(`${row.text} and ${other.text} share an encoding`);
  });
}

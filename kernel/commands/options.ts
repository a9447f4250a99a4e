// Options of this folder's commands: each has a value and a default; any other word is refused.

import { parseArgs } from "node:util";

/// What the process was given. Ends it with 2, and what may be written, where it cannot be read or `isRight` says no.
export function readOptions<Name extends string>(usage: string, defaults: Readonly<Record<Name, string>>, isRight: (values: Record<Name, string>) => boolean): Record<Name, string> {
  const rows = Object.entries<string>(defaults).map(([name, otherwise]) => [name, { type: "string", default: otherwise }] as const);
  try {
    const values = parseArgs({ options: Object.fromEntries(rows) }).values as Record<Name, string>;
    if (isRight(values)) return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split(". ")[0]}\n`);
  }
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

/// Whole, and above 0.
export const isCount = (text: string): boolean => /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) > 0;

// Which extensions a processor has. All that are implemented, unless some are
// switched off; their instructions are then illegal, and neither misa nor the
// isa string claims them.

import type { Decoded } from "./decode.js";
import type { Row } from "./row.js";
import { extensions } from "./table.js";

/// In the order of the isa string. `needs` cannot be off while the extension is on.
interface Extension {
  readonly name: string;
  readonly rows?: readonly Row[];
  readonly needs?: string;
}

const optional: readonly Extension[] = [
  { name: "m", rows: extensions.M }, { name: "a", rows: extensions.A }, { name: "f", rows: extensions.F }, { name: "d", rows: extensions.D, needs: "f" }, { name: "c", rows: extensions.C },
  { name: "zicbom", rows: extensions.Zicbom }, { name: "zicboz", rows: extensions.Zicboz }, { name: "zicond", rows: extensions.Zicond },
  { name: "zba", rows: extensions.Zba }, { name: "zbb", rows: extensions.Zbb }, { name: "zbs", rows: extensions.Zbs },
  { name: "sstc" }, { name: "svadu" }, { name: "svinval", rows: extensions.Svinval }, { name: "svnapot" }, { name: "svpbmt" },
];
/// What every processor has. A pause is a fence that nobody has to know.
const always = ["i", "zicntr", "zicsr", "zifencei", "zihintpause", "zihpm"];
const order = ["i", "m", "a", "f", "d", "c", "zicbom", "zicboz", "zicntr", "zicond", "zicsr", "zifencei", "zihintpause", "zihpm", "zba", "zbb", "zbs", "sstc", "svadu", "svinval", "svnapot", "svpbmt"];

export class Cpu {
  readonly #names: ReadonlySet<string>;
  readonly #missing: ReadonlySet<Row>;

  constructor(without: ReadonlySet<string> = new Set()) {
    this.#names = new Set([...always, ...optional.map(({ name }) => name)].filter((name) => !without.has(name)));
    this.#missing = new Set(optional.filter(({ name }) => without.has(name)).flatMap(({ rows = [] }) => rows));
  }

  /// As `parseCpu` reads it.
  get text(): string { return ["rv64", ...optional.filter(({ name }) => !this.has(name)).map(({ name }) => `${name}=off`)].join(","); }

  has(extension: string): boolean { return this.#names.has(extension); }

  /// Whether an instruction is one of another processor.
  lacks({ form, row }: Decoded): boolean { return this.#missing.has(row) || this.#missing.has(form); }

  /// As device trees and `-march` spell it.
  get isa(): string {
    const names = order.filter((name) => this.has(name));
    return `rv64${names.filter(({ length }) => length === 1).join("")}_${names.filter(({ length }) => length > 1).join("_")}`;
  }

  /// RV64 (MXL = 2), a bit for each letter of the isa string, and S and U for the modes.
  get misa(): bigint {
    return (2n << 62n) | [..."imafdcsu"].filter((letter) => letter === "s" || letter === "u" || this.has(letter)).reduce((bits, letter) => bits | (1n << BigInt(letter.charCodeAt(0) - 97)), 0n);
  }
}

export const fullCpu = new Cpu();

/// Reads "rv64,zba=off,d=off", as QEMU spells it. Throws RangeError, with what would do.
export function parseCpu(text: string): Cpu {
  const [base, ...settings] = text.split(",");
  const names = optional.map(({ name }) => name);
  if (base !== "rv64") throw new RangeError(`${text}: begin with rv64, as in rv64,zba=off`);
  const without = new Set<string>();
  for (const setting of settings) {
    const [, name = "", value] = /^(\w+)=(on|off|true|false)$/.exec(setting) ?? [];
    if (!names.includes(name)) throw new RangeError(`${text}: ${setting} is not NAME=on or NAME=off, where NAME is one of ${names.join(" ")}`);
    if (value === "off" || value === "false") without.add(name);
    else without.delete(name);
  }
  for (const { name, needs } of optional) if (needs && without.has(needs) && !without.has(name)) throw new RangeError(`${text}: ${name} needs ${needs}; add ${name}=off`);
  return new Cpu(without);
}

// Layouts of structs and places of static data, read from a program's own debug information (DWARF 5, as the
// compiler writes it: one unit, references within it).

import type { Elf } from "../../compiler/object/elf-read.js";

export interface FieldPlace {
  readonly offset: number;
}
export interface StructLayout {
  readonly bytes: number;
  readonly fields: ReadonlyMap<string, FieldPlace>;
}

const TAG = { structure: 0x13, member: 0x0d, variable: 0x34, compileUnit: 0x11 } as const;
const AT = { location: 0x02, name: 0x03, byteSize: 0x0b, member: 0x38 } as const;
const OP_ADDR = 0x03;

type Value = number | bigint | Uint8Array | string | undefined;

export class DebugTypes {
  readonly structs = new Map<string, StructLayout>();
  /// Addresses by name; a name that several variables have is the first one's.
  readonly globals = new Map<string, bigint>();
  readonly #info: DataView;
  readonly #strings: Uint8Array;
  #at = 0;

  constructor(elf: Elf) {
    const section = (name: string) => elf.sections.find((one) => one.name === name)?.bytes ?? new Uint8Array();
    const info = section(".debug_info");
    this.#info = new DataView(info.buffer, info.byteOffset, info.byteLength);
    this.#strings = section(".debug_str");
    if (info.length > 0) this.#read(readAbbreviations(section(".debug_abbrev")));
  }

  offset(struct: string, field: string): number {
    const found = this.structs.get(struct)?.fields.get(field);
    if (!found) throw new Error(`the kernel's debug information has no ${struct}.${field}`);
    return found.offset;
  }

  bytes(struct: string): number {
    const found = this.structs.get(struct);
    if (!found) throw new Error(`the kernel's debug information has no ${struct}`);
    return found.bytes;
  }

  global(name: string): bigint {
    const found = this.globals.get(name);
    if (found === undefined) throw new Error(`the kernel's debug information has no ${name}`);
    return found;
  }

  #read(abbreviations: ReadonlyMap<number, Abbreviation>): void {
    // length, version, unit type, address size, offset of abbreviations
    this.#at = 12;
    const open: { tag: number; fields?: Map<string, FieldPlace> }[] = [];
    while (this.#at < this.#info.byteLength) {
      const code = this.#uleb();
      if (code === 0) {
        open.pop();
        continue;
      }
      const abbreviation = abbreviations.get(code);
      if (!abbreviation) throw new Error("the kernel's debug information is damaged");
      const values = new Map<number, Value>();
      for (const [name, form] of abbreviation.attributes) values.set(name, this.#value(form));
      const name = values.get(AT.name);
      let fields: Map<string, FieldPlace> | undefined;
      if (abbreviation.tag === TAG.structure && typeof name === "string") {
        fields = new Map();
        this.structs.set(name, { bytes: Number(values.get(AT.byteSize)), fields });
      } else if (abbreviation.tag === TAG.member && typeof name === "string") {
        open.at(-1)?.fields?.set(name, { offset: Number(values.get(AT.member)) });
      } else if (abbreviation.tag === TAG.variable && typeof name === "string" && open.at(-1)?.tag === TAG.compileUnit) {
        const location = values.get(AT.location);
        if (location instanceof Uint8Array && location[0] === OP_ADDR && !this.globals.has(name)) {
          this.globals.set(name, new DataView(location.buffer, location.byteOffset + 1, 8).getBigUint64(0, true));
        }
      }
      if (abbreviation.hasChildren) open.push({ tag: abbreviation.tag, ...(fields && { fields }) });
    }
  }

  #value(form: number): Value {
    const view = this.#info, at = this.#at;
    const skip = (bytes: number) => void (this.#at += bytes);
    switch (form) {
      case 0x01: case 0x07: skip(8); return view.getBigUint64(at, true);
      case 0x05: skip(2); return view.getUint16(at, true);
      case 0x0b: skip(1); return view.getUint8(at);
      case 0x0d: return this.#uleb();
      case 0x0e: skip(4); return this.#string(view.getUint32(at, true));
      case 0x0f: return this.#uleb();
      case 0x13: case 0x17: case 0x1f: skip(4); return view.getUint32(at, true);
      case 0x18: {
        const length = this.#uleb(), start = this.#at;
        skip(length);
        return new Uint8Array(view.buffer, view.byteOffset + start, length);
      }
      case 0x19: return 1;
      default: throw new Error(`DWARF form ${form} is not one that the compiler writes`);
    }
  }

  #uleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#info.getUint8(this.#at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  #string(offset: number): string {
    const end = this.#strings.indexOf(0, offset);
    return new TextDecoder().decode(this.#strings.subarray(offset, end));
  }
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly (readonly [name: number, form: number])[];
}

function readAbbreviations(bytes: Uint8Array): Map<number, Abbreviation> {
  const found = new Map<number, Abbreviation>();
  let at = 0;
  const uleb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  for (let code = uleb(); code !== 0 && at < bytes.length; code = uleb()) {
    const tag = uleb(), hasChildren = bytes[at++] === 1, attributes: [number, number][] = [];
    for (let name = uleb(), form = uleb(); name !== 0 || form !== 0; name = uleb(), form = uleb()) attributes.push([name, form]);
    found.set(code, { tag, hasChildren, attributes });
  }
  return found;
}

// Entries of .debug_info and their abbreviations, made as they are asked for:
// entries of one shape share theirs. References to entries that are not written
// yet are filled in at the end.

import { ByteWriter } from "./bytes.js";

export const tag = {
  arrayType: 0x01, enumerationType: 0x04, formalParameter: 0x05, lexicalBlock: 0x0b, member: 0x0d, pointerType: 0x0f,
  compileUnit: 0x11, structureType: 0x13, subroutineType: 0x15, typedef: 0x16, unionType: 0x17, inlinedSubroutine: 0x1d,
  subrangeType: 0x21, baseType: 0x24, enumerator: 0x28, subprogram: 0x2e, variable: 0x34,
} as const;
export const attribute = {
  location: 0x02, name: 0x03, byteSize: 0x0b, bitSize: 0x0d, stmtList: 0x10, lowPc: 0x11, highPc: 0x12, language: 0x13, compDir: 0x1b,
  constValue: 0x1c, inline: 0x20, producer: 0x25, prototyped: 0x27, abstractOrigin: 0x31, count: 0x37, dataMemberLocation: 0x38,
  declFile: 0x3a, declLine: 0x3b, encoding: 0x3e, external: 0x3f, frameBase: 0x40, type: 0x49, ranges: 0x55,
  callColumn: 0x57, callFile: 0x58, callLine: 0x59, dataBitOffset: 0x6b,
} as const;
const form = {
  addr: 0x01, data2: 0x05, data8: 0x07, data1: 0x0b, sdata: 0x0d, strp: 0x0e, udata: 0x0f, ref4: 0x13, secOffset: 0x17,
  exprloc: 0x18, flagPresent: 0x19, lineStrp: 0x1f,
} as const;

/// What an offset in a section counts in, by the attribute.
const listSections: Readonly<Record<number, string>> = {
  [attribute.stmtList]: ".debug_line",
  [attribute.ranges]: ".debug_rnglists",
  [attribute.location]: ".debug_loclists",
};

/// An attribute's value, in the form that it is written in.
export type Field = readonly [attribute: number, form: keyof typeof form, value: number | bigint | Uint8Array | ByteWriter | object | true];

export class Entries {
  private readonly abbreviations = new ByteWriter();
  private readonly codes = new Map<string, number>();
  private readonly places = new Map<object, number>();
  private readonly waiting: { at: number; target: object }[] = [];

  constructor(readonly out: ByteWriter) {}

  /// One entry; with `children`, what is written next until `close` lies in it. `self`: what references name.
  entry(kind: number, fields: readonly (Field | undefined)[], children = false, self?: object): void {
    const { out } = this;
    const given = fields.filter((field) => field !== undefined);
    if (self) this.places.set(self, out.length);
    out.uleb(this.codeOf(kind, given, children));
    for (const [name, shape, value] of given) this.write(name, shape, value);
  }

  close(): void {
    this.out.u8(0);
  }

  private write(name: number, shape: keyof typeof form, value: Field[2]): void {
    const { out } = this;
    if (value instanceof Uint8Array) {
      out.uleb(value.length);
      out.bytes(value);
    } else if (shape === "ref4") {
      this.waiting.push({ at: out.length, target: value as object });
      out.u32(0);
    } else if (value instanceof ByteWriter) {
      out.uleb(value.length);
      out.append(value);
    } else if (shape === "addr") out.address(BigInt(value as bigint));
    else if (shape === "data8") out.u64(BigInt(value as bigint));
    else if (shape === "data2") out.u16(Number(value));
    else if (shape === "data1") out.u8(Number(value));
    else if (shape === "udata") out.uleb(Number(value));
    else if (shape === "sdata") slebOf(out, BigInt(value as bigint));
    else if (shape === "secOffset") out.offsetIn(listSections[name] ?? "", Number(value));
    else if (shape !== "flagPresent") out.offsetIn(shape === "strp" ? ".debug_str" : ".debug_line_str", Number(value));
  }

  private codeOf(kind: number, fields: readonly Field[], children: boolean): number {
    const key = `${kind} ${children} ${fields.map(([name, shape]) => `${name} ${shape}`).join(" ")}`;
    const known = this.codes.get(key);
    if (known !== undefined) return known;
    const code = this.codes.size + 1;
    this.codes.set(key, code);
    const { abbreviations: out } = this;
    out.uleb(code);
    out.uleb(kind);
    out.u8(children ? 1 : 0);
    for (const [name, shape] of fields) {
      out.uleb(name);
      out.uleb(form[shape]);
    }
    out.bytes([0, 0]);
    return code;
  }

  /// Fills in the references; the bytes of .debug_abbrev.
  finish(): Uint8Array {
    for (const { at, target } of this.waiting) {
      const place = this.places.get(target);
      if (place === undefined) throw new Error("a reference to an entry that was not written");
      this.out.bytesAt(at, Uint8Array.of(place, place >>> 8, place >>> 16, place >>> 24));
    }
    this.abbreviations.u8(0);
    return this.abbreviations.finish();
  }
}

/// A signed LEB128 of any width.
export function slebOf(out: ByteWriter, value: bigint): void {
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    const done = (value === 0n && (low & 0x40) === 0) || (value === -1n && (low & 0x40) !== 0);
    out.u8(done ? low : low | 0x80);
    if (done) return;
  }
}

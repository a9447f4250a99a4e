// Types as entries. Structs, unions and enums have a typedef beside their tag,
// so that a debugger that speaks C takes `Tcb` for `struct Tcb`. In C these and
// the members of enums share one space of names: a member that is not the only
// one of its name has its enum's before it.

import { attribute, tag, type Entries, type Field } from "./dwarf-entries.js";
import type { DebugField, DebugType } from "./debug.js";

const encodings = { boolean: 0x02, float: 0x04, signed: 0x05, unsigned: 0x07 } as const;
const INDEX: DebugType = { kind: "base", name: "u64", bytes: 8, encoding: "unsigned" };

export class TypeEntries {
  /// The entry that stands for a type; types of one text are one.
  private readonly known = new Map<DebugType, object>();
  private readonly bases = new Map<string, object>();
  private readonly names = new Map<string, number>();
  private readonly waiting: { type: DebugType; self: object }[] = [];

  constructor(
    private readonly entries: Entries,
    private readonly string: (text: string) => number,
  ) {}

  /// DW_AT_type, or nothing where there is none.
  field(type: DebugType | undefined): Field | undefined {
    return type && [attribute.type, "ref4", this.selfOf(type)];
  }

  private selfOf(type: DebugType): object {
    const known = this.known.get(type) ?? (type.kind === "base" ? this.bases.get(type.name) : undefined);
    if (known) return known;
    const self = {};
    this.known.set(type, self);
    if (type.kind === "base") this.bases.set(type.name, self);
    this.waiting.push({ type, self });
    return self;
  }

  /// Writes what was asked for, and what that asks for.
  writeAll(): void {
    // Enums come last, when all names are known.
    const enums: typeof this.waiting = [];
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      this.count("name" in next.type ? next.type.name : "");
      if (next.type.kind === "enum") enums.push(next);
      else this.write(next.type, next.self);
    }
    for (const { type } of enums) if (type.kind === "enum") for (const member of type.members.keys()) this.count(member);
    for (const { type, self } of enums) this.write(type, self);
    for (const { type, self } of this.waiting) this.write(type, self);
  }

  private count(name: string): void {
    this.names.set(name, (this.names.get(name) ?? 0) + 1);
  }

  private write(type: DebugType, self: object): void {
    const { entries } = this;
    const name = (text: string): Field => [attribute.name, "strp", this.string(text)];
    switch (type.kind) {
      case "base":
        return entries.entry(tag.baseType, [name(type.name), [attribute.byteSize, "data1", type.bytes], [attribute.encoding, "data1", encodings[type.encoding]]], false, self);
      case "pointer":
        return entries.entry(tag.pointerType, [[attribute.byteSize, "data1", 8], this.field(type.to)], false, self);
      case "array":
        entries.entry(tag.arrayType, [this.field(type.of)], true, self);
        entries.entry(tag.subrangeType, [this.field(INDEX), [attribute.count, "udata", type.length]]);
        return entries.close();
      case "function":
        entries.entry(tag.subroutineType, [[attribute.prototyped, "flagPresent", true], this.field(type.result)], true, self);
        for (const param of type.params) entries.entry(tag.formalParameter, [this.field(param)]);
        return entries.close();
      case "struct":
      case "union": {
        const tagged = {};
        entries.entry(tag.typedef, [name(type.name), [attribute.type, "ref4", tagged]], false, self);
        entries.entry(type.kind === "struct" ? tag.structureType : tag.unionType, [name(type.name), [attribute.byteSize, "udata", type.bytes]], true, tagged);
        for (const field of type.fields)
          entries.entry(tag.member, [name(field.name), this.field(field.type), ...placeOf(field)]);
        return entries.close();
      }
      case "enum": {
        const tagged = {};
        const bytes = type.storage.kind === "base" ? type.storage.bytes : 8;
        entries.entry(tag.typedef, [name(type.name), [attribute.type, "ref4", tagged]], false, self);
        entries.entry(tag.enumerationType, [name(type.name), [attribute.byteSize, "data1", bytes], this.field(type.storage)], true, tagged);
        for (const [member, value] of type.members)
          entries.entry(tag.enumerator, [name(this.names.get(member) === 1 ? member : `${type.name}.${member}`), [attribute.constValue, "sdata", value]]);
        return entries.close();
      }
    }
  }
}

/// Bits count from the struct's first, the lowest of each byte first.
function placeOf({ offset, bits }: DebugField): Field[] {
  if (!bits) return [[attribute.dataMemberLocation, "udata", offset]];
  return [
    [attribute.bitSize, "udata", bits.width],
    [attribute.dataBitOffset, "udata", offset * 8 + bits.shift],
  ];
}

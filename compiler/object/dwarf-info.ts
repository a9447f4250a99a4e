// One unit: functions with their scopes, variables and where these are at each
// instruction, functions that were inlined, static data, types.
//
//     .debug_info, .debug_abbrev   the entries
//     .debug_loclists              places of variables, by ranges of addresses
//     .debug_rnglists              scopes that are no one stretch of code
//
// Offsets in the lists count from the unit's low address, the image's first byte.

import { ByteWriter } from "./bytes.js";
import type { DebugGlobal, DebugRange, DebugScope, DebugSource, DebugVariable, Place } from "./debug.js";
import { attribute, Entries, slebOf, tag, type Field } from "./dwarf-entries.js";
import { TypeEntries } from "./dwarf-types.js";
import type { ExtraSection, StringTable } from "./elf.js";
import type { DebugFunction, DebugLocation, Image } from "./image.js";

const PRODUCER = "typemetal";
/// C is what every debugger evaluates; 2011's, for nothing later is needed.
const C11 = 0x1d;
const INLINED = 1;
const operation = { addr: 0x03, deref: 0x06, const8: 0x0e, and: 0x1a, reg: 0x50, breg: 0x70, regx: 0x90, fbreg: 0x91, piece: 0x93, callFrameCfa: 0x9c, stackValue: 0x9f } as const;
const list = { end: 0, offsetPair: 4 } as const;

export interface InfoOptions {
  readonly files: readonly string[];
  readonly directory: string;
  readonly globals: readonly DebugGlobal[];
}

export function writeInfo(
  image: Image,
  functions: readonly DebugFunction[],
  { files, directory, globals }: InfoOptions,
  lineStrings: StringTable,
  strings: StringTable,
): ExtraSection[] {
  const info = new ByteWriter();
  const unit = new Unit(image, info, strings);
  let abbreviations: Uint8Array = new Uint8Array();
  info.sized(() => {
    info.u16(5);
    // DW_UT_compile, addresses of 8 bytes, the abbreviations from 0.
    info.bytes([1, 8]);
    info.offsetIn(".debug_abbrev", 0);
    unit.entries.entry(
      tag.compileUnit,
      [
        [attribute.producer, "strp", strings.add(PRODUCER)],
        [attribute.language, "data2", C11],
        [attribute.name, "lineStrp", lineStrings.add(files[0] ?? "")],
        [attribute.compDir, "lineStrp", lineStrings.add(directory)],
        ...unit.place({ start: 0, end: functions.at(-1)?.end ?? 0 }),
        [attribute.stmtList, "secOffset", 0],
      ],
      true,
    );
    for (const fn of functions) unit.function(fn);
    unit.finish(globals);
    unit.entries.close();
    abbreviations = unit.entries.finish();
  });
  return [
    { name: ".debug_info", bytes: info.finish(), references: info.references },
    { name: ".debug_abbrev", bytes: abbreviations },
    unit.locations.finish(".debug_loclists"),
    unit.ranges.finish(".debug_rnglists"),
  ];
}

class Unit {
  readonly entries: Entries;
  readonly locations = new Lists();
  readonly ranges = new Lists();
  private readonly types: TypeEntries;
  /// Functions that were inlined, with the entry that their copies refer to.
  private readonly inlined = new Map<DebugSource, object>();
  private readonly symbols: ReadonlyMap<string, number>;

  constructor(
    private readonly image: Image,
    info: ByteWriter,
    private readonly strings: StringTable,
  ) {
    this.entries = new Entries(info);
    this.types = new TypeEntries(this.entries, (text) => strings.add(text));
    this.symbols = new Map(image.symbols.map(({ name, offset }) => [name, offset]));
  }

  place({ start, end }: DebugRange): Field[] {
    return [
      [attribute.lowPc, "addr", this.image.virtualBase + BigInt(start)],
      [attribute.highPc, "data8", BigInt(end - start)],
    ];
  }
  private name(text: string): Field {
    return [attribute.name, "strp", this.strings.add(text)];
  }
  private declared(location: DebugLocation | undefined): Field[] {
    if (!location) return [];
    return [
      [attribute.declFile, "udata", location.file + 1],
      [attribute.declLine, "udata", location.line],
    ];
  }

  function(fn: DebugFunction): void {
    const { name, location, start, end, source, scope } = fn;
    const fields = [
      this.name(name),
      [attribute.external, "flagPresent", true] as const,
      ...this.place({ start, end }),
      ...this.declared(location),
      [attribute.frameBase, "exprloc", Uint8Array.of(operation.callFrameCfa)] as const,
      source && ([attribute.prototyped, "flagPresent", true] as const),
      this.types.field(source?.result),
    ];
    if (!scope || scope.variables.length + scope.children.length === 0) return this.entries.entry(tag.subprogram, fields);
    this.entries.entry(tag.subprogram, fields, true);
    this.inside(scope);
    this.entries.close();
  }

  private inside({ variables, children }: DebugScope): void {
    for (const variable of variables) this.variable(variable);
    for (const child of children) this.scope(child);
  }

  private scope(scope: DebugScope): void {
    const { ranges, inlined, variables, children } = scope;
    if (ranges.length === 0) return;
    const isSplit = ranges.length > 1;
    const place: readonly Field[] = isSplit ? [[attribute.ranges, "secOffset", this.ranges.add(ranges, () => {})]] : this.place(ranges[0]!);
    const hasChildren = variables.length + children.length > 0;
    if (inlined) {
      const { source, site } = inlined;
      const origin = this.inlined.get(source) ?? {};
      this.inlined.set(source, origin);
      this.entries.entry(
        tag.inlinedSubroutine,
        [
          [attribute.abstractOrigin, "ref4", origin],
          ...place,
          [attribute.callFile, "udata", site.file + 1],
          [attribute.callLine, "udata", site.line],
          [attribute.callColumn, "udata", site.column],
        ],
        hasChildren,
      );
    } else this.entries.entry(tag.lexicalBlock, place, hasChildren);
    if (!hasChildren) return;
    this.inside(scope);
    this.entries.close();
  }

  private variable({ name, type, bytes, isParameter, location, ranges }: DebugVariable): void {
    const places = () => this.locations.add(ranges, (out, { parts }) => this.expression(out, parts, bytes));
    this.entries.entry(isParameter ? tag.formalParameter : tag.variable, [
      this.name(name),
      this.types.field(type),
      ...this.declared(location),
      ranges.length > 0 ? [attribute.location, "secOffset", places()] : undefined,
    ]);
  }

  /// Static data, then what the entries so far refer to.
  finish(globals: readonly DebugGlobal[]): void {
    for (const { symbol, type, location } of globals) {
      const offset = this.symbols.get(symbol);
      if (offset === undefined) continue;
      const out = new ByteWriter();
      this.address(out, offset);
      this.entries.entry(tag.variable, [
        this.name(symbol),
        this.types.field(type),
        [attribute.external, "flagPresent", true],
        ...this.declared(location),
        [attribute.location, "exprloc", out],
      ]);
    }
    for (const [source, self] of this.inlined)
      this.entries.entry(
        tag.subprogram,
        [
          this.name(source.name),
          ...this.declared(source.location),
          [attribute.external, "flagPresent", true],
          [attribute.prototyped, "flagPresent", true],
          [attribute.inline, "data1", INLINED],
          this.types.field(source.result),
        ],
        false,
        self,
      );
    this.types.writeAll();
  }

  private address(out: ByteWriter, offset: number): void {
    out.u8(operation.addr);
    out.address(this.image.virtualBase + BigInt(offset));
  }

  private expression(out: ByteWriter, parts: readonly { offset: number; bytes: number; place: Place }[], bytes: number): void {
    const [only] = parts;
    if (only && parts.length === 1 && only.offset === 0 && only.bytes === bytes) return this.write(out, only.place);
    const piece = (size: number) => {
      out.u8(operation.piece);
      out.uleb(size);
    };
    let at = 0;
    for (const { offset, bytes, place } of parts) {
      if (offset > at) piece(offset - at);
      this.write(out, place);
      piece(bytes);
      at = offset + bytes;
    }
    if (at < bytes) piece(bytes - at);
  }

  private write(out: ByteWriter, place: Place): void {
    this.locate(out, place);
    if (place.kind === "constant" || place.kind === "address" || place.kind === "frameAddress") out.u8(operation.stackValue);
  }

  /// As an address, where that is what it computes.
  private locate(out: ByteWriter, place: Place): void {
    switch (place.kind) {
      case "register":
        if (place.register < 32) return out.u8(operation.reg + place.register);
        out.u8(operation.regx);
        return out.uleb(place.register);
      case "frame":
        out.u8(operation.fbreg);
        return slebOf(out, BigInt(place.offset));
      case "behind":
        return this.writeBehind(out, place.pointer);
      case "constant":
        out.u8(operation.const8);
        return out.u64(place.value);
      case "address":
        return this.address(out, (this.symbols.get(place.symbol) ?? 0) + place.offset);
      case "frameAddress":
        out.u8(operation.fbreg);
        slebOf(out, BigInt(place.offset));
        if (place.align === 1) return;
        out.u8(operation.const8);
        out.u64(BigInt.asUintN(64, BigInt(-place.align)));
        out.u8(operation.and);
    }
  }

  /// The address that the place holds.
  private writeBehind(out: ByteWriter, place: Place): void {
    if (place.kind === "register") {
      out.u8(operation.breg + place.register);
      return out.u8(0);
    }
    this.locate(out, place);
    if (place.kind === "frame" || place.kind === "behind") out.u8(operation.deref);
  }
}

/// A character for each byte.
const keys = new TextDecoder("latin1");

/// A section of lists, each named by its offset; those that are equal are one.
class Lists {
  private readonly out = new ByteWriter();
  private readonly known = new Map<string, number>();
  private readonly own = new ByteWriter();
  private readonly expression = new ByteWriter();

  add<Item extends DebugRange>(items: readonly Item[], write: (out: ByteWriter, item: Item) => void): number {
    const { own, expression } = this;
    own.clear();
    for (const item of items) {
      own.u8(list.offsetPair);
      own.uleb(item.start);
      own.uleb(item.end);
      expression.clear();
      write(expression, item);
      if (expression.length === 0) continue;
      own.uleb(expression.length);
      own.append(expression);
    }
    own.u8(list.end);
    const key = keys.decode(own.finish());
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const at = HEADER + this.out.length;
    this.known.set(key, at);
    this.out.append(own);
    return at;
  }

  finish(name: string): ExtraSection {
    if (this.known.size === 0) return { name, bytes: new Uint8Array() };
    const whole = new ByteWriter();
    whole.sized(() => {
      // Version 5, addresses of 8 bytes, no segments, no table of offsets.
      whole.u16(5);
      whole.bytes([8, 0, 0, 0, 0, 0]);
      whole.append(this.out);
    });
    return { name, bytes: whole.finish(), references: whole.references };
  }
}
const HEADER = 12;

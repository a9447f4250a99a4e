// What the results of comptime(…) point to: memory that the functions left behind, which becomes static data, and
// static data and functions, which keep their names. Parts that overlap become one, so what is shared stays shared.

import type { Data } from "../ir/types.js";
import type { WasmProgram } from "../wasm/program.js";
import type { Global } from "./tree.js";
import { typeKey } from "./struct-types.js";
import { alignOf, sizeOf, type Type } from "./types.js";

/// A stretch of the program's memory.
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly align: number;
  readonly isReadonly: boolean;
  /// The first result that points there.
  readonly owner: Global;
}
/// A place for bytes of this name.
export type Add = (name: string, bytes: Uint8Array, readonly: boolean) => Global;

export class Remains {
  private readonly stretches: Stretch[] = [];
  /// Addresses in memory, by where they are written.
  private readonly pointers = new Map<number, { readonly symbol: string; readonly offset: number } | { readonly target: number }>();
  private readonly seen = new Set<string>();

  /// `named`: the program's static data.
  constructor(
    private readonly program: WasmProgram,
    private readonly named: ReadonlySet<string>,
  ) {}

  /// Where the memory ends that some result points to.
  get end(): number {
    return this.stretches.reduce((end, stretch) => Math.max(end, stretch.end), 0);
  }

  /// Follows the addresses in a value.
  follow(type: Type, at: number, owner: Global): void {
    if (!holdsAddresses(type)) return;
    switch (type.kind) {
      case "arr":
        for (let index = 0; index < Number(type.length); index++) this.follow(type.of, at + index * sizeOf(type.of), owner);
        break;
      case "struct":
        for (const field of type.fields.values()) this.follow(field.type, at + field.offset, owner);
        break;
      case "union": {
        const tag = this.read(at + type.tag.offset, sizeOf(type.tag.type));
        const member = type.members.find((struct) => BigInt.asUintN(sizeOf(type.tag.type) * 8, struct.fields.get(type.tag.name)?.tag ?? 0n) === tag);
        if (member) this.follow(member, at, owner);
        break;
      }
      case "ptr":
        this.point(at, type.to, 1, false, owner);
        break;
      case "slice": {
        const length = Number(this.read(at + 8, 8));
        if (length === 0) this.program.writeMemory(at, new Uint8Array(8));
        else this.point(at, type.of, length, type.readonly || type.text, owner);
        break;
      }
      case "func": {
        const address = this.read(at, 8);
        const found = address === 0n ? undefined : this.program.symbolAt(address);
        if (found) this.pointers.set(at, found);
      }
    }
  }

  private read(at: number, bytes: number): bigint {
    return this.program.readMemory(at, bytes).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  private point(at: number, to: Type, count: number, isReadonly: boolean, owner: Global): void {
    const target = Number(this.read(at, 8));
    if (target === 0) return;
    const found = this.program.symbolAt(target);
    if (found && this.named.has(found.symbol)) return void this.pointers.set(at, found);
    const end = target + count * sizeOf(to);
    // Of a device, or what else the function knew by number.
    if (end > this.program.memoryBytes) return;
    this.pointers.set(at, { target });
    const key = `${target} ${count} ${typeKey(to)} ${isReadonly}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.stretches.push({ start: target, end, align: alignOf(to), isReadonly, owner });
    if (holdsAddresses(to)) for (let index = 0; index < count; index++) this.follow(to, target + index * sizeOf(to), owner);
  }

  /// Makes static data of the memory that is pointed to, and writes down the addresses in it and in the results.
  finish(results: readonly Global[], add: Add): void {
    const parts = this.joined().map(({ start: first, end: last, align, isReadonly, owner }) => {
      const [start, end] = [Math.floor(first / align) * align, Math.ceil(last / align) * align];
      const bytes = new Uint8Array(end - start);
      bytes.set(this.program.readMemory(first, last - first), first - start);
      return { start, global: add(`${owner.name}.data`, bytes, isReadonly) };
    });
    const places = [...parts, ...results.map((global) => ({ start: this.program.addressOf(global.name), global }))];
    for (const { start, global } of places) global.relocations = this.relocations(global.bytes!, start, parts);
  }

  /// Each byte once.
  private joined(): Stretch[] {
    const all: Stretch[] = [];
    for (const next of this.stretches.sort((a, b) => a.start - b.start || b.end - a.end)) {
      const last = all.at(-1);
      const joins = last && (next.start < last.end || (next.start === last.end && next.isReadonly === last.isReadonly));
      if (joins) all[all.length - 1] = { ...last, end: Math.max(last.end, next.end), align: Math.max(last.align, next.align), isReadonly: last.isReadonly && next.isReadonly };
      else all.push(next);
    }
    return all;
  }

  private relocations(bytes: Uint8Array, start: number, parts: readonly { readonly start: number; readonly global: Global }[]): Data["relocations"] {
    return [...this.pointers].flatMap(([at, pointer]) => {
      const offset = at - start;
      if (offset < 0 || offset >= bytes.length) return [];
      bytes.fill(0, offset, offset + 8);
      if ("symbol" in pointer) return [{ offset, symbol: pointer.symbol, addend: pointer.offset }];
      const part = parts.findLast((one) => one.start <= pointer.target)!;
      return [{ offset, symbol: part.global.name, addend: pointer.target - part.start }];
    });
  }
}

/// The type's values can be followed to all that they point to.
export function canFollow(type: Type, seen = new Set<Type>()): boolean {
  if (seen.has(type)) return true;
  seen.add(type);
  switch (type.kind) {
    case "arr":
    case "slice":
      return canFollow(type.of, seen);
    case "struct":
      return [...type.fields.values()].every((field) => canFollow(field.type, seen));
    case "union":
      return type.members.every((member) => canFollow(member, seen));
    case "ptr":
      return canFollow(type.to, seen);
    default:
      return ["int", "float", "bool", "enum", "void", "func"].includes(type.kind);
  }
}

function holdsAddresses(type: Type): boolean {
  if (type.kind === "arr") return holdsAddresses(type.of);
  if (type.kind === "struct") return [...type.fields.values()].some((field) => holdsAddresses(field.type));
  if (type.kind === "union") return type.members.some(holdsAddresses);
  return type.kind === "ptr" || type.kind === "slice" || type.kind === "func";
}

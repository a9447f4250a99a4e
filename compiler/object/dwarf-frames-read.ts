// Reads .debug_frame: DWARF 5, section 6.4, of versions 1 to 4 in 32-bit form. What a frame's caller had in its
// registers is where the rules of the code at hand say; those that compilers for RISC-V write are known here.

import { Cursor } from "./dwarf-read.js";
import type { Elf } from "./elf-read.js";

/// How to leave a function at one of its instructions.
export interface FrameRules {
  /// The caller's sp is this register and a distance.
  readonly cfa: { readonly register: number; readonly offset: number };
  /// Saved registers, by their distance from the caller's sp.
  readonly saved: ReadonlyMap<number, number>;
  /// Registers whose value is in another one.
  readonly moved: ReadonlyMap<number, number>;
  readonly returnRegister: number;
  /// Where a trap was taken: the pc that is returned to is that of the instruction, not one after a call.
  readonly isTrap: boolean;
}

interface Unit {
  readonly codeAlign: bigint;
  readonly dataAlign: number;
  readonly returnRegister: number;
  readonly initial: Uint8Array;
  readonly isTrap: boolean;
}
interface Entry {
  readonly start: bigint;
  readonly end: bigint;
  readonly unit: Unit;
  readonly program: Uint8Array;
}

const CIE = 0xffff_ffff;

export class FrameTable {
  private readonly entries: Entry[] = [];

  constructor(elf: Elf) {
    const bytes = elf.sections.find(({ name }) => name === ".debug_frame")?.bytes ?? new Uint8Array();
    try {
      this.read(bytes);
    } catch (error) {
      // One that is cut short ends early.
      if (!(error instanceof RangeError)) throw error;
    }
  }

  private read(bytes: Uint8Array): void {
    const units = new Map<number, Unit>();
    const cursor = new Cursor(bytes);
    while (!cursor.isAtEnd) {
      const at = cursor.at;
      const end = cursor.u32() + cursor.at;
      const id = cursor.u32();
      if (id === CIE) units.set(at, readUnit(cursor, bytes, end));
      else {
        const unit = units.get(id);
        const start = cursor.u64();
        const size = cursor.u64();
        if (unit) this.entries.push({ start, end: start + size, unit, program: bytes.subarray(cursor.at, end) });
      }
      cursor.at = end;
    }
  }

  /// Undefined where nothing is known of the code.
  at(pc: bigint): FrameRules | undefined {
    const entry = this.entries.find(({ start, end }) => pc >= start && pc < end);
    if (!entry) return undefined;
    const state = new State(entry.unit);
    state.run(entry.unit.initial, 0n, undefined);
    state.begin();
    state.run(entry.program, entry.start, pc);
    const { cfa, saved, moved } = state;
    return { cfa, saved, moved, returnRegister: entry.unit.returnRegister, isTrap: entry.unit.isTrap };
  }
}

function readUnit(cursor: Cursor, bytes: Uint8Array, end: number): Unit {
  const version = cursor.u8();
  const augmentation = cursor.text();
  if (version >= 4) cursor.at += 2;
  const codeAlign = cursor.uleb();
  const dataAlign = cursor.sleb();
  const returnRegister = version === 1 ? cursor.u8() : Number(cursor.uleb());
  return { codeAlign, dataAlign, returnRegister, initial: bytes.subarray(cursor.at, end), isTrap: augmentation.includes("S") };
}

class State {
  cfa = { register: 2, offset: 0 };
  saved = new Map<number, number>();
  moved = new Map<number, number>();
  private first = new Map<number, number>();
  private readonly stack: Pick<State, "cfa" | "saved" | "moved">[] = [];

  constructor(private readonly unit: Unit) {}

  /// The rules so far are those that `restore` goes back to.
  begin(): void {
    this.first = new Map(this.saved);
  }

  /// Up to the rules that hold at `pc`.
  run(program: Uint8Array, start: bigint, pc: bigint | undefined): void {
    const { codeAlign, dataAlign } = this.unit;
    const cursor = new Cursor(program);
    let at = start;
    const advance = (by: bigint) => {
      at += by * codeAlign;
      return pc === undefined || at <= pc;
    };
    while (!cursor.isAtEnd) {
      const code = cursor.u8();
      const low = code & 0x3f;
      switch (code >> 6) {
        case 1:
          if (!advance(BigInt(low))) return;
          continue;
        case 2:
          this.save(low, Number(cursor.uleb()) * dataAlign);
          continue;
        case 3:
          this.restore(low);
          continue;
      }
      switch (code) {
        case 0x00: // nop
          break;
        case 0x02: // advance_loc1, 2, 4
          if (!advance(BigInt(cursor.u8()))) return;
          break;
        case 0x03:
          if (!advance(BigInt(cursor.u16()))) return;
          break;
        case 0x04:
          if (!advance(BigInt(cursor.u32()))) return;
          break;
        case 0x05: // offset_extended
          this.save(Number(cursor.uleb()), Number(cursor.uleb()) * dataAlign);
          break;
        case 0x06: // restore_extended
          this.restore(Number(cursor.uleb()));
          break;
        case 0x07: // undefined, same_value
        case 0x08:
          this.forget(Number(cursor.uleb()));
          break;
        case 0x09: { // register
          const register = Number(cursor.uleb());
          this.forget(register);
          this.moved.set(register, Number(cursor.uleb()));
          break;
        }
        case 0x0a: // remember_state, restore_state
          this.stack.push({ cfa: this.cfa, saved: new Map(this.saved), moved: new Map(this.moved) });
          break;
        case 0x0b: {
          const kept = this.stack.pop();
          if (kept) Object.assign(this, kept);
          break;
        }
        case 0x0c: // def_cfa
          this.cfa = { register: Number(cursor.uleb()), offset: Number(cursor.uleb()) };
          break;
        case 0x0d:
          this.cfa = { ...this.cfa, register: Number(cursor.uleb()) };
          break;
        case 0x0e:
          this.cfa = { ...this.cfa, offset: Number(cursor.uleb()) };
          break;
        case 0x11: // offset_extended_sf
          this.save(Number(cursor.uleb()), cursor.sleb() * dataAlign);
          break;
        default:
          // Expressions and the like: the rules so far are the best there are.
          return;
      }
    }
  }

  private save(register: number, offset: number): void {
    this.moved.delete(register);
    this.saved.set(register, offset);
  }
  private forget(register: number): void {
    this.moved.delete(register);
    this.saved.delete(register);
  }
  private restore(register: number): void {
    const before = this.first.get(register);
    if (before === undefined) this.forget(register);
    else this.save(register, before);
  }
}

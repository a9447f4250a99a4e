// Where values are, after allocation and before frames are built.
//
// A holder is a machine register or spill slot as the home of one value. It is
// good from where the value is written to where another one is, on every path:
// a forward analysis that trusts nothing else, least of all liveness.
//
// What an edge's copies write belongs to the next block, so it counts at this
// one's end; such copies have no location.

import { lastOf } from "../ir/debug.js";
import { entryOf, type Func, type Value } from "../ir/types.js";
import type { Assignment } from "./allocate.js";
import { add, has, remove } from "./bits.js";
import { argumentPlaces, type ArgumentPlace } from "./convention.js";
import { defsOf, isCopy, isVirtual, reservedRegs, SLOT_BYTES, type FrameArea, type Instr, type MachineBlock, type MachineFunc, type Reg } from "./machine.js";

/// A place, where the frame's layout is not known yet.
export type EarlyPlace =
  | { readonly kind: "register"; readonly register: Reg }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "address"; readonly symbol: string; readonly offset: number }
  | { readonly kind: "area"; readonly area: FrameArea; readonly offset: number }
  | { readonly kind: "areaAddress"; readonly area: FrameArea; readonly offset: number; readonly align: number }
  | { readonly kind: "behind"; readonly pointer: EarlyPlace };

/// A place that has a value, and the place that is at the address which it then holds.
export interface Home {
  readonly place: EarlyPlace;
  readonly behind: EarlyPlace;
  /// The holder's number; undefined where the place has the value everywhere.
  readonly holder: number | undefined;
}
const homeIn = (place: EarlyPlace, holder?: number): Home => ({ place, behind: { kind: "behind", pointer: place }, holder });

/// At one place of the code: which holders are good there, and which are from the next block on.
export class Good {
  constructor(
    readonly now: Uint32Array,
    readonly later = new Uint32Array(now.length),
  ) {}
  has(holder: number): boolean {
    return has(this.now, holder);
  }
}

export class Holders {
  private count = 0;
  private readonly byRegister = new Map<Reg, number[]>();
  private readonly byVirtual = new Map<Reg, Home>();
  private readonly bySpill = new Map<number, Home>();
  private readonly bySlot = new Map<string, Home>();
  private readonly arguments: number[] = [];
  private readonly known = new Map<Value, readonly Home[]>();
  private readonly entryParams: ReadonlyMap<Value, ArgumentPlace>;

  constructor(
    private readonly fn: Func,
    private readonly machine: MachineFunc,
    private readonly assignment: Assignment,
  ) {
    const { params } = entryOf(fn);
    const places = argumentPlaces(params.map(({ type }) => type));
    this.entryParams = new Map(params.map((param, index) => [param, places[index]!]));
  }

  /// Where a value may be. All values that matter are asked for before the code is walked.
  homesOf(value: Value): readonly Home[] {
    const known = this.known.get(value);
    if (known) return known;
    const fixed = this.fixedPlace(value);
    const homes = fixed ? [homeIn(fixed)] : this.findHolders(value);
    this.known.set(value, homes);
    return homes;
  }

  /// What a slot of the frame is; undefined where it is not in memory, or not whole.
  slotOf(symbol: string): Home | undefined {
    const offset = this.machine.selected.slots.get(symbol);
    if (offset === undefined || this.fn.promoted.has(symbol)) return undefined;
    return getOrMake(this.bySlot, symbol, () => homeIn({ kind: "area", area: "slots", offset }));
  }

  private fixedPlace(value: Value): EarlyPlace | undefined {
    const { op, imm, symbol } = value;
    if (op === "const") return { kind: "constant", value: imm };
    if (op === "global") return { kind: "address", symbol, offset: Number(imm) };
    if (op === "register" && reservedRegs[symbol] !== undefined) return { kind: "register", register: reservedRegs[symbol] };
    const slot = op === "slot" ? this.machine.selected.slots.get(symbol) : undefined;
    if (slot !== undefined) return { kind: "areaAddress", area: "slots", offset: slot, align: 1 };
    const moved = op === "and" || op === "add" ? this.inSlot(value) : undefined;
    if (moved) return moved;
    const param = this.entryParams.get(value);
    if (param?.word !== undefined) return { kind: "area", area: "incoming", offset: param.word * SLOT_BYTES };
    return undefined;
  }

  /// Of a slot's address: so far on, or down to a power of two.
  private inSlot({ op, args }: Value): EarlyPlace | undefined {
    const [base, by] = args.map(lastOf);
    const place = by?.op === "const" && base ? this.fixedPlace(base) : undefined;
    if (place?.kind !== "areaAddress" || place.align !== 1) return undefined;
    if (op === "add") return { ...place, offset: place.offset + Number(by!.imm) };
    const align = -by!.imm;
    return align > 0n && (align & (align - 1n)) === 0n ? { ...place, align: Number(align) } : undefined;
  }

  private findHolders(value: Value): Home[] {
    const found: Home[] = [];
    const virtual = this.machine.selected.registerOf(value);
    const home = virtual !== undefined && isVirtual(virtual) ? this.homeOf(virtual) : undefined;
    if (home) found.push(home);
    const register = this.entryParams.get(value)?.reg;
    if (register !== undefined) {
      const argument = this.inRegister(register);
      this.arguments.push(argument.holder!);
      found.push(argument);
    }
    return found;
  }

  private homeOf(virtual: Reg): Home | undefined {
    const register = this.assignment.get(virtual);
    if (register !== undefined) return getOrMake(this.byVirtual, virtual, () => this.inRegister(register));
    const offset = this.machine.spilled.get(virtual);
    if (offset === undefined) return undefined;
    return getOrMake(this.bySpill, offset, () => homeIn({ kind: "area", area: "spills", offset }, this.count++));
  }

  private inRegister(register: Reg): Home {
    const home = homeIn({ kind: "register", register }, this.count++);
    getOrMake(this.byRegister, register, () => []).push(home.holder!);
    return home;
  }

  // --- which holders are good

  /// At the start of each block; a block that is only reached by a failed check has what is good there.
  flow(): ReadonlyMap<MachineBlock, Uint32Array> {
    const { blocks } = this.machine;
    const words = Math.ceil(this.count / 32);
    const first = new Uint32Array(words);
    for (const holder of this.arguments) add(first, holder);
    const starts = new Map<MachineBlock, Uint32Array>([[blocks[0]!, first]]);
    const work = new Set<MachineBlock>([blocks[0]!]);
    const good = new Good(new Uint32Array(words));
    const meet = (next: MachineBlock) => {
      const known = starts.get(next);
      if (!known) starts.set(next, good.now.slice());
      else if (!narrow(known, good.now)) return;
      work.add(next);
    };
    for (const block of work) {
      work.delete(block);
      good.now.set(starts.get(block)!);
      good.later.fill(0);
      for (const instr of block.code) {
        if (instr.target && !block.successors.includes(instr.target)) meet(instr.target);
        this.step(instr, good);
      }
      for (let word = 0; word < words; word++) good.now[word]! |= good.later[word]!;
      block.successors.forEach(meet);
    }
    return starts;
  }

  /// From before an instruction to after it.
  step(instr: Instr, good: Good): void {
    const defs = defsOf(instr);
    this.forget(instr, good, defs);
    const into = instr.location ? good.now : good.later;
    for (const def of defs) {
      const home = this.byVirtual.get(def);
      if (home) add(into, home.holder!);
    }
    if (instr.area === "spills" && instr.op === "sd") {
      const home = this.bySpill.get(instr.imm!);
      if (!home) return;
      remove(good.now, home.holder!);
      add(into, home.holder!);
    }
  }

  /// Of what it writes, the old values.
  forget(instr: Instr, { now, later }: Good, defs = defsOf(instr)): void {
    for (const def of defs) {
      const register = this.register(def);
      const own = this.byVirtual.get(def);
      if (own) remove(now, own.holder!);
      if (isCopy(instr) && this.register(instr.rs1!) === register) continue;
      const held = this.byRegister.get(register);
      if (!held) continue;
      for (const holder of held) {
        remove(now, holder);
        remove(later, holder);
      }
    }
  }

  private register(reg: Reg): Reg {
    return isVirtual(reg) ? this.assignment.get(reg)! : reg;
  }
}

function getOrMake<Key, Item>(map: Map<Key, Item>, key: Key, make: () => Item): Item {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/// Whether that took something away.
function narrow(known: Uint32Array, by: Uint32Array): boolean {
  let changed = false;
  for (let word = 0; word < known.length; word++) {
    const both = (known[word]! & by[word]!) >>> 0;
    changed ||= both !== known[word];
    known[word] = both;
  }
  return changed;
}

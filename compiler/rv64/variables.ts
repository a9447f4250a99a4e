// Where each variable is at each instruction, for the debugger: found after
// allocation, when every value has its register, and before frames are built.
//
// A holder is a machine register or spill slot as the home of one value. It is
// good from where the value is written to where another one is, on every path:
// a forward analysis that trusts nothing else, least of all liveness.
//
//   - What an edge's copies write belongs to the next block, so it counts at
//     this one's end; such copies have no location.
//   - A call's last byte is what a debugger asks about in the caller's frame:
//     there only what survives the call counts.

import { framesOf, inMemory, lastOf, type Point, type PointFrame, type SourceScope, type SourceVariable } from "../ir/debug.js";
import { entryOf, type Func, type Value } from "../ir/types.js";
import type { DebugScope, DebugVariable } from "../object/debug.js";
import type { Assignment } from "./allocate.js";
import { argumentPlaces, type ArgumentPlace } from "./convention.js";
import { defsOf, isCall, isCopy, isVirtual, reservedRegs, SLOT_BYTES, type FrameArea, type Instr, type MachineBlock, type MachineFunc, type Reg } from "./machine.js";

/// A place, where the frame's layout is not known yet.
export type EarlyPlace =
  | { readonly kind: "register"; readonly register: Reg }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "address"; readonly symbol: string; readonly offset: number }
  | { readonly kind: "area" | "areaAddress"; readonly area: FrameArea; readonly offset: number }
  | { readonly kind: "behind"; readonly pointer: EarlyPlace };
export interface EarlyPart {
  readonly offset: number;
  readonly bytes: number;
  readonly place: EarlyPlace;
}

/// What a debugger is to know while one instruction is next.
export interface Snapshot {
  readonly node: ScopeNode;
  readonly held: readonly { readonly variable: DebugVariable; readonly parts: readonly EarlyPart[] }[];
}

/// A scope in this function: of its own source, or of a copy of another's.
export interface ScopeNode {
  readonly output: DebugScope;
  readonly parent: ScopeNode | undefined;
  readonly children: Map<object, ScopeNode>;
  readonly variables: Map<SourceVariable, DebugVariable>;
}

/// What is known of a point before it is known which holders are good.
interface Asked {
  readonly point: Point;
  readonly node: ScopeNode;
  readonly items: readonly Item[];
  readonly mask: Uint32Array;
}
interface Item {
  readonly variable: DebugVariable;
  readonly leaves: readonly Leaf[];
}
interface InFrame {
  readonly parent: ScopeNode;
  readonly node: ScopeNode;
  readonly items: readonly Item[];
}
interface Leaf {
  readonly offset: number;
  readonly bytes: number;
  /// Good always; else one of the holders is.
  readonly fixed: EarlyPlace | undefined;
  readonly holders: readonly number[];
  readonly isBehind: boolean;
}

export function placeVariables(fn: Func, machine: MachineFunc, assignment: Assignment): void {
  if (fn.debug) new Placing(fn, machine, assignment).run();
}

class Placing {
  private readonly holders: EarlyPlace[] = [];
  private readonly byRegister = new Map<Reg, number[]>();
  private readonly byVirtual = new Map<Reg, number>();
  private readonly bySpill = new Map<number, number>();
  private readonly arguments: number[] = [];
  private readonly values = new Map<Value, { fixed: EarlyPlace | undefined; holders: readonly number[] }>();
  private readonly points = new Map<Point, Asked>();
  private readonly frames = new Map<PointFrame, InFrame>();
  private readonly entryParams: ReadonlyMap<Value, ArgumentPlace>;
  private readonly root: ScopeNode;
  private words = 0;

  constructor(
    private readonly fn: Func,
    private readonly machine: MachineFunc,
    private readonly assignment: Assignment,
  ) {
    const { params } = entryOf(fn);
    const places = argumentPlaces(params.map(({ type }) => type));
    this.entryParams = new Map(params.map((param, index) => [param, places[index]!]));
    this.root = newNode(undefined, undefined);
    machine.scope = this.root.output;
  }

  run(): void {
    const { blocks } = this.machine;
    for (const { code } of blocks) for (const { location } of code) if (location?.point) this.ask(location.point);
    this.words = Math.ceil(this.holders.length / 32);
    for (const asked of this.points.values()) this.fillMask(asked);
    const starts = this.flow();
    for (const block of blocks) {
      const good = starts.get(block);
      if (good) this.walk(block, good);
    }
  }

  // --- points

  private ask(point: Point): Asked {
    const known = this.points.get(point);
    if (known) return known;
    const items: Item[] = [];
    let node = this.root;
    const frames = framesOf(point);
    for (let index = frames.length - 1; index >= 0; index--) {
      const inside = this.inFrame(frames[index]!, node);
      items.push(...inside.items);
      node = inside.node;
    }
    const asked: Asked = { point, node, items, mask: new Uint32Array() };
    this.points.set(point, asked);
    return asked;
  }

  private inFrame(frame: PointFrame, parent: ScopeNode): InFrame {
    const known = this.frames.get(frame);
    if (known?.parent === parent) return known;
    const items: Item[] = [];
    let node = frame.call ? childOf(parent, frame.call, { source: frame.scope.source, site: frame.call.site }) : parent;
    const scopes: SourceScope[] = [];
    for (let scope: SourceScope | undefined = frame.scope; scope; scope = scope.outer) scopes.push(scope);
    for (const scope of scopes.reverse()) {
      if (scope.outer && scope.variables.length > 0) node = childOf(node, scope, undefined);
      for (const variable of scope.variables) {
        const output = variableOf(node, variable);
        const leaves = this.leavesOf(variable, frame);
        if (leaves.length > 0) items.push({ variable: output, leaves });
      }
    }
    const made: InFrame = { parent, node, items };
    this.frames.set(frame, made);
    return made;
  }

  private leavesOf({ home, bytes }: SourceVariable, frame: PointFrame): Leaf[] {
    const { slots } = this.machine.selected;
    if (home.kind === "slot") {
      const symbol = `${frame.slots}${home.symbol}`;
      const offset = slots.get(symbol);
      if (offset === undefined || this.fn.promoted.has(symbol) || frame.valueOf(home.declared) !== inMemory) return [];
      const place: EarlyPlace = { kind: "area", area: "slots", offset };
      return [{ offset: 0, bytes, fixed: home.isAddress ? { kind: "behind", pointer: place } : place, holders: [], isBehind: false }];
    }
    const isBehind = home.kind === "address";
    const parts = isBehind ? [{ variable: home.variable, offset: 0, bytes }] : home.leaves;
    return parts.flatMap(({ variable, offset, bytes }): Leaf[] => {
      const held = frame.valueOf(variable);
      if (held === undefined || held === inMemory) return [];
      const { fixed, holders } = this.holdersOf(lastOf(held));
      if (!fixed && holders.length === 0) return [];
      return [{ offset, bytes, fixed: fixed && isBehind ? { kind: "behind", pointer: fixed } : fixed, holders, isBehind }];
    });
  }

  private holdersOf(value: Value) {
    const known = this.values.get(value);
    if (known) return known;
    const fixed = this.fixedPlace(value);
    const found = { fixed, holders: fixed ? [] : this.findHolders(value) };
    this.values.set(value, found);
    return found;
  }

  private fixedPlace(value: Value): EarlyPlace | undefined {
    const { op, imm, symbol } = value;
    if (op === "const") return { kind: "constant", value: imm };
    if (op === "global") return { kind: "address", symbol, offset: Number(imm) };
    if (op === "register" && reservedRegs[symbol] !== undefined) return { kind: "register", register: reservedRegs[symbol] };
    const slot = op === "slot" ? this.machine.selected.slots.get(symbol) : undefined;
    if (slot !== undefined) return { kind: "areaAddress", area: "slots", offset: slot };
    const param = this.entryParams.get(value);
    if (param?.word !== undefined) return { kind: "area", area: "incoming", offset: param.word * SLOT_BYTES };
    return undefined;
  }

  private findHolders(value: Value): number[] {
    const found: number[] = [];
    const virtual = this.machine.selected.registerOf(value);
    if (virtual !== undefined && isVirtual(virtual)) {
      const known = this.byVirtual.get(virtual) ?? this.newHolder(virtual);
      if (known !== undefined) found.push(known);
    }
    const register = this.entryParams.get(value)?.reg;
    if (register !== undefined) {
      const index = this.holders.push({ kind: "register", register }) - 1;
      this.arguments.push(index);
      this.inRegister(register, index);
      found.push(index);
    }
    return found;
  }

  private newHolder(virtual: Reg): number | undefined {
    const register = this.assignment.get(virtual);
    const slot = this.machine.spilled.get(virtual);
    if (register === undefined && slot === undefined) return undefined;
    const known = register === undefined ? this.bySpill.get(slot!) : undefined;
    if (known !== undefined) return known;
    const index = this.holders.push(register === undefined ? { kind: "area", area: "spills", offset: slot! } : { kind: "register", register }) - 1;
    if (register === undefined) this.bySpill.set(slot!, index);
    else {
      this.byVirtual.set(virtual, index);
      this.inRegister(register, index);
    }
    return index;
  }

  private inRegister(register: Reg, index: number): void {
    const known = this.byRegister.get(register);
    if (known) known.push(index);
    else this.byRegister.set(register, [index]);
  }

  private fillMask(asked: Asked): void {
    const mask = new Uint32Array(this.words);
    for (const { leaves } of asked.items) for (const { holders } of leaves) for (const index of holders) set(mask, index);
    this.points.set(asked.point, { ...asked, mask });
  }

  // --- which holders are good

  /// At the start of each block; a block that is only reached by a failed check has what is good there.
  private flow(): Map<MachineBlock, Uint32Array> {
    const { blocks } = this.machine;
    const starts = new Map<MachineBlock, Uint32Array>();
    const first = new Uint32Array(this.words);
    for (const index of this.arguments) set(first, index);
    starts.set(blocks[0]!, first);
    const work = new Set<MachineBlock>([blocks[0]!]);
    for (const block of work) {
      work.delete(block);
      const good = Uint32Array.from(starts.get(block)!);
      const later = new Uint32Array(this.words);
      const meet = (next: MachineBlock) => {
        const known = starts.get(next);
        if (!known) starts.set(next, Uint32Array.from(good));
        else if (!narrow(known, good)) return;
        work.add(next);
      };
      for (const instr of block.code) {
        if (instr.target && !block.successors.includes(instr.target)) meet(instr.target);
        this.step(instr, good, later);
      }
      for (let word = 0; word < this.words; word++) good[word]! |= later[word]!;
      for (const next of block.successors) meet(next);
    }
    return starts;
  }

  /// From before an instruction to after it. `later`: what is good from the next block on.
  private step(instr: Instr, good: Uint32Array, later: Uint32Array): void {
    this.forget(instr, good, later);
    const into = instr.location ? good : later;
    for (const def of defsOf(instr)) {
      const index = this.byVirtual.get(def);
      if (index !== undefined) set(into, index);
    }
    if (instr.area === "spills" && instr.op === "sd") {
      const index = this.bySpill.get(instr.imm!);
      if (index !== undefined) {
        clear(good, index);
        set(into, index);
      }
    }
  }

  private forget(instr: Instr, good: Uint32Array, later: Uint32Array): void {
    const machine = (reg: Reg) => (isVirtual(reg) ? this.assignment.get(reg)! : reg);
    for (const def of defsOf(instr)) {
      const register = machine(def);
      const own = this.byVirtual.get(def);
      if (own !== undefined) clear(good, own);
      if (isCopy(instr) && machine(instr.rs1!) === register) continue;
      for (const index of this.byRegister.get(register) ?? []) {
        clear(good, index);
        clear(later, index);
      }
    }
  }

  // --- instructions

  private walk(block: MachineBlock, start: Uint32Array): void {
    const [good, later] = [Uint32Array.from(start), new Uint32Array(this.words)];
    let asked: Asked | undefined;
    let last: { asked: Asked; snapshot: Snapshot } | undefined;
    const seen = new Uint32Array(this.words);
    const snapshot = (): Snapshot | undefined => {
      if (!asked) return undefined;
      let isSame = last?.asked === asked;
      for (let word = 0; word < seen.length; word++) {
        const relevant = (good[word]! & asked.mask[word]!) >>> 0;
        isSame &&= seen[word] === relevant;
        seen[word] = relevant;
      }
      if (!last || !isSame) last = { asked, snapshot: snapshotOf(asked, good, this.holders) };
      return last.snapshot;
    };
    for (const instr of block.code) {
      if (instr.location) asked = instr.location.point && this.points.get(instr.location.point);
      instr.variables = snapshot();
      if (isCall(instr) || isLong(instr)) {
        this.forget(instr, good, later);
        instr.during = snapshot();
      }
      this.step(instr, good, later);
    }
  }
}

/// Becomes several instructions, after the first of which its results may be half made.
const isLong = ({ op, symbol }: Instr) => op === "li" || op === "la" || op === "asm" || op.startsWith("cas.") || symbol !== undefined;

const set = (bits: Uint32Array, index: number) => void (bits[index >> 5]! |= 1 << (index & 31));
const clear = (bits: Uint32Array, index: number) => void (bits[index >> 5]! &= ~(1 << (index & 31)));
const has = (bits: Uint32Array, index: number) => (bits[index >> 5]! & (1 << (index & 31))) !== 0;
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

function snapshotOf({ node, items }: Asked, good: Uint32Array, holders: readonly EarlyPlace[]): Snapshot {
  const held: { variable: DebugVariable; parts: EarlyPart[] }[] = [];
  for (const { variable, leaves } of items) {
    const parts: EarlyPart[] = [];
    for (const leaf of leaves) {
      const place = leaf.fixed ?? placeOf(leaf, good, holders);
      if (place) parts.push({ offset: leaf.offset, bytes: leaf.bytes, place });
    }
    if (parts.length > 0) held.push({ variable, parts });
  }
  return { node, held };
}
function placeOf({ holders: own, isBehind }: Leaf, good: Uint32Array, holders: readonly EarlyPlace[]): EarlyPlace | undefined {
  const index = own.find((candidate) => has(good, candidate));
  const place = index === undefined ? undefined : holders[index];
  return place && isBehind ? { kind: "behind", pointer: place } : place;
}

function newNode(parent: ScopeNode | undefined, inlined: DebugScope["inlined"]): ScopeNode {
  return { output: { ranges: [], variables: [], children: [], inlined }, parent, children: new Map(), variables: new Map() };
}
function childOf(parent: ScopeNode, key: object, inlined: DebugScope["inlined"]): ScopeNode {
  const known = parent.children.get(key);
  if (known) return known;
  const child = newNode(parent, inlined);
  parent.children.set(key, child);
  parent.output.children.push(child.output);
  return child;
}
function variableOf(node: ScopeNode, variable: SourceVariable): DebugVariable {
  const known = node.variables.get(variable);
  if (known) return known;
  const { name, type, bytes, isParameter, location } = variable;
  const made: DebugVariable = { name, type, bytes, isParameter, location, ranges: [] };
  node.variables.set(variable, made);
  node.output.variables.push(made);
  return made;
}

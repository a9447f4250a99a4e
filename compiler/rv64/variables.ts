// Where each variable is at each instruction, for the debugger: found after
// allocation, when every value has its register (holders.ts), and before frames
// are built.
//
// A call's last byte is what a debugger asks about in the caller's frame: there
// only what survives the call counts.

import { inMemory, lastOf, Way, type Point, type PointFrame, type SourceScope, type SourceVariable } from "../ir/debug.js";
import type { Variable } from "../ir/builder.js";
import type { Func } from "../ir/types.js";
import type { DebugScope, DebugVariable } from "../object/debug.js";
import type { Assignment } from "./allocate.js";
import { Good, Holders, type EarlyPlace, type Home } from "./holders.js";
import { isCall, type Instr, type MachineBlock, type MachineFunc } from "./machine.js";

export interface EarlyPart {
  readonly offset: number;
  readonly bytes: number;
  readonly place: EarlyPlace;
}

/// What a debugger is to know while one instruction is next.
export interface Snapshot {
  readonly node: ScopeNode;
  readonly held: readonly HeldVariable[];
}
export interface HeldVariable {
  readonly variable: DebugVariable;
  readonly parts: readonly EarlyPart[];
}

/// A scope in this function: of its own source, or of a copy of another's.
export interface ScopeNode {
  readonly output: DebugScope;
  readonly parent: ScopeNode | undefined;
  readonly children: Map<object, ScopeNode>;
  readonly variables: Map<SourceVariable, Tracked>;
}

/// A variable, and where it was when it was last looked for: mostly it is still there.
interface Tracked {
  readonly output: DebugVariable;
  last: HeldVariable;
}

/// What is known of a frame, its callers included, before it is known which holders are good.
interface Asked {
  readonly node: ScopeNode;
  readonly items: readonly Item[];
}
interface Item {
  readonly variable: Tracked;
  readonly leaves: readonly Leaf[];
}
interface Leaf {
  readonly offset: number;
  readonly bytes: number;
  readonly homes: readonly Home[];
  /// Each home holds its address.
  readonly isBehind: boolean;
}
const nowhere: readonly Leaf[] = [];

export function placeVariables(fn: Func, machine: MachineFunc, assignment: Assignment): void {
  if (fn.debug) new Placing(machine, new Holders(fn, machine, assignment)).run();
}

class Placing {
  private readonly end = new Way();
  private readonly asked = new Map<PointFrame, Asked>();
  private readonly root = newNode(undefined, undefined);

  constructor(
    private readonly machine: MachineFunc,
    private readonly holders: Holders,
  ) {
    machine.scope = this.root.output;
  }

  run(): void {
    const { blocks } = this.machine;
    for (const { code } of blocks) for (const { location } of code) if (location?.point) this.ask(location.point);
    const starts = this.holders.flow();
    for (const block of blocks) {
      const start = starts.get(block);
      if (start) this.walk(block, new Good(start));
    }
  }

  private ask(point: Point): Asked {
    return this.inFrame(this.end.frameOf(point));
  }

  private inFrame(frame: PointFrame): Asked {
    const known = this.asked.get(frame);
    if (known) return known;
    const { caller, call, scope } = frame;
    const outer = caller && this.inFrame(caller);
    const items = outer ? [...outer.items] : [];
    const parent = outer?.node ?? this.root;
    const made: Asked = { node: this.inScope(frame, scope, call ? childOf(parent, call, { source: scope.source, site: call.site }) : parent, items), items };
    this.asked.set(frame, made);
    return made;
  }

  /// Adds what is known of the scope's variables, and of those around it; the scope's node.
  private inScope(frame: PointFrame, scope: SourceScope, root: ScopeNode, items: Item[]): ScopeNode {
    const around = scope.outer ? this.inScope(frame, scope.outer, root, items) : root;
    const node = scope.outer && scope.variables.length > 0 ? childOf(around, scope, undefined) : around;
    for (const variable of scope.variables) {
      const tracked = trackedIn(node, variable);
      const leaves = this.leavesOf(variable, frame);
      if (leaves.length > 0) items.push({ variable: tracked, leaves });
    }
    return node;
  }

  private leavesOf({ home, bytes }: SourceVariable, frame: PointFrame): readonly Leaf[] {
    if (home.kind === "slot") {
      const slot = this.holders.slotOf(`${frame.slots}${home.symbol}`);
      return slot && frame.valueOf(home.declared) === inMemory ? [{ offset: 0, bytes, homes: [slot], isBehind: home.isAddress }] : nowhere;
    }
    if (home.kind === "address") {
      const homes = this.homesOf(home.variable, frame);
      return homes ? [{ offset: 0, bytes, homes, isBehind: true }] : nowhere;
    }
    let leaves: Leaf[] | undefined;
    for (const { variable, offset, bytes } of home.leaves) {
      const homes = this.homesOf(variable, frame);
      if (!homes) continue;
      const leaf = { offset, bytes, homes, isBehind: false };
      // Mostly one, of which a list takes no more room than that.
      if (leaves) leaves.push(leaf);
      else leaves = [leaf];
    }
    return leaves ?? nowhere;
  }

  /// Undefined where there is none.
  private homesOf(variable: Variable, frame: PointFrame): readonly Home[] | undefined {
    const held = frame.valueOf(variable);
    if (held === undefined || held === inMemory) return undefined;
    const homes = this.holders.homesOf(lastOf(held));
    return homes.length > 0 ? homes : undefined;
  }

  private walk({ code }: MachineBlock, good: Good): void {
    let asked: Asked | undefined;
    let last: Snapshot | undefined;
    const snapshot = () => (last = asked && snapshotOf(asked, good, last));
    for (const instr of code) {
      if (instr.location) asked = instr.location.point && this.ask(instr.location.point);
      instr.variables = snapshot();
      if (isCall(instr) || isLong(instr)) {
        this.holders.forget(instr, good);
        instr.during = snapshot();
      }
      this.holders.step(instr, good);
    }
  }
}

/// Becomes several instructions, after the first of which its results may be half made.
const isLong = ({ op, symbol }: Instr) => op === "li" || op === "la" || op === "asm" || op.startsWith("cas.") || symbol !== undefined;

/// The last one, where nothing has changed.
function snapshotOf({ node, items }: Asked, good: Good, last: Snapshot | undefined): Snapshot {
  const held: HeldVariable[] = [];
  let isSame = last?.node === node;
  for (const item of items) {
    const found = findVariable(item, good);
    if (!found) continue;
    isSame &&= last!.held[held.length] === found;
    held.push(found);
  }
  return isSame && last!.held.length === held.length ? last! : { node, held };
}

function findVariable({ variable, leaves }: Item, good: Good): HeldVariable | undefined {
  const known = variable.last.parts;
  let [count, isSame] = [0, true];
  for (const leaf of leaves) {
    const place = placeOf(leaf, good);
    if (!place) continue;
    const part = known[count++];
    isSame &&= part?.place === place && part.offset === leaf.offset && part.bytes === leaf.bytes;
  }
  if (count === 0) return undefined;
  if (!isSame || count !== known.length) variable.last = { variable: variable.output, parts: partsOf(leaves, good) };
  return variable.last;
}

function partsOf(leaves: readonly Leaf[], good: Good): EarlyPart[] {
  const parts: EarlyPart[] = [];
  for (const leaf of leaves) {
    const place = placeOf(leaf, good);
    if (place) parts.push({ offset: leaf.offset, bytes: leaf.bytes, place });
  }
  return parts;
}

function placeOf({ homes, isBehind }: Leaf, good: Good): EarlyPlace | undefined {
  for (const { holder, place, behind } of homes) if (holder === undefined || good.has(holder)) return isBehind ? behind : place;
  return undefined;
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
function trackedIn(node: ScopeNode, variable: SourceVariable): Tracked {
  const known = node.variables.get(variable);
  if (known) return known;
  const { name, type, bytes, isParameter, location } = variable;
  const output: DebugVariable = { name, type, bytes, isParameter, location, ranges: [] };
  const made: Tracked = { output, last: { variable: output, parts: [] } };
  node.variables.set(variable, made);
  node.output.variables.push(output);
  return made;
}

// Code of functions that an earlier run in this process made: under --watch an edit costs what it changes. Lowering,
// passes and code selection run for functions that changed, and for those that took a changed one in. All decisions
// that concern more than one function (what is dropped, what is inlined) are made anew each time, from what is kept
// of each function; so the image is that of a run from nothing. What a run does not use is forgotten after it.

import type { KeptFunctions, LazyFunction, LazyModule } from "./frontend/index.js";
import { Digest } from "./ir/digest.js";
import type { Data, Func, Module, Value } from "./ir/types.js";
import { callsOf, countNames, inlineCalls, isWorthIt, namesIn, reachable, relocated, sizeOf } from "./passes/inline.js";
import type { FunctionCode } from "./rv64/emit.js";
import type { Callee, Callees } from "./rv64/select.js";

export interface Kept {
  readonly code: FunctionCode;
  /// Floats that it loads.
  readonly pooled: readonly Data[];
}

/// The pipeline, as a run with a memo takes it.
export interface Steps {
  /// For each function before others become a part of it.
  readonly early: (fn: Func) => void;
  /// Instructions in a function that becomes a part of its callers; undefined: none does.
  readonly inlineLimit: number | undefined;
  /// Optimises a function and selects its code.
  readonly make: (fn: Func, callees: Callees) => Kept;
}

/// By main file.
export class Memos {
  private readonly memos = new Map<string, Memo>();

  of(entry: string): Memo {
    const memo = this.memos.get(entry) ?? new Memo();
    this.memos.set(entry, memo);
    return memo;
  }
}

/// What is known of a function as it was lowered.
interface Unit extends Callee, Pick<Func, "naked"> {
  readonly lazy: LazyFunction;
  readonly bytes: readonly Data[];
  /// The names in it as lowered, and before inlining.
  readonly lowered: readonly string[];
  readonly names: readonly string[];
  readonly calls: readonly string[];
  /// What became of it in the last run that it was a part of, and where it stayed a function of its own.
  inlined: Inlined | undefined;
  made: Made | undefined;
}
interface Inlined {
  /// Of each call in turn.
  readonly decisions: readonly Decision[];
  /// Digest of all that it is made of now.
  readonly whole: string;
  readonly size: number;
  readonly names: readonly string[];
}
interface Made {
  readonly whole: string;
  readonly kept: Kept;
  /// How what it calls is called.
  readonly callees: string;
}
interface Decision {
  /// All that it depends on besides the caller itself.
  readonly on: string;
  /// What came in, by its digest; undefined where it stayed a call.
  readonly took: string | undefined;
}

export class Memo {
  /// Of the last run.
  readonly counts = { made: 0, kept: 0 };
  /// The front end's.
  kept: KeptFunctions | undefined;
  private units = new Map<string, Unit>();

  /// The code of each function in order, and a module with the data that it names.
  codeOf(module: LazyModule, steps: Steps): { code: FunctionCode[]; module: Module } {
    const run = new Run(module, this.units, steps);
    const kept = run.finish(this.counts);
    this.units = run.all;
    const pooled = new Map(kept.flatMap(({ pooled }) => pooled.map((item) => [item.name, item] as const)));
    return { code: kept.map(({ code }) => code), module: { ...module, functions: [], data: [...run.data, ...pooled.values()] } };
  }
}

class Run {
  readonly all: Map<string, Unit>;
  data: readonly Data[];
  private units: readonly Unit[];
  /// Functions as IR, where they are needed so: before inlining, and after.
  private readonly fresh = new Map<string, Func>();
  private readonly live = new Map<string, Func>();
  private readonly inlined = new Map<string, Inlined | "open">();
  private readonly counts: ReadonlyMap<string, number>;

  constructor(
    private readonly module: LazyModule,
    before: ReadonlyMap<string, Unit>,
    private readonly steps: Steps,
  ) {
    this.all = new Map(module.functions.map((lazy) => [lazy.name, this.unitOf(lazy, before.get(lazy.name))]));
    this.units = [...this.all.values()];
    const bytes = [...this.units.flatMap((unit) => unit.bytes), ...module.bytes];
    this.data = [...module.data, ...new Map(bytes.map((item) => [item.name, item])).values()];
    this.drop(({ lowered }) => lowered);
    this.counts = countNames([...module.roots, ...this.units.flatMap(({ names }) => names), ...this.data.flatMap(relocated)]);
  }

  finish(counts: { made: number; kept: number }): Kept[] {
    for (const unit of this.units) this.inlinedOf(unit);
    if (this.steps.inlineLimit !== undefined) this.drop((unit) => this.inlinedOf(unit).names);
    const signatures = new Map(this.units.map(({ name, attributes, results }) => [name, `${name} ${JSON.stringify(attributes)} ${results}`]));
    const calleesOf = (unit: Unit) => this.inlinedOf(unit).names.map((name) => signatures.get(name) ?? name).join();
    const isKept = (unit: Unit) => unit.made?.whole === this.inlinedOf(unit).whole && unit.made.callees === calleesOf(unit);
    // All that is needed is there before the first is optimised.
    const anew = new Map(this.units.filter((unit) => !isKept(unit)).map((unit) => [unit, this.liveOf(unit)]));
    counts.made = anew.size;
    counts.kept = this.units.length - anew.size;
    const callees = new Map(this.units.map((unit) => [unit.name, unit]));
    return this.units.map((unit) => {
      const fn = anew.get(unit);
      if (fn) unit.made = { whole: this.inlinedOf(unit).whole, kept: this.steps.make(fn, callees), callees: calleesOf(unit) };
      return unit.made!.kept;
    });
  }

  private drop(namesOf: (unit: Unit) => readonly string[]): void {
    const kept = reachable(this.module.roots, this.units, namesOf, this.data);
    this.units = this.units.filter(({ name }) => kept.has(name));
    this.data = this.data.filter(({ name }) => kept.has(name));
  }

  private unitOf(lazy: LazyFunction, before: Unit | undefined): Unit {
    if (before?.lazy.digest === lazy.digest) return { ...before, lazy };
    const { fn, bytes } = lazy.lower();
    const lowered = namesIn(fn);
    this.steps.early(fn);
    this.fresh.set(lazy.name, fn);
    const { name, attributes, results, naked } = fn;
    return { name, attributes, results, naked, lazy, bytes, lowered, names: namesIn(fn), calls: callsOf(fn).map(({ symbol }) => symbol), inlined: undefined, made: undefined };
  }

  /// The function before inlining; whoever asks may change it.
  private take(unit: Unit): Func {
    const known = this.fresh.get(unit.name);
    this.fresh.delete(unit.name);
    if (known) return known;
    const { fn } = unit.lazy.lower();
    this.steps.early(fn);
    return fn;
  }

  private inlinedOf(unit: Unit): Inlined {
    const known = this.inlined.get(unit.name);
    if (known === "open") throw new Error(`${unit.name} is being inlined`);
    if (known) return known;
    this.inlined.set(unit.name, "open");
    const found = this.asBefore(unit) ?? this.inline(unit);
    this.inlined.set(unit.name, found);
    unit.inlined = found;
    return found;
  }

  /// What it was before, where all decisions are as they were.
  private asBefore({ calls, inlined }: Unit): Inlined | undefined {
    if (!inlined) return undefined;
    // All callees are visited, in the order of a run from nothing.
    const isSame = calls.map((name, index) => {
      const { on, whole } = this.calleeOf(name);
      const before = inlined.decisions[index];
      return before?.on === on && (before.took === undefined || before.took === whole);
    });
    return isSame.every(Boolean) ? inlined : undefined;
  }

  private inline(unit: Unit): Inlined {
    const { inlineLimit } = this.steps;
    const fn = this.take(unit);
    this.live.set(unit.name, fn);
    const decisions: Decision[] = [];
    const whole = new Digest().add(unit.lazy.digest);
    const decide = (call: Value): Func | undefined => {
      const { on, whole: digest, callee, size } = this.calleeOf(call.symbol);
      const isTaken = callee !== undefined && size !== undefined && isWorthIt(callee, size, this.isOnly(callee), fn, inlineLimit!);
      const took = isTaken ? digest : undefined;
      decisions.push({ on, took });
      whole.add(took ?? "");
      return isTaken ? this.liveOf(callee) : undefined;
    };
    if (inlineLimit !== undefined) inlineCalls(fn, decide);
    return { decisions, whole: whole.toString(), size: sizeOf(fn), names: namesIn(fn) };
  }

  private readonly isOnly = ({ name }: Unit) => this.counts.get(name) === 1;

  /// What a decision about a call depends on; no size for one that leads back here.
  private calleeOf(name: string): { on: string; whole?: string; callee?: Unit; size?: number } {
    const { inlineLimit = 0 } = this.steps;
    const callee = this.all.get(name);
    if (!callee) return { on: "" };
    if (this.inlined.get(name) === "open") return { on: "open" };
    const { whole, size } = this.inlinedOf(callee);
    const { attributes, naked } = callee;
    return { on: `${JSON.stringify(attributes)} ${naked !== undefined} ${size <= inlineLimit} ${this.isOnly(callee)}`, whole, callee, size };
  }

  /// The function after inlining.
  private liveOf(unit: Unit): Func {
    const known = this.live.get(unit.name);
    if (known) return known;
    const fn = this.take(unit);
    this.live.set(unit.name, fn);
    const { decisions } = this.inlinedOf(unit);
    let index = 0;
    if (decisions.length > 0) inlineCalls(fn, ({ symbol }) => (decisions[index++]!.took === undefined ? undefined : this.liveOf(this.all.get(symbol)!)));
    return fn;
  }
}

// A hart in two tiers: compiled code, and the interpreter for what has none.
//
// The budget is exact: compiled code may overrun what it is given by less than
// REGION_INSTRUCTIONS, the interpreter's quick loop by SLACK, so both get less
// by that, and the interpreter's exact loop does the rest.

import type { Engine, Loops } from "../cpu/engine.js";
import { SLACK, SpecialHandler } from "../cpu/interpreter.js";
import { State } from "../cpu/layout.js";
import type { GuestMemory } from "../cpu/memory.js";
import { Cause } from "../isa/machine.js";
import { SIDE_EXIT } from "./dispatcher.js";
import { type Jit, LOOK_WEIGHT } from "./jit.js";
import { REGION_INSTRUCTIONS } from "./region.js";

/// V8 replaces a function by a faster one only when it is called, so compiled code comes back now and then.
const LONGEST_RUN = 1_000_000;
/// Instructions between two looks at where the interpreter is.
const LOOK = 1000;
/// The same near the end of the budget.
const SHORT_LOOK = 256;
/// What a look, and an arrival where the dispatcher knows no code, heat a pc by.
const LOOK_HEAT = 8;
const MISS_HEAT = 2;

export class HartEngine implements Engine {
  readonly #tiers: Tiers;
  readonly #words: Int32Array;
  readonly #budget: number;
  readonly #word: number;
  /// The last exit was in the midst of code, where no region is wanted.
  #resumes = false;
  /// Instructions to the next look; exits do not put it off.
  #untilLook = LOOK;

  constructor(private readonly jit: Jit, private readonly memory: GuestMemory, private readonly state: number, loops: Loops) {
    this.#tiers = jit.options.timed ? timed(jit, loops) : { dispatch: jit.dispatch, ...loops };
    this.#words = memory.words;
    this.#word = state >> 2;
    this.#budget = this.#word + (State.budget >> 2);
  }

  run(instructions: number, firstRecord: number): Cause {
    const words = this.#words, BUDGET = this.#budget;
    const { jit, state } = this;
    const { dispatch, run, runExactly } = this.#tiers;
    let left = instructions, record = firstRecord;
    for (;;) {
      // In the midst of code the interpreter goes on at once; it leaves if compiled code begins just there.
      const resumes = this.#resumes && !jit.isEager;
      let missed = false;
      this.#resumes = false;
      if (record === 0 && left > REGION_INSTRUCTIONS && !resumes) {
        const given = Math.min(left - REGION_INSTRUCTIONS, LONGEST_RUN);
        words[BUDGET] = given;
        const result = dispatch(state);
        const ran = given - (words[BUDGET] as number);
        left -= ran;
        jit.statistics.executed += ran;
        if (result < SIDE_EXIT) jit.countExit(result as Cause);
        if (result >= SIDE_EXIT) {
          const cause = this.#sideExit(result - SIDE_EXIT, left);
          // The interpreter finds most translations by itself.
          if (cause !== Cause.loadMiss && cause !== Cause.storeMiss) return cause;
          left = words[BUDGET] as number;
          record = words[this.#word + (State.record >> 2)] as number;
          missed = true;
        }
        if (result === Cause.fetchMiss) return this.#leave(result, left);
        if (result === Cause.budget || (result < SIDE_EXIT && this.#arrive(MISS_HEAT))) continue;
      }
      // The interpreter's quick loop would stop before the first instruction where compiled code begins that is not for this pc.
      const isQuick = left > 2 * SLACK && !jit.isEager && ((record !== 0 && !missed) || resumes || !this.#isCovered);
      const given = isQuick ? Math.min(left - SLACK, this.#untilLook) : jit.isEager || missed ? 1 : left > REGION_INSTRUCTIONS ? Math.min(left, SHORT_LOOK) : left;
      words[BUDGET] = given;
      const cause = isQuick ? run(record) : runExactly(record);
      const done = given - (words[BUDGET] as number);
      left -= done;
      if (isQuick) this.#untilLook -= done;
      record = 0;
      if (cause === Cause.compiled) continue;
      if (cause !== Cause.budget || left <= 0) return this.#leave(cause, left);
      if (this.#untilLook > 0) continue;
      this.#untilLook = LOOK;
      jit.tick(LOOK_WEIGHT);
      this.#arrive(LOOK_HEAT);
    }
  }

  /// True where the dispatcher knows code at the pc now.
  #arrive(heat: number): boolean {
    const words = this.#words;
    const pc = (words[this.#word + (State.pc >> 2) + 1] as number) * 2 ** 32 + ((words[this.#word + (State.pc >> 2)] as number) >>> 0);
    return this.jit.arrive(this.state, this.#record, pc, heat);
  }

  get #record(): number { return this.#words[this.#word + (State.record >> 2)] as number; }
  get #isCovered(): boolean { return this.memory.view.getUint16(this.#record, true) === SpecialHandler.compiled; }

  #leave(cause: Cause, left: number): Cause {
    this.#words[this.#budget] = left;
    this.#resumes = cause === Cause.loadMiss || cause === Cause.storeMiss || cause === Cause.floatState;
    return cause;
  }

  #sideExit(number: number, left: number): Cause {
    const words = this.#words;
    const { pc, record, cause, notRun } = this.jit.store.exit(words[this.#word + (State.region >> 2)] as number, number);
    this.jit.countExit(cause);
    this.jit.statistics.executed -= notRun;
    words[this.#word + (State.pc >> 2)] = pc;
    words[this.#word + (State.pc >> 2) + 1] = Math.floor(pc / 2 ** 32);
    words[this.#word + (State.record >> 2)] = record;
    // A store close by may have undone the record, on which what comes next depends.
    const isDecoded = this.memory.view.getUint16(record, true) !== SpecialHandler.undecoded;
    return this.#leave(isDecoded ? cause : Cause.undecoded, left + notRun);
  }
}

interface Tiers extends Loops {
  readonly dispatch: (state: number) => number;
}

function timed({ now, statistics, dispatch }: Jit, { run, runExactly }: Loops): Tiers {
  const taking = <T>(key: "compiledTime" | "interpretedTime", tier: (argument: number) => T) => (argument: number): T => {
    const start = now();
    const result = tier(argument);
    statistics[key] += now() - start;
    return result;
  };
  return { dispatch: taking("compiledTime", dispatch), run: taking("interpretedTime", run), runExactly: taking("interpretedTime", runExactly) };
}

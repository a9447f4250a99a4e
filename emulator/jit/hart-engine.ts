// A hart in two tiers: compiled code, and the interpreter for what has none.
//
// The budget is exact: compiled code may overrun what it is given by less than
// REGION_INSTRUCTIONS, the interpreter's quick loop by SLACK, so both get less
// by that, and the interpreter's exact loop does the rest.

import type { Engine, Loops } from "../cpu/engine.js";
import { SLACK, SpecialHandler } from "../cpu/interpreter.js";
import { Globals, State } from "../cpu/layout.js";
import type { GuestMemory } from "../cpu/memory.js";
import { Cause } from "../isa/machine.js";
import { LOOK, LOOK_HEAT, MISS_HEAT, SIDE_EXIT } from "./dispatcher.js";
import { type Jit, PATIENCE } from "./jit.js";
import { REGION_INSTRUCTIONS } from "./region.js";

/// V8 replaces a function by a faster one only when it is called, so compiled code comes back now and then.
const LONGEST_RUN = 1_000_000;
const UNTIL_LOOK = Globals.untilLook >> 2;
/// Near the end of the budget the interpreter runs so far at once.
const SHORT_LOOK = 256;

export class HartEngine implements Engine {
  readonly #tiers: Tiers;
  readonly #words: Int32Array;
  readonly #budget: number;
  readonly #word: number;
  /// The last exit was in the midst of code, where no region is wanted.
  #resumes = false;

  constructor(private readonly jit: Jit, private readonly memory: GuestMemory, private readonly state: number, loops: Loops) {
    const { run, runExactly } = jit.options.timed ? timedLoops(jit, loops) : loops;
    const dispatch = jit.dispatcherOver(run);
    this.#tiers = { dispatch: jit.options.timed ? timedDispatch(jit, dispatch) : dispatch, run, runExactly };
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
        const given = Math.min(left - REGION_INSTRUCTIONS, jit.isWaiting ? PATIENCE : LONGEST_RUN);
        words[BUDGET] = given;
        const result = dispatch(state);
        const ran = given - (words[BUDGET] as number);
        left -= ran;
        jit.statistics.dispatched += ran;
        missed = result >= SIDE_EXIT;
        const cause = missed ? this.#sideExit(result - SIDE_EXIT, left) : (result as Cause);
        // Not before, since it may drop the region that was left.
        jit.tick(ran);
        if (missed) {
          // The interpreter finds most translations by itself.
          if (cause !== Cause.loadMiss && cause !== Cause.storeMiss) return cause;
          left = words[BUDGET] as number;
          record = this.#record;
        } else {
          jit.countExit(cause);
          if (cause === Cause.budget) continue;
          if (cause !== Cause.compiled) return this.#leave(cause, left);
          if (this.#arrive(MISS_HEAT)) continue;
        }
      }
      // The interpreter's quick loop would stop before the first instruction where compiled code begins that is not for this pc.
      const isQuick = left > 2 * SLACK && !jit.isEager && ((record !== 0 && !missed) || resumes || !this.#isCovered);
      const given = isQuick ? Math.min(left - SLACK, words[UNTIL_LOOK] as number) : jit.isEager || missed ? 1 : left > REGION_INSTRUCTIONS ? Math.min(left, SHORT_LOOK) : left;
      words[BUDGET] = given;
      const cause = isQuick ? run(record) : runExactly(record);
      const done = given - (words[BUDGET] as number);
      left -= done;
      if (isQuick) words[UNTIL_LOOK] = (words[UNTIL_LOOK] as number) - done;
      record = 0;
      if (cause === Cause.compiled) continue;
      if (cause !== Cause.budget || left <= 0) return this.#leave(cause, left);
      if ((words[UNTIL_LOOK] as number) > 0) continue;
      words[UNTIL_LOOK] = LOOK;
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
    this.jit.statistics.dispatched -= notRun;
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

function timedLoops({ now, statistics }: Jit, { run, runExactly }: Loops): Loops {
  const taking = (loop: Loops["run"]) => (record: number): Cause => {
    const start = now();
    const cause = loop(record);
    statistics.interpretedTime += now() - start;
    return cause;
  };
  return { run: taking(run), runExactly: taking(runExactly) };
}

/// What it has interpreted is in the interpreter's time.
function timedDispatch({ now, statistics }: Jit, dispatch: Tiers["dispatch"]): Tiers["dispatch"] {
  return (state) => {
    const start = now() - statistics.interpretedTime;
    const result = dispatch(state);
    statistics.compiledTime += now() - statistics.interpretedTime - start;
    return result;
  };
}

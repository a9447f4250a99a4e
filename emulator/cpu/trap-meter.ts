// Counts what traps cost: instructions retired from the entry of a trap into
// S-mode or M-mode to the mret or sret that ends it, that one included. Exact,
// since traps and returns are both seen at the instruction.

import type { Privilege } from "../isa/row.js";
import type { HartState } from "./hart-state.js";
import type { HartObserver, Trap } from "./trap.js";

export interface MeteredTrap extends Trap {
  /// Zero would be a handler that never ran.
  readonly instructions: number;
}

/// An observer for one hart or several. Traps within traps are counted by themselves and as part of the outer one.
export class TrapMeter implements HartObserver {
  readonly finished: MeteredTrap[] = [];
  readonly #open = new Map<number, { trap: Trap; retired: number }[]>();

  /// `keep` decides which traps are kept; all, where it is not given.
  constructor(private readonly keep: (trap: Trap) => boolean = () => true) {}

  trapped(hart: HartState, trap: Trap): void {
    const open = this.#open.get(hart.id) ?? [];
    open.push({ trap, retired: hart.retired });
    this.#open.set(hart.id, open);
  }

  returned(hart: HartState, from: Privilege): void {
    const open = this.#open.get(hart.id) ?? [];
    // A return that no trap came before starts a program: it is not counted.
    const at = open.findLastIndex(({ trap }) => trap.to === from);
    if (at < 0) return;
    const [{ trap, retired }] = open.splice(at) as [{ trap: Trap; retired: number }];
    if (this.keep(trap)) this.finished.push({ ...trap, instructions: hart.retired + 1 - retired });
  }
}

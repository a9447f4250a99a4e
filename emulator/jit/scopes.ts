// Scopes: the places that code inside a region can jump to from where it is.
// A place is the end of a WebAssembly block, where the block of guest code
// comes that the scope is for, or the beginning of a loop.

import { I32 } from "../isa/value.js";
import type { Code, Label } from "../wasm/code.js";

export interface Scope {
  readonly label: Label;
  readonly heads: readonly number[];
  readonly isLoop: boolean;
}

export class Scopes {
  readonly #open: Scope[] = [];
  /// Innermost last.
  readonly #byHead = new Map<number, Scope[]>();

  constructor(
    private readonly code: Code,
    /// Every head that is dispatched to has a label; entries come first.
    private readonly labels: Map<number, number>,
  ) {}

  openBlock(heads: readonly number[]): void { this.#push({ label: this.code.block(), heads, isLoop: false }); }
  openLoop(heads: readonly number[]): void { this.#push({ label: this.code.loop(), heads, isLoop: true }); }

  close(): void {
    for (const head of this.#open.pop()?.heads ?? []) this.#byHead.get(head)?.pop();
    this.code.end();
  }

  /// Where the scope of a place is, if it can be reached from here.
  of(at: number): Scope | undefined { return this.#byHead.get(at)?.at(-1); }

  /// A loop with several heads finds the right one by the label.
  goTo(scope: Scope, at: number, label: I32): void {
    if (scope.heads.length > 1) this.code.set(label.immediate, I32.of(this.#labelOf(at)));
    this.code.br(scope.label);
  }

  /// Goes to one of these heads, which the label names.
  dispatch(label: I32, heads: readonly number[]): void {
    const targets: Label[] = [];
    for (const head of heads) targets[this.#labelOf(head)] = this.#labelAt(head);
    const elsewhere = this.#labelAt(heads[0] as number);
    this.code.brTable(label, Array.from(targets, (target) => target ?? elsewhere));
  }

  #labelAt(head: number): Label { return (this.of(head) as Scope).label; }

  #push(scope: Scope): void {
    this.#open.push(scope);
    for (const head of scope.heads) {
      const scopes = this.#byHead.get(head);
      if (scopes) scopes.push(scope);
      else this.#byHead.set(head, [scope]);
    }
  }

  #labelOf(at: number): number {
    let label = this.labels.get(at);
    if (label === undefined) this.labels.set(at, (label = this.labels.size));
    return label;
  }
}

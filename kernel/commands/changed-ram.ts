// A machine's RAM, which short runs from one state change in few places: where is known after the first.

import type { GuestMemory } from "../../emulator/cpu/memory.js";

const CHUNK = 65536, PAGE = 4096;
/// One of so many looks goes over all of RAM.
const WHOLE_LOOK = 50;

export class ChangedRam {
  readonly #now: Buffer;
  /// Where the chunks are that ever differed.
  readonly #changed = new Set<number>();
  #looks = 0;

  constructor(private readonly memory: GuestMemory) {
    const { ramBase, ramBytes } = memory.map;
    this.#now = Buffer.from(memory.bytes.buffer, memory.addressOf(ramBase, ramBytes), ramBytes);
  }

  /// Writes what differs, so that what was decoded of the rest stays. `mayDiffer`: anywhere, as after a long run.
  restore(saved: Uint8Array, mayDiffer: boolean): void {
    if (mayDiffer || this.#looks++ % WHOLE_LOOK === 0) for (let at = 0; at < saved.length; at += CHUNK) if (this.#differs(saved, at, CHUNK)) this.#changed.add(at);
    for (const chunk of this.#changed) {
      if (!this.#differs(saved, chunk, CHUNK)) continue;
      for (let at = chunk; at < chunk + CHUNK; at += PAGE) if (this.#differs(saved, at, PAGE)) this.memory.write(this.memory.map.ramBase + at, saved.subarray(at, at + PAGE));
    }
  }

  /// Of what ever differed.
  copy(): Map<number, Uint8Array> {
    return new Map([...this.#changed].map((at) => [at, new Uint8Array(this.#now.subarray(at, at + CHUNK))]));
  }

  equals(copy: ReadonlyMap<number, Uint8Array>): boolean {
    return [...this.#changed].every((at) => {
      const bytes = copy.get(at);
      return bytes !== undefined && this.#now.compare(bytes, 0, CHUNK, at, at + CHUNK) === 0;
    });
  }

  #differs(saved: Uint8Array, at: number, bytes: number): boolean {
    return this.#now.compare(saved, at, at + bytes, at, at + bytes) !== 0;
  }
}

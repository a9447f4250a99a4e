// The platform-level interrupt controller: RISC-V PLIC spec 1.0.0.
//
//     0x00_0000 + 4s           priority of source s, 0 to 7; 0 is never
//     0x00_1000 + 4w           pending, one bit a source
//     0x00_2000 + 80c + 4w     enables of context c
//     0x20_0000 + 1000c        threshold of context c
//     0x20_0004 + 1000c        read: claim; write: complete
//
// Context 2h is M-mode of hart h, 2h+1 its S-mode. Sources are levels: the
// gateway passes one request on, and the next one only after completion, if
// the line is still high. A request that was passed on stays pending though
// the line falls. As in QEMU, a claim gives only what exceeds the threshold.

import type { AccessBytes, Device, InterruptLine } from "./device.js";

const PENDING = 0x1000;
const ENABLE = 0x2000;
const CONTEXT = 0x20_0000;
const priorityMask = 7;

interface State {
  readonly priority: number[];
  readonly pending: number[];
  readonly claimed: number[];
  readonly level: number[];
  readonly enable: number[][];
  readonly threshold: number[];
}

export class Plic implements Device {
  readonly name = "plic";
  private readonly words: number;
  private readonly priority: Uint8Array;
  private readonly pending: Uint32Array;
  private readonly claimed: Uint32Array;
  private readonly level: Uint32Array;
  private readonly enable: Uint32Array[];
  private readonly threshold: Uint8Array;

  /// `contexts` are the external-interrupt lines: MEIP and SEIP of hart 0, of hart 1, and so on.
  constructor(
    readonly base: number,
    readonly size: number,
    private readonly sources: number,
    private readonly contexts: readonly InterruptLine[],
  ) {
    this.words = Math.ceil(sources / 32);
    this.priority = new Uint8Array(sources);
    this.pending = new Uint32Array(this.words);
    this.claimed = new Uint32Array(this.words);
    this.level = new Uint32Array(this.words);
    this.enable = contexts.map(() => new Uint32Array(this.words));
    this.threshold = new Uint8Array(contexts.length);
  }

  /// 0: the source is never delivered.
  priorityOf(source: number): number {
    return this.priority[source] ?? 0;
  }

  /// The wire into a source.
  line(source: number): InterruptLine {
    return { set: (high) => this.setLevel(source, high) };
  }

  read(byteOffset: number, bytes: AccessBytes): number {
    return bytes === 4 ? this.readWord(byteOffset) : 0;
  }

  write(byteOffset: number, bytes: AccessBytes, value: number): void {
    if (bytes !== 4) return;
    const index = (byteOffset & 0xfff) >> 2;
    if (byteOffset < PENDING) {
      if (index > 0 && index < this.sources) this.priority[index] = value & priorityMask;
    } else if (byteOffset >= CONTEXT) {
      const context = (byteOffset - CONTEXT) >> 12;
      if (context >= this.contexts.length) return;
      if (index === 0) this.threshold[context] = value & priorityMask;
      if (index === 1) this.complete(context, value);
    } else if (byteOffset >= ENABLE) {
      const enable = this.enable[(byteOffset - ENABLE) >> 7];
      const word = (byteOffset & 0x7f) >> 2;
      // Source 0 does not exist, so its bit is wired to zero.
      if (enable && word < this.words) enable[word] = word === 0 ? value & ~1 : value;
    }
    this.update();
  }

  save(): State {
    return {
      priority: [...this.priority],
      pending: [...this.pending],
      claimed: [...this.claimed],
      level: [...this.level],
      enable: this.enable.map((words) => [...words]),
      threshold: [...this.threshold],
    };
  }

  restore(state: State): void {
    this.priority.set(state.priority);
    this.pending.set(state.pending);
    this.claimed.set(state.claimed);
    this.level.set(state.level);
    this.enable.forEach((words, context) => words.set(state.enable[context] ?? []));
    this.threshold.set(state.threshold);
    this.update();
  }

  private readWord(byteOffset: number): number {
    const index = (byteOffset & 0xfff) >> 2;
    if (byteOffset < PENDING) return this.priority[index] ?? 0;
    if (byteOffset < ENABLE) return this.pending[index] ?? 0;
    if (byteOffset < CONTEXT)
      return this.enable[(byteOffset - ENABLE) >> 7]?.[(byteOffset & 0x7f) >> 2] ?? 0;
    const context = (byteOffset - CONTEXT) >> 12;
    if (context >= this.contexts.length) return 0;
    if (index === 0) return this.threshold[context] ?? 0;
    return index === 1 ? this.claim(context) : 0;
  }

  private claim(context: number): number {
    const source = this.best(context);
    if (source > 0) {
      setBit(this.pending, source, false);
      setBit(this.claimed, source, true);
      this.update();
    }
    return source;
  }

  private complete(context: number, source: number): void {
    // The spec: ignored where the source is not enabled for this context.
    if (source >= this.sources || !getBit(this.enable[context], source)) return;
    setBit(this.claimed, source, false);
    if (getBit(this.level, source)) setBit(this.pending, source, true);
  }

  private setLevel(source: number, high: boolean): void {
    if (high === getBit(this.level, source)) return;
    setBit(this.level, source, high);
    if (!high || getBit(this.claimed, source)) return;
    setBit(this.pending, source, true);
    this.update();
  }

  /// The pending and enabled source of the highest priority above the threshold; the lowest number wins a tie.
  private best(context: number): number {
    let found = 0;
    let highest = this.threshold[context] ?? 0;
    for (let word = 0; word < this.words; word++) {
      let candidates =
        (this.pending[word] ?? 0) & ~(this.claimed[word] ?? 0) & (this.enable[context]?.[word] ?? 0);
      while (candidates !== 0) {
        const source = word * 32 + 31 - Math.clz32(candidates & -candidates);
        const priority = this.priority[source] ?? 0;
        if (priority > highest) [found, highest] = [source, priority];
        candidates &= candidates - 1;
      }
    }
    return found;
  }

  private update(): void {
    this.contexts.forEach((line, context) => line.set(this.best(context) !== 0));
  }
}

function getBit(words: Uint32Array | undefined, bit: number): boolean {
  return (((words?.[bit >> 5] ?? 0) >>> (bit & 31)) & 1) !== 0;
}

function setBit(words: Uint32Array, bit: number, level: boolean): void {
  const mask = 1 << (bit & 31);
  const word = words[bit >> 5] ?? 0;
  words[bit >> 5] = level ? word | mask : word & ~mask;
}

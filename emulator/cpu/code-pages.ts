// Decoded pages: guest code as records, filled in as execution reaches it.
//
// A page's records start out as zero, the `undecoded` handler. When the
// interpreter meets one it leaves, and the run from there to the next certain
// jump is decoded. Guest addresses are physical here; the full emulator keys
// pages by physical address and mode.

import { decode, type Decoded } from "../isa/decode.js";
import { flowOf } from "../isa/flow.js";
import { fusedHandler, handlerOf } from "./handlers.js";
import { SpecialHandler, type Step } from "./interpreter.js";
import { decodedPages, PAGE, Ram, Tlb } from "./layout.js";
import { DECODED_PAGE_SIZE, RECORD_SHIFT, writeRecord } from "./record.js";

export class CodePages {
  readonly #records = new Map<number, number>();
  #free: number = decodedPages.start;

  constructor(private readonly memory: DataView) {}

  /// Makes the page of an address executable: gives it records and a fetch TLB entry. False where it is not RAM.
  map(pc: number): boolean {
    if (!isRam(pc)) return false;
    const page = pageOf(pc);
    const entry = Tlb.fetch + ((page / PAGE) % Tlb.entries) * Tlb.entrySize;
    this.memory.setBigInt64(entry, BigInt(page), true);
    this.memory.setUint32(entry + 8, this.#recordsOf(page), true);
    return true;
  }

  /// Decodes from an address to the next certain jump, or what is decoded already, or the page's end.
  decodeRun(pc: number): void {
    const page = pageOf(pc);
    const records = this.#recordsOf(page);
    let previous: { step: Step; record: number } | undefined;
    for (let at = pc; at < page + PAGE; ) {
      const record = records + ((at - page) << RECORD_SHIFT);
      const decoded = this.fetch(at);
      if (!decoded || this.memory.getUint16(record, true) !== SpecialHandler.undecoded) {
        if (!decoded) this.memory.setUint16(record, SpecialHandler.illegal, true);
        return;
      }
      const step = { row: decoded.row, length: decoded.length, near: pageOf(at + (decoded.operands.offset ?? 0)) === page };
      writeRecord(this.memory, record, handlerOf(step), decoded.operands);

      const fused = previous && fusedHandler(previous.step, step);
      if (previous && fused !== undefined) this.memory.setUint16(previous.record, fused, true);
      previous = { step, record };
      const flow = flowOf(decoded.row);
      if (flow === "goto" || flow === "jump") return;
      at += decoded.length;
    }
  }

  /// The instruction at an address, if it is one.
  fetch(pc: number): Decoded | undefined {
    return isRam(pc + 3) ? decode(this.memory.getUint32(Ram.address + (pc - Ram.vaddr), true)) : undefined;
  }

  discard(): void {
    this.#records.clear();
    this.#free = decodedPages.start;
    clearTlb(this.memory, Tlb.fetch);
  }

  #recordsOf(page: number): number {
    let records = this.#records.get(page);
    if (records === undefined) {
      records = this.#free;
      this.#free += DECODED_PAGE_SIZE;
      if (this.#free > decodedPages.end) throw new Error("no room for decoded pages");
      new Uint8Array(this.memory.buffer, records, DECODED_PAGE_SIZE).fill(0);
      for (const after of [PAGE, PAGE + 2]) this.memory.setUint16(records + (after << RECORD_SHIFT), SpecialHandler.pageEnd, true);
      this.#records.set(page, records);
    }
    return records;
  }
}

/// Gives every entry a page that belongs in another entry, which nothing can match.
export function clearTlb(memory: DataView, tlb: number): void {
  for (let index = 0; index < Tlb.entries; index++) memory.setBigInt64(tlb + index * Tlb.entrySize, BigInt((index ^ 1) * PAGE), true);
}

function isRam(address: number): boolean {
  return address >= Ram.vaddr && address < Ram.vaddr + Ram.size;
}

function pageOf(address: number): number {
  return Math.floor(address / PAGE) * PAGE;
}

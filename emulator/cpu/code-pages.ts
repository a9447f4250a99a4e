// Decoded pages: guest code as records, filled in as execution reaches it.
//
// A page's records start out as zero, the `undecoded` handler. When the
// interpreter meets one it leaves, and the run from there to the next certain
// jump is decoded. Pages are known by where they lie in memory, so a page that
// is mapped twice is decoded once. No store TLB lets a store reach a page that
// has records: such stores come here (`stored`), so records never go stale.
// That is slow, so a page that is stored to for long without new code being run
// in it loses its records; each time that was wrong, it takes twice as long.

import type { Cpu } from "../isa/cpu.js";
import { type Decoded, lengthOf } from "../isa/decode.js";
import { flowOf } from "../isa/flow.js";
import type { Inlined } from "./csr.js";
import { fusedHandler, handlerOf } from "./handlers.js";
import { SpecialHandler } from "./interpreter.js";
import { csrOffset, Layout, PAGE } from "./layout.js";
import { type Meaning, meaningOf } from "./meaning.js";
import type { GuestMemory } from "./memory.js";
import { DECODED_PAGE_SIZE, RECORD_SHIFT, RECORD_SIZE, RecordField, RECORDS_IN_PAGE, writeRecord } from "./record.js";

/// Stores that a page of code gets before it is taken for data, at first.
const FIRST_PATIENCE = 64;

/// Words whose records are remembered.
const MOST_IMAGES = 20_000;

/// The longest way back from a changed byte to a record that depends on it: two 4-byte instructions that are fused.
const FUSED_BYTES = 6;

export class CodePages {
  /// Told of changes to pages that have records, by place in memory, and when all records are thrown away.
  onChange: (address: number, length: number) => void = () => {};
  onDiscard: () => void = () => {};
  /// Unset where somebody wants to see every access to a CSR.
  inlinesCsrs = true;
  /// Whether a breakpoint may be at an offset of a page; its record then stands for a stop.
  mayBreakAt: (offset: number) => boolean = () => false;
  /// Place of a page in memory, to place of its records.
  readonly #records = new Map<number, number>();
  /// The other way, by the order of the places.
  #pages: number[] = [];
  #free: number = Layout.decodedPages;
  /// Memory from here on was never written, so it is zero, and costs the host nothing yet.
  #fresh: number = Layout.decodedPages;
  /// Places of records that were given back.
  #released: number[] = [];
  /// Records of words, and where they are among them. One array: a small one for each takes many times its bytes.
  readonly #images = new Int32Array((MOST_IMAGES * RECORD_SIZE) / 4);
  readonly #imageView = new DataView(this.#images.buffer);
  readonly #near = new Map<number, number>();
  readonly #far = new Map<number, number>();
  /// Of pages that were stored to: stores since code was last decoded there, and how many make it data.
  readonly #stores = new Map<number, { count: number; patience: number }>();

  constructor(
    private readonly memory: GuestMemory,
    private readonly cpu: Cpu,
    /// Called when a page gets records: no store may reach it unseen from now on.
    private readonly protect: (pageAddress: number) => void,
    /// Called when the records that lie there are no page's any more; all, where it is not said.
    private readonly forget: (records?: number) => void,
  ) {}

  /// Pages that have records.
  get size(): number { return this.#records.size; }

  lacks(decoded: Decoded): boolean { return this.cpu.lacks(decoded); }

  /// How a CSR row runs without TypeScript, if it may.
  mayInline({ name, kind }: Inlined): boolean { return this.inlinesCsrs && (this.cpu.has("c") || kind !== "storage" || !name.endsWith("epc")); }

  /// Whether an instruction may jump to where none can be, since they are four bytes long.
  mayMisalign({ row, operands }: Decoded): boolean {
    if (this.cpu.has("c")) return false;
    const flow = flowOf(row);
    return flow === "jump" || ((flow === "goto" || flow === "branch") && ((operands.offset ?? 0) & 2) !== 0);
  }

  has(pageAddress: number): boolean { return this.#records.has(pageAddress); }

  /// The records of the page that lies there.
  recordsOf(pageAddress: number): number {
    let records = this.#records.get(pageAddress);
    if (records === undefined) {
      records = this.#place();
      if (records < this.#fresh) this.memory.bytes.fill(0, records, records + DECODED_PAGE_SIZE);
      this.#fresh = Math.max(this.#fresh, records + DECODED_PAGE_SIZE);
      this.memory.view.setUint16(records + RECORDS_IN_PAGE * RECORD_SIZE, SpecialHandler.pageEnd, true);
      this.#records.set(pageAddress, records);
      this.#tell(pageAddress, records);
      this.#pages[indexOf(records)] = pageAddress;
      this.protect(pageAddress);
    }
    return records;
  }

  /// The page whose records lie there.
  pageOf(records: number): number { return this.#pages[indexOf(records)] as number; }

  #place(): number {
    const released = this.#released.pop();
    if (released !== undefined) return released;
    if (this.#free + DECODED_PAGE_SIZE > Layout.ram) this.discard();
    this.#free += DECODED_PAGE_SIZE;
    return this.#free - DECODED_PAGE_SIZE;
  }

  /// Decodes from an address to the next certain jump, or what is decoded already, or the page's end.
  decodeRun(pageAddress: number, offset: number): void {
    const { view } = this.memory;
    const records = this.recordsOf(pageAddress);
    const stores = this.#stores.get(pageAddress);
    if (stores) stores.count = 0;
    /// The record before, where it may be fused.
    let previous = 0;
    for (let at = offset; at < PAGE; ) {
      const record = records + (at << RECORD_SHIFT);
      if (view.getUint16(record, true) !== SpecialHandler.undecoded) return;
      const first = view.getUint16(pageAddress + at, true);
      if (at === PAGE - 2 && lengthOf(first) === 4) return view.setUint16(record, SpecialHandler.crossing, true);
      const word = at === PAGE - 2 ? first : view.getUint32(pageAddress + at, true);
      const meaning = this.decodeRecord(record, word, at);
      const isMark = this.mayBreakAt(at);
      if (isMark) {
        view.setUint16(record + RecordField.covered, view.getUint16(record, true), true);
        view.setUint16(record, SpecialHandler.compiled, true);
      }
      if (!meaning) return;
      const handler = isMark ? 0 : view.getUint16(record, true);
      const fused = previous === 0 || isMark ? undefined : fusedHandler(view.getUint16(previous, true), handler);
      if (fused !== undefined) view.setUint16(previous, fused, true);
      previous = handler >= SpecialHandler.count ? record : 0;
      if (meaning.flow === "goto" || meaning.flow === "jump") return;
      at += meaning.decoded.length;
    }
  }

  /// Decodes one instruction to a record; where there is no such instruction, to an illegal one. It lies at
  /// an offset of a page, or in two. TypeScript performs those that may misalign, unless it is `watched`.
  decodeRecord(record: number, word: number, at: number | undefined, watched = false): Meaning | undefined {
    const meaning = meaningOf(word);
    if (!meaning || this.lacks(meaning.decoded)) {
      this.memory.view.setUint16(record, SpecialHandler.illegal, true);
      return undefined;
    }
    const { offset } = meaning.decoded.operands;
    const near = offset === undefined || (at !== undefined && at + offset >= 0 && at + offset < PAGE);
    if (meaning.inlined || this.mayMisalign(meaning.decoded)) this.#write(this.memory.view, record, word, meaning, near, watched);
    else this.#copyImage(record, word, meaning, near);
    return meaning;
  }

  /// Copies the record of a word that is the same wherever it is, but for whether its target is near.
  #copyImage(record: number, word: number, meaning: Meaning, near: boolean): void {
    const { words } = this.memory, images = this.#images, known = near ? this.#near : this.#far;
    let image = known.get(word);
    if (image === undefined) {
      if (this.#near.size + this.#far.size === MOST_IMAGES) {
        this.#near.clear();
        this.#far.clear();
      }
      image = (this.#near.size + this.#far.size) * RECORD_SIZE;
      images.fill(0, image >> 2, (image + RECORD_SIZE) >> 2);
      this.#write(this.#imageView, image, word, meaning, near, false);
      known.set(word, image);
    }
    for (let at = 0; at < RECORD_SIZE; at += 4) words[(record + at) >> 2] = images[(image + at) >> 2] as number;
  }

  #write(view: DataView, record: number, word: number, { decoded, inlined: inlinable }: Meaning, near: boolean, watched: boolean): void {
    const { row, operands, length } = decoded;
    const inlined = inlinable && this.mayInline(inlinable) ? inlinable : undefined;
    writeRecord(view, record, handlerOf({ row, length, near, ...(inlined && { inline: inlined.kind, csr: inlined.kind === "quick" ? inlined.name : "" }) }), operands);
    if (inlined?.name) {
      view.setUint16(record + RecordField.csr, csrOffset(inlined.name), true);
      view.setInt8(record + RecordField.csrMask, inlined.mask);
      view.setUint8(record + RecordField.privilege, inlined.privilege);
    }
    const isWatched = !watched && this.mayMisalign(decoded);
    if (isWatched) view.setUint16(record, SpecialHandler.host, true);
    if (isWatched || ("perform" in row.meaning && !inlined)) view.setInt32(record + RecordField.immediate, word, true);
  }

  /// Says that bytes changed, by their place in memory: what was decoded from them is decoded anew.
  changed(address: number, length: number): void {
    for (let page = address - (address % PAGE); page < address + length; page += PAGE) {
      const records = this.#records.get(page);
      if (records === undefined) continue;
      const first = Math.max(page, (address & ~1) - FUSED_BYTES), end = Math.min(page + PAGE, address + length);
      this.onChange(Math.max(page, address), end - Math.max(page, address));
      for (let at = first; at < end; at += 2) this.memory.view.setUint16(records + ((at - page) << RECORD_SHIFT), SpecialHandler.undecoded, true);
    }
  }

  /// The same of a guest's store to a page of code, after which the page may be one of data.
  stored(address: number, length: number): void {
    this.changed(address, length);
    const page = address - (address % PAGE);
    const stores = this.#stores.get(page) ?? { count: 0, patience: FIRST_PATIENCE };
    this.#stores.set(page, stores);
    if (++stores.count < stores.patience) return;
    Object.assign(stores, { count: 0, patience: stores.patience * 2 });
    this.#release(page);
  }

  #release(page: number): void {
    const records = this.#records.get(page);
    if (records === undefined) return;
    this.onChange(page, PAGE);
    this.#records.delete(page);
    this.#tell(page, 0);
    this.#released.push(records);
    this.forget(records);
  }

  /// Compiled code that fills TLBs looks there.
  #tell(pageAddress: number, records: number): void {
    if (pageAddress >= Layout.ram) this.memory.view.setInt32(Layout.recordsOfPages + ((pageAddress - Layout.ram) / PAGE) * 4, records, true);
  }

  discard(): void {
    for (const pageAddress of this.#records.keys()) this.#tell(pageAddress, 0);
    this.#records.clear();
    this.#stores.clear();
    this.#released = [];
    this.#pages = [];
    this.#free = Layout.decodedPages;
    this.onDiscard();
    this.forget();
  }
}

function indexOf(records: number): number { return (records - Layout.decodedPages) / DECODED_PAGE_SIZE; }

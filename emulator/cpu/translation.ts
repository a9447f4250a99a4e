// How a hart's addresses are translated now: which regime its privilege,
// status and satp make, which TLB set serves it, and what fences drop.
// ISA manual, volume II, chapters 3.1.6.3 (MPRV) and 10.2 (fences).

import { Privilege } from "../isa/row.js";
import { type HartHost, HartState, MENVCFG, SATP } from "./hart-state.js";
import { PAGE, State } from "./layout.js";
import { Mmu, type Regime } from "./mmu.js";
import { Pmp, PMP_ENTRIES } from "./pmp.js";
import { Status } from "./status.js";
import { type Access, PHYSICAL, TranslationCache } from "./tlb.js";

export abstract class TranslatingHart extends HartState {
  protected readonly pmp = new Pmp();
  protected readonly mmu: Mmu;
  protected readonly tlb: TranslationCache;
  constructor(id: number, host: HartHost) {
    super(id, host);
    this.mmu = new Mmu(host.memory, this.pmp, host.cpu.has("svnapot"));
    this.tlb = new TranslationCache(host.memory, id);
  }

  translationChanged(): void {
    if (this.quick.retranslate(this.address)) return;
    const mode = this.quick.modeOf(this.word(State.privilege), this.status);
    this.tlb.take(mode, mode === PHYSICAL ? 0 : this.word(SATP), mode === PHYSICAL ? 0 : this.word(SATP + 4));
  }

  protected get fetchRegime(): Regime { return this.#regimeOf(this.word(State.privilege)); }
  protected get dataRegime(): Regime {
    const { status } = this;
    return this.#regimeOf(status & Status.mprv ? (status & Status.mpp) >>> Status.mppShift : this.word(State.privilege));
  }

  #regimeOf(privilege: number): Regime {
    const { status } = this;
    return { privilege, sum: (status & Status.sum) !== 0, mxr: (status & Status.mxr) !== 0, satpLow: this.word(SATP), satpHigh: this.word(SATP + 4), environment: this.word(MENVCFG + 4) };
  }

  protectionChanged(): void {
    const entries = Array.from({ length: PMP_ENTRIES }, (_, index) => index);
    const configs = entries.map((index) => Number((this.getCsr(index < 8 ? "pmpcfg0" : "pmpcfg2") >> BigInt((index % 8) * 8)) & 0xffn));
    this.pmp.configure(configs, entries.map((index) => this.getCsr(`pmpaddr${index}`)));
    this.dropAllTranslations();
  }

  /// Where compiled code may fill the TLB by itself: where protection refuses nothing, and nobody watches.
  #openToWalks(): void {
    const { ramBase, ramBytes } = this.host.memory.map;
    const isWatched = this.host.breakpoints.any;
    const { start, end } = isWatched ? { start: ramBase, end: ramBase } : this.pmp.openRange(ramBase, ramBase + ramBytes);
    this.setState(State.openStart, BigInt(start - ramBase));
    this.setState(State.openBytes, BigInt(end - start));
    this.setState(State.openBytesToMachine, BigInt(this.pmp.isOpen(Privilege.machine) && !isWatched ? ramBytes : 0));
  }

  fenceTranslations(vaddr: bigint | undefined, asid: bigint | undefined): boolean {
    if (this.privilege === Privilege.user || (this.privilege === Privilege.supervisor && this.status & Status.tvm)) return false;
    this.dropTranslations(vaddr, asid === undefined ? undefined : Number(asid & 0xffffn));
    return true;
  }

  /// What sfence.vma does; also for a remote fence.
  dropTranslations(vaddr?: bigint, asid?: number): void {
    this.tlb.fence(vaddr === undefined ? undefined : Number(BigInt.asIntN(32, vaddr)), vaddr === undefined ? 0 : Number(BigInt.asIntN(32, vaddr >> 32n)), asid);
  }

  /// What loads and stores of user mode remember of address spaces; `paddr` -1: no memory.
  *translations(): Generator<{ access: "load" | "store"; vaddr: number; paddr: number; asid: number }> {
    for (const { access, vaddr, place, mode, asid } of this.tlb.translations()) {
      const isUser = ((mode >>> 1) & 3) === Privilege.user && ((mode >>> 3) & 3) === Privilege.user;
      if (isUser) yield { access, vaddr, paddr: this.host.memory.paddrOf(place), asid };
    }
  }

  /// No store of this hart may reach the page unseen from now on.
  protectPage(pageAddress: number): void { this.tlb.dropTarget("store", pageAddress); }
  /// The records that lie there are no page's any more.
  forgetRecords(records: number): void { this.tlb.dropTarget("fetch", records); }
  dropAllTranslations(): void {
    this.#openToWalks();
    this.tlb.dropAll();
  }

  /// Physical address, as an access by the hart as it is would find it; undefined where it would fault. Changes nothing.
  translate(access: Access, vaddr: bigint): number | undefined {
    const low = Number(BigInt.asIntN(32, vaddr)), high = Number(BigInt.asIntN(32, vaddr >> 32n));
    const page = this.mmu.translate(access, low, high, access === "fetch" ? this.fetchRegime : this.dataRegime, true);
    return page < 0 ? undefined : page * PAGE + (low & (PAGE - 1));
  }

  /// Eight bytes as a load would find them in RAM or ROM; undefined where it would fault.
  loadVirtual(vaddr: bigint): bigint | undefined {
    let value = 0n;
    for (let index = 7n; index >= 0n; index--) {
      const paddr = this.translate("load", vaddr + index);
      const byte = paddr === undefined ? undefined : this.host.memory.slice(paddr, 1)?.[0];
      if (byte === undefined) return undefined;
      value = (value << 8n) | BigInt(byte);
    }
    return value;
  }
}

// The quick functions (emulator/isa/quick-functions.ts), and what they share
// with the hart in TypeScript: how mstatus is stored, and which TLB set serves
// a state. ISA manual, volume II, chapters 3.1.6, 3.3.2, 10.1.
//
// Each decides first, and writes only when it is sure. Where an interrupt might
// be taken, an observer listens, or a state has no TLB set yet, it declines.

import { Privilege } from "../isa/row.js";
import { Quick, type QuickFunction, quickFunctions, quickOperands } from "../isa/quick-functions.js";
import { callOf, F64, I32, I64, Op, select, ValueType } from "../isa/value.js";
import { Body } from "../wasm/body.js";
import { encodeModule, type Function as WasmFunction, type ImportedFunction } from "../wasm/module.js";
import { emittedModule } from "./emitted.js";
import { csrOffset, Globals, Layout, PAGE, RESERVED_ROUNDING, State, Tlb, TranslationKey } from "./layout.js";
import { FloatState, MSTATUS_HIGH, SSTATUS_HIGH, SSTATUS_WRITABLE, Status } from "./status.js";

const { i32, i64 } = ValueType;
const [MSTATUS, SSTATUS, SATP, MEDELEG, MIE, MIP, MENVCFG, SENVCFG, FCSR, STVEC, SEPC, SCAUSE, STVAL] =
  ["mstatus", "sstatus", "satp", "medeleg", "mie", "mip", "menvcfg", "senvcfg", "fcsr", "stvec", "sepc", "scause", "stval"].map(csrOffset) as [number, number, number, number, number, number, number, number, number, number, number, number, number];
const ECALL_FROM_USER = 8;

/// Besides the quick functions, for TypeScript: `storeStatus(status, state)`; `retranslate(state)`,
/// which takes up the TLB set of the state as it is and says whether there is one; `modeOf(privilege, status)`, a set's mode.
export interface QuickUnit {
  storeStatus(status: number, state: number): void;
  retranslate(state: number): number;
  modeOf(privilege: number, status: number): number;
}

/// For modules that call quick functions.
export const quickImports: readonly ImportedFunction[] = quickFunctions.map((name) => (
  { name, parameters: [...Array.from({ length: quickOperands(name) }, () => i64), i32], results: [name === "walk" ? i64 : i32] }
));

type Helper = "storeStatus" | "retranslate" | "modeOf" | "setOf" | "take";
const helpers: readonly { readonly name: Helper; readonly parameters: readonly number[]; readonly results: readonly number[] }[] = [
  { name: "storeStatus", parameters: [i32, i32], results: [] },
  { name: "retranslate", parameters: [i32], results: [i32] },
  { name: "modeOf", parameters: [i32, i32], results: [i32] },
  // (privilege, status, satp, state): the set's address, or zero.
  { name: "setOf", parameters: [i32, i32, i64, i32], results: [i32] },
  // (privilege, set, state): takes up a set.
  { name: "take", parameters: [i32, i32, i32], results: [] },
];

const all = [...(quickImports as readonly (ImportedFunction & { name: QuickFunction })[]), ...helpers];
const numbers = new Map(all.map(({ name }, index) => [name, index]));

const units = new WeakMap<WebAssembly.Memory, QuickUnit & WebAssembly.ModuleImports>();

export function quickUnit(memory: WebAssembly.Memory): QuickUnit & WebAssembly.ModuleImports {
  let unit = units.get(memory);
  if (!unit) {
    unit = new WebAssembly.Instance(emittedModule("quick", emitQuickUnit), { env: { memory } }).exports as unknown as QuickUnit & WebAssembly.ModuleImports;
    units.set(memory, unit);
  }
  return unit;
}

function emitQuickUnit(): Uint8Array<ArrayBuffer> {
  return encodeModule(all.map(({ name, parameters, results }): WasmFunction => {
    const body = new Body(parameters);
    emitters[name](body);
    return { name, locals: body.locals, results, code: body.code };
  }), {});
}

const call = (name: Helper, ...inputs: (I32 | I64)[]): I32 => callOf(I32, numbers.get(name) as number, inputs);
const word = (state: I32, offset: number) => I32.load(state, offset);

function setWord(body: Body, state: I32, offset: number, value: I32): void { body.code.store(Op.i32Store, state, offset, value); }
function setLong(body: Body, state: I32, offset: number, value: I64): void { body.code.store(Op.i64Store, state, offset, value); }
function decline(body: Body, condition: I32): void { body.if(condition, () => body.code.return(I32.of(Quick.declined))); }

/// Interrupts that are pending and enabled, whatever the mode, and observers.
const isUnusual = (state: I32) => word(state, MIP).or(word(state, State.pins)).and(word(state, MIE)).or(word(state, State.observed));

/// Finds the set that will serve; declines where there is none.
function findSet(body: Body, privilege: I32, status: I32, satp: I64, state: I32): I32 {
  const set = body.let(call("setOf", privilege, status, satp, state));
  decline(body, set.eqz());
  return set;
}

function clearReservation(body: Body, state: I32): void { setLong(body, state, State.reservation, I64.of(-1)); }

const emitters: Record<QuickFunction | Helper, (body: Body) => void> = {
  environmentCall(body) {
    const pc = body.operand(0), state = body.word(1);
    decline(body, word(state, State.privilege).or(isUnusual(state)).or(word(state, MEDELEG).and(1 << ECALL_FROM_USER).eqz()));
    const status = body.let(word(state, MSTATUS));
    const next = body.let(status.and(~(Status.sie | Status.spie | Status.spp)).or(select(status.and(Status.sie), I32.of(Status.spie), I32.of(0))));
    const set = findSet(body, I32.of(Privilege.supervisor), next, I64.load(state, SATP), state);
    setLong(body, state, SEPC, pc);
    setLong(body, state, SCAUSE, I64.of(ECALL_FROM_USER));
    setLong(body, state, STVAL, I64.of(0));
    setLong(body, state, State.pc, I64.load(state, STVEC).and(-4));
    body.code.value(call("take", I32.of(Privilege.supervisor), set, state));
    body.code.value(call("storeStatus", next, state));
    clearReservation(body, state);
    body.code.value(I32.of(Quick.elsewhere));
  },

  returnFromSupervisor(body) {
    const state = body.word(0);
    const status = body.let(word(state, MSTATUS));
    decline(body, word(state, State.privilege).ne(Privilege.supervisor).or(status.and(Status.tsr)).or(isUnusual(state)));
    const privilege = body.let(select(status.and(Status.spp), I32.of(Privilege.supervisor), I32.of(Privilege.user)));
    const next = body.let(status.and(~(Status.sie | Status.spp | Status.mprv)).or(select(status.and(Status.spie), I32.of(Status.sie), I32.of(0))).or(Status.spie));
    const set = findSet(body, privilege, next, I64.load(state, SATP), state);
    setLong(body, state, State.pc, I64.load(state, SEPC));
    body.code.value(call("take", privilege, set, state));
    body.code.value(call("storeStatus", next, state));
    clearReservation(body, state);
    body.code.value(I32.of(Quick.elsewhere));
  },

  writeSstatus(body) {
    const value = body.operand(0), nextPc = body.operand(1), state = body.word(2);
    const status = body.let(word(state, MSTATUS));
    const writable = word(state, State.sstatusWritable);
    const next = body.let(status.and(writable.xor(-1)).or(value.wrap().and(writable)));
    const changed = body.let(status.xor(next));
    decline(body, isUnusual(state));
    body.if(changed.and(Status.sum | Status.mxr).eqz(), () => {
      body.if(changed, () => body.code.value(call("storeStatus", next, state)));
      body.code.return(I32.of(Quick.done));
    });
    const privilege = body.let(word(state, State.privilege));
    const set = findSet(body, privilege, next, I64.load(state, SATP), state);
    body.code.value(call("take", privilege, set, state));
    body.code.value(call("storeStatus", next, state));
    setLong(body, state, State.pc, nextPc);
    body.code.value(I32.of(Quick.elsewhere));
  },

  writeSatp(body) {
    const value = body.operand(0), nextPc = body.operand(1), state = body.word(2);
    const status = body.let(word(state, MSTATUS)), privilege = body.let(word(state, State.privilege));
    const mode = body.let(value.shrU(60));
    decline(body, mode.and(7).ne(0).or(status.and(Status.tvm)).or(word(state, State.observed)));
    const satp = body.let(select(mode.eqz(), I64.of(0), value));
    const set = findSet(body, privilege, status, satp, state);
    setLong(body, state, SATP, satp);
    body.code.value(call("take", privilege, set, state));
    setLong(body, state, State.pc, nextPc);
    body.code.value(I32.of(Quick.elsewhere));
  },

  walk(body) {
    const vaddr = body.operand(0), tlb = body.operand(1), size = body.operand(2), state = body.word(3);
    const MISS = -1;
    const miss = (condition: I32) => body.if(condition, () => body.code.return(I64.of(MISS)));
    const offset = body.let(vaddr.and(PAGE - 1));
    miss(offset.add(size).gtU(PAGE));
    const isFetch = body.let(tlb.eq(Tlb.fetch)), isStore = body.let(tlb.eq(Tlb.store));
    const status = body.let(word(state, MSTATUS)), satp = body.let(I64.load(state, SATP));
    const privilege = body.let(word(state, State.privilege));
    body.if(status.and(Status.mprv).and(select(isFetch, I32.of(0), I32.of(-1))), () => body.set(privilege, status.and(Status.mpp).shrU(Status.mppShift)));
    const ramBase = body.let(I64.load(I32.of(0), Globals.ramBase));
    const isMachine = body.let(privilege.eq(Privilege.machine));
    // In RAM, what protection leaves open.
    const start = body.let(select(isMachine, I64.of(0), I64.load(state, State.openStart)));
    const bytes = body.let(select(isMachine, I64.load(state, State.openBytesToMachine), I64.load(state, State.openBytes)));
    const page = body.let(vaddr.shrU(12));
    const isSuperpage = body.let(I32.of(0));
    body.if(isMachine.eqz().and(satp.shrU(60).ne(0)), () => {
      miss(vaddr.shl(25).shrS(25).ne(vaddr));
      const entry = body.let(I64.of(0)), span = body.let(I64.of(0));
      body.set(page, satp);
      // Left by the leaf, level by level from the root.
      const leaf = body.code.block();
      for (const level of [2, 1, 0]) {
        const table = body.let(page.and(2 ** 44 - 1).shl(12).sub(ramBase));
        miss(table.sub(start).geU(bytes));
        const index = vaddr.shrU(12 + 9 * level).and(511).shl(3);
        body.set(entry, I64.load(table.add(index).wrap(), Layout.ram));
        body.set(page, entry.shrU(10));
        body.set(span, I64.of(2 ** (9 * level) - 1));
        // Not valid, write without read, and bits of extensions are for TypeScript.
        miss(entry.and(1).eqz().or(entry.and(6).eq(4)).or(entry.shrU(54).ne(0)));
        body.code.brIf(leaf, entry.and(14).ne(0));
        miss(entry.and(0xd0).ne(0));
      }
      body.code.return(I64.of(MISS));
      body.code.end();
      miss(page.and(span).ne(0));
      const flags = body.let(entry.wrap());
      const isUser = body.let(flags.and(16));
      miss(select(isUser, privilege.ne(Privilege.user).and(isFetch.or(status.and(Status.sum).eqz())), privilege.ne(Privilege.supervisor)));
      const readable = flags.and(2).or(flags.and(select(status.and(Status.mxr), I32.of(8), I32.of(0))));
      // Accessed, and dirty for stores.
      const present = select(isFetch, flags.and(8).shl(3), select(isStore, flags.and(4).shl(4).and(flags.shrU(1)), select(readable, I32.of(64), I32.of(0))));
      miss(present.and(flags).and(64).eqz());
      body.set(page, page.or(vaddr.shrU(12).and(span)));
      body.set(isSuperpage, span.wrap());
    });
    const place = body.let(page.shl(12).sub(ramBase));
    miss(place.sub(start).geU(bytes));
    const target = body.let(place.wrap().add(Layout.ram));
    body.if(tlb.ne(Tlb.load), () => {
      // Pages with decoded code are never in the store TLB, those without never in the fetch TLB.
      const records = body.let(I32.load(place.wrap().shrU(12).shl(2), Layout.recordsOfPages));
      miss(records.ne(0).eq(isStore));
      body.if(isFetch, () => body.set(target, records));
    });
    const set = body.let(word(state, State.tlb));
    const at = body.let(set.add(tlb.wrap()).add(vaddr.wrap().shrU(8).and(Tlb.mask)));
    setLong(body, at, 0, vaddr.and(-PAGE));
    setWord(body, at, 8, target);
    const counter = body.let(tlb.wrap().shrU(11));
    body.code.store(Op.f64Store, counter, Globals.fillsCompiled, F64.load(counter, Globals.fillsCompiled).add(F64.of(1)));
    body.if(isSuperpage, () => {
      const key = body.let(set.sub(Layout.tlbSets).divU(I32.of(Tlb.setSize)).mul(I32.of(TranslationKey.size)).add(Layout.translationKeys));
      const gib = body.let(vaddr.shrS(30).wrap());
      body.if(gib.ltS(word(key, TranslationKey.lowest)), () => setWord(body, key, TranslationKey.lowest, gib));
      body.if(word(key, TranslationKey.highest).ltS(gib), () => setWord(body, key, TranslationKey.highest, gib));
    });
    body.code.value(offset);
  },

  /// All that changes but SD lies in the lower half of mstatus; sstatus is a part of it.
  storeStatus(body) {
    const status = body.word(0), state = body.word(1);
    const float = body.let(status.and(Status.fs).shrU(Status.fsShift));
    const dirty = body.let(select(float.eq(FloatState.dirty), I32.of(-(2 ** 31)), I32.of(0)));
    setWord(body, state, MSTATUS, status);
    setWord(body, state, MSTATUS + 4, dirty.or(MSTATUS_HIGH));
    setWord(body, state, SSTATUS, status.and(SSTATUS_WRITABLE));
    setWord(body, state, SSTATUS + 4, dirty.or(SSTATUS_HIGH));
    const isReserved = word(state, FCSR).shrU(5).gtU(4);
    setWord(body, state, State.floatState, select(float.ne(0).and(isReserved), float.or(RESERVED_ROUNDING), float));
  },

  retranslate(body) {
    const state = body.word(0);
    const privilege = body.let(word(state, State.privilege));
    const set = body.let(call("setOf", privilege, word(state, MSTATUS), I64.load(state, SATP), state));
    body.code.value(call("take", privilege, select(set, set, word(state, State.tlb)), state));
    body.code.value(set.ne(0));
  },

  modeOf(body) {
    const privilege = body.word(0), status = body.word(1);
    const data = body.let(select(status.and(Status.mprv), status.and(Status.mpp).shrU(Status.mppShift), privilege));
    const bit = (mask: number, to: number) => select(status.and(mask), I32.of(to), I32.of(0));
    const mode = I32.of(1).or(privilege.shl(1)).or(data.shl(3)).or(bit(Status.sum, 32)).or(bit(Status.mxr, 64));
    // Of M-mode alone, whose addresses are physical.
    body.code.value(select(privilege.and(data).eq(Privilege.machine), I32.of(0), mode));
  },

  setOf(body) {
    const privilege = body.word(0), status = body.word(1), satp = body.operand(2), state = body.word(3);
    const mode = body.let(call("modeOf", privilege, status));
    const wanted = body.let(select(mode, satp, I64.of(0)));
    const hart = body.let(state.sub(Layout.harts));
    const first = body.let(hart.shrU(12).mul(I32.of(Tlb.sets * TranslationKey.size)).add(Layout.translationKeys));
    const key = body.let(first);
    body.loop((again) => {
      body.if(word(key, TranslationKey.mode).eq(mode).and(I64.load(key, TranslationKey.satp).eq(wanted)), () => {
        const index = hart.shrU(12).mul(I32.of(Tlb.sets)).add(key.sub(first).divU(I32.of(TranslationKey.size)));
        body.code.return(index.mul(I32.of(Tlb.setSize)).add(Layout.tlbSets));
      });
      body.set(key, key.add(TranslationKey.size));
      body.if(key.sub(first).ltU(Tlb.sets * TranslationKey.size), again);
    });
    body.code.value(I32.of(0));
  },

  take(body) {
    const privilege = body.word(0), set = body.word(1), state = body.word(2);
    setWord(body, state, State.privilege, privilege);
    setWord(body, state, State.tlb, set);
    const environment = word(state, MENVCFG).and(select(privilege.eq(Privilege.user), word(state, SENVCFG), I32.of(-1)));
    setWord(body, state, State.blockControl, select(privilege.eq(Privilege.machine), I32.of(-1), environment));
  },
};

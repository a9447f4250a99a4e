// The dispatcher: goes from region to region, and through the cold code between
// them by the interpreter, without leaving WebAssembly.
//
//     loop
//       record = fetch TLB at pc                 else: fetchMiss
//       slot = one of two of the jump cache, for this pc and record
//       if there is none:
//         if the record's heat has come to the threshold: compiled
//         interpret for LOOK instructions at most, until compiled code begins
//       else:
//         pc = call slot.region(slot.label, state)
//         if pc is odd: SIDE_EXIT + pc / 2          an exit of the region
//       if the budget is used up: budget
//     end
//
// It owns the table of regions, which no region's module imports: a table with
// many importers is slow to set. Whether code may run at a pc is the fetch
// TLB's business here as in the interpreter, so a page is walked at the same
// instruction in both. A slot names the record as well as the pc: the record
// says which physical page it is, the pc which addresses are in the code.
//
// Heat lies where a record that is compiled keeps what it covers. It says how
// much time cold code took, about a microsecond each: an arrival by a jump out of
// compiled code heats little, a look after LOOK instructions of interpreting much.

import { SLACK, SpecialHandler } from "../cpu/interpreter.js";
import { Globals, JumpCache, PAGE, State, Tlb } from "../cpu/layout.js";
import { RECORD_SHIFT, RecordField } from "../cpu/record.js";
import { quickImports } from "../cpu/quick-unit.js";
import { tlbEntry, walk } from "../cpu/wasm-machine.js";
import { Cause } from "../isa/machine.js";
import { callOf, F64, I32, I64, Op, select, ValueType } from "../isa/value.js";
import { Code, Locals, localI32, localI64 } from "../wasm/code.js";
import { encodeModule } from "../wasm/module.js";
import { REGION_INSTRUCTIONS } from "./region.js";

/// Instructions between two looks at where the interpreter is.
export const LOOK = 1000;
/// What a look, and an arrival where no code is known, heat a record by.
export const LOOK_HEAT = 8;
export const MISS_HEAT = 2;

/// Regions take a label and the address of the hart's state. An even result is the pc, an odd one an exit.
export const regionType = { parameters: [ValueType.i32, ValueType.i32], results: [ValueType.i64] } as const;

/// Results from here on are exits of the region in State.region.
export const SIDE_EXIT = 256;

/// The interpreter's quick loop: it takes a record, and gives a cause.
const interpretedImports = [...quickImports, { name: "interpret", parameters: [ValueType.i32], results: [ValueType.i32] }];

/// `hot` is the heat at which it leaves.
export function emitDispatcher(tableSize: number, hot: number): Uint8Array<ArrayBuffer> {
  const locals = new Locals([ValueType.i32]);
  const state = localI32(0);
  const pc = localI64(locals.add(ValueType.i64));
  const tlb = localI32(locals.add(ValueType.i32));
  const entry = localI32(locals.add(ValueType.i32));
  const x = localI64(locals.add(ValueType.i64));
  const record = localI32(locals.add(ValueType.i32));
  const slot = localI32(locals.add(ValueType.i32));
  const result = localI32(locals.add(ValueType.i32));
  const heat = localI32(locals.add(ValueType.i32));
  const look = localI32(locals.add(ValueType.i32));
  const given = localI32(locals.add(ValueType.i32));
  const rest = localI32(locals.add(ValueType.i32));

  const code = new Code();
  const exit = code.block();
  const leave = (cause: Cause) => {
    code.set(result.immediate, I32.of(cause));
    code.br(exit);
  };
  code.set(pc.immediate, I64.load(state, State.pc));
  const again = code.loop();
  // Regions may have taken up another.
  code.set(tlb.immediate, I32.load(state, State.tlb));
  code.set(entry.immediate, tlbEntry(tlb, pc));
  code.set(x.immediate, pc.xor(I64.load(entry, Tlb.fetch)));
  code.if(x.gtU(PAGE - 2));
  code.set(x.immediate, walk(pc, "fetch", 2, state));
  code.if(x.gtU(PAGE - 2));
  leave(Cause.fetchMiss);
  code.end();
  code.end();
  code.set(record.immediate, I32.load(entry, Tlb.fetch + 8).add(x.wrap().shl(RECORD_SHIFT)));
  code.set(slot.immediate, jumpCacheSlot(pc));
  const interpreted = code.block();
  const found = code.block();
  code.brIf(found, isFor(slot, pc, record));
  code.set(slot.immediate, slot.xor(JumpCache.slotSize));
  code.brIf(found, isFor(slot, pc, record));
  code.store(Op.i32Store, state, State.record, record);
  code.set(look.immediate, I32.load(I32.of(0), Globals.untilLook));
  code.set(heat.immediate, I32.load16U(record, RecordField.covered).add(select(look.ltS(1), I32.of(LOOK_HEAT), I32.of(MISS_HEAT))));
  // The interpreter may overrun by more than a region.
  code.set(given.immediate, I32.load(state, State.budget).sub(SLACK - REGION_INSTRUCTIONS));
  code.if(I32.load16U(record, RecordField.handler).eq(SpecialHandler.compiled).or(heat.geU(hot)).or(given.ltS(1)));
  leave(Cause.compiled);
  code.end();
  code.store(Op.i32Store16, record, RecordField.covered, heat);
  code.set(look.immediate, select(look.ltS(1), I32.of(LOOK), look));
  code.set(given.immediate, select(given.ltS(look), given, look));
  code.set(rest.immediate, I32.load(state, State.budget).sub(given));
  code.store(Op.i32Store, state, State.budget, given);
  code.store(Op.i64Store, state, State.pc, pc);
  code.set(result.immediate, callOf(I32, quickImports.length, [record]));
  code.set(given.immediate, given.sub(I32.load(state, State.budget)));
  code.store(Op.f64Store, I32.of(0), Globals.interpreted, F64.load(I32.of(0), Globals.interpreted).add(given.convertS()));
  code.store(Op.i32Store, state, State.budget, I32.load(state, State.budget).add(rest));
  code.set(pc.immediate, I64.load(state, State.pc));
  code.store(Op.i32Store, I32.of(0), Globals.untilLook, look.sub(given));
  code.brIf(exit, result.ne(Cause.budget).and(result.ne(Cause.compiled)));
  code.br(interpreted);
  code.end();
  code.callIndirect(interpretedImports.length + 1, I32.load16U(slot, JumpCache.address + 12), [I32.load16U(slot, JumpCache.address + 14), state]);
  code.setFromStack(pc.immediate);
  code.if(pc.wrap().and(1));
  code.store(Op.i32Store, state, State.region, I32.load16U(slot, JumpCache.address + 12));
  code.set(result.immediate, pc.wrap().shrU(1).add(SIDE_EXIT));
  code.br(exit);
  code.end();
  code.end();
  code.brIf(again, I32.load(state, State.budget).ltS(1).eqz());
  leave(Cause.budget);
  code.end();
  code.unreachable();
  code.end();
  code.store(Op.i64Store, state, State.pc, pc);
  code.value(result);
  return encodeModule([{ name: "dispatch", locals, results: [ValueType.i32], code }], { functions: interpretedImports, tableSize, calledType: regionType });
}

function isFor(slot: I32, pc: I64, record: I32): I32 {
  return I64.load(slot, JumpCache.address).eq(pc).and(I32.load(slot, JumpCache.address + 8).eq(record));
}

/// Of the two slots that may be for a pc, the first.
function jumpCacheSlot(pc: I64): I32 {
  return pc.xor(pc.shrU(JumpCache.fold)).wrap().shl(3).and(JumpCache.mask);
}

/// The same for a pc in TypeScript: the addresses of both.
export function slotsOf(pc: number): readonly [number, number] {
  const first = ((pc ^ Math.floor(pc / 2 ** JumpCache.fold)) << 3) & JumpCache.mask;
  return [JumpCache.address + first, JumpCache.address + (first ^ JumpCache.slotSize)];
}

// The dispatcher: goes from region to region without leaving WebAssembly.
//
//     loop
//       entry = jump cache at pc
//       if entry.pc != pc, return pc
//       pc = call entry.region(entry.label)
//       if budget >= 0, again
//     end
//     return pc

import { I32, I64, ValueType } from "../isa/value.js";
import { Code, Locals, localI32, localI64 } from "../wasm/code.js";
import { encodeModule } from "../wasm/module.js";
import { JumpCache, memoryPages, State } from "../cpu/layout.js";

export function emitDispatcher(tableSize: number): Uint8Array<ArrayBuffer> {
  const locals = new Locals([ValueType.i64]);
  const pc = localI64(0);
  const entry = localI32(locals.add(ValueType.i32));
  const regionType = 1;

  const code = new Code();
  const miss = code.block();
  const again = code.loop();
  code.set(entry.immediate, pc.wrap().shl(3).and(JumpCache.mask));
  code.brIf(miss, I64.load(entry, JumpCache.address).ne(pc));
  code.callIndirect(regionType, I32.load(entry, JumpCache.address + 8), [I32.load(entry, JumpCache.address + 12)]);
  code.setFromStack(pc.immediate);
  code.brIf(again, I32.load(I32.of(0), State.budget).ltS(0).eqz());
  code.end();
  code.end();
  code.value(pc);
  const dispatch = { name: "dispatch", locals, results: [ValueType.i64], code };
  return encodeModule([dispatch], { memoryPages, tableSize, calledType: { parameters: [ValueType.i32], results: [ValueType.i64] } });
}

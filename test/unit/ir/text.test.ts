// The text form of the IR: everything that it can hold survives a round trip.

import { expect, test } from "vitest";
import { parseModule } from "../../../compiler/ir/parse.js";
import { printModule } from "../../../compiler/ir/print.js";
import { verifyModule } from "../../../compiler/ir/verify.js";

const everything = `files "a/b.ts" "c d.ts"
roots @main
data @table: 16 align 8 readonly = 00000000000000000100000000000000 [0: @main] [8: @table + 8]
data @counter: 8 align 8

function @main: i64, i32 with {"section":".text.start","align":4} !0:3:1 {
b0(%0: i64, %1: i32):
  %2: i64 = global @counter + 4 !0:4:3
  %3: i64 = slot @local: 16
  %4: i64 = register tp
  %5: i64 = load.i64.volatile [%2 + -8] !1:4:5
  store.u8 [%3 + 15], %1
  %6: i64 = call @"two<u64>"(%5, 7, -1) !0:5:3
  %7: i32 = result %6, 1
  callIndirect %2(%6)
  %8: i32 = atomic.cas.i32 [%2], 0w, %7
  %9: i64 = asm(%6, %0) {"lines":[[{"kind":"text","text":"add "},{"kind":"output","index":0}]],"inputs":[null,10],"outputs":[{"type":"i64","register":11}],"clobbers":[5],"effect":true}
  %10: i32 = ltu %9, 100
  check %10 else trap "index \\"out\\" of bounds" !0:7:9
  branch %10, b1(%9, 5), b2()
b1(%11: i64, %12: i64):
  %13: i64 = mulhu %11, %12
  jump b1(%13, %12)
b2():
  trap "nowhere" !0:9:1
}

function @"two<u64>": i64, i32 {
b0(%0: i64, %1: i64, %2: i64):
  return %0, 3w
}

function @entry with {"symbol":"_entry"} naked {"lines":[[{"kind":"text","text":"wfi"}]],"inputs":[],"outputs":[],"clobbers":[],"effect":true}
`;

test("what is parsed is printed again", () => {
  const module = parseModule(everything);
  verifyModule(module);
  expect(printModule(module, { locations: true })).toBe(everything);
});

test("a mistake names its line", () => {
  expect(() => parseModule("function @f {\nb0():\n  %1: i64 = frobnicate 3\n  return\n}\n")).toThrow("line 3: no operation");
  expect(() => parseModule("function @f {\nb0():\n  jump b7()\n}\n")).toThrow("line 3: no block b7");
  expect(() => parseModule("function @f: i64 {\nb0():\n  return %9\n}\n")).toThrow("line 3: no value %9");
});

// What a function promises: leaf, preserve, returns; and what the back end
// refuses to do, with a code and a place.

import { expect, test } from "vitest";
import { parseModule } from "../../../compiler/ir/parse.js";
import { compileModule, type BackendOptions } from "../../../compiler/pipeline.js";
import { Refusal } from "../../../compiler/refusal.js";

const compile = (text: string, options: BackendOptions = {}) => compileModule(parseModule(text), { check: true, ...options });
/// One function's instructions.
const codeOf = (text: string, name: string, options?: BackendOptions) =>
  new RegExp(`^${name}:\n([\\s\\S]*?)(?:\n\n|\n$)`, "m").exec(compile(text, options).assembly())![1]!.split("\n").map((line) => line.trim());

test("preserved registers are left alone where nothing else needs them", () => {
  const code = codeOf(
    `roots @f
function @f: i64 with {"leaf":true,"preserve":[11,12,13,14,15,16,17],"returns":[10]} {
b0(%0: i64, %1: i64):
  %2: i64 = load.i64 [%1]
  %3: i64 = load.i64 [%1 + 8]
  %4: i64 = add %2, %3
  %5: i64 = xor %4, %0
  return %5
}
`,
    "f",
  );
  expect(code.join()).not.toMatch(/(ld|add|xor) a[1-7],/);
});

test("they are saved where a call may change them", () => {
  const code = codeOf(
    `roots @f
function @f: i64 with {"preserve":[11]} {
b0(%0: i64, %1: i64):
  %2: i64 = call @g(%1)
  return %2
}
function @g: i64 with {"inline":"never"} {
b0(%0: i64):
  return %0
}
`,
    "f",
  );
  expect(code).toContain("sd a1, 0(sp)");
  expect(code).toContain("ld a1, 0(sp)");
});

test("a caller finds results where `returns` puts them, and values in preserved registers", () => {
  const code = codeOf(
    `roots @f
function @f: i64 {
b0(%0: i64, %1: i64):
  %2: i64 = call @g(%0, %1)
  %3: i64 = result %2, 1
  %4: i64 = add %2, %3
  %5: i64 = add %4, %1
  return %5
}
function @g: i64, i64 with {"inline":"never","returns":[10,16],"preserve":[11]} {
b0(%0: i64, %1: i64):
  return %0, %1
}
`,
    "f",
  );
  expect(code).toEqual(["addi sp, sp, -16", "sd ra, 8(sp)", "jal ra, g", "add a0, a0, a6", "add a0, a0, a1", "ld ra, 8(sp)", "addi sp, sp, 16", "jalr zero, 0(ra)"]);
});

test("a single use of a symbol needs no address in a register", () => {
  const text = `roots @f
data @counter: 8 align 8
function @f: i64 {
b0():
  %0: i64 = global @counter
  %1: i64 = load.i64 [%0]
  return %1
}
`;
  expect(codeOf(text, "f")).toEqual(["auipc a0, %pcrel_hi(counter)", "ld a0, %pcrel_lo(counter)(a0)", "jalr zero, 0(ra)"]);
});

const asm = (line: string, more = '"inputs":[],"outputs":[]') =>
  `files "a.ts"
roots @f
function @f !0:1:1 {
b0():
  asm() {"lines":[[{"kind":"text","text":${JSON.stringify(line)}}]],${more},"clobbers":[],"effect":true} !0:7:3
  return
}
`;

test.each([
  ["an unknown instruction", asm("frobnicate a0"), "TM4001", "frobnicate a0"],
  ["a missing operand", asm("add a0, a1"), "TM4001", "add a0, a1"],
  ["a number that does not fit", asm("addi a0, a0, 5000"), "TM4001", "imm cannot be 5000"],
  ["an unknown register", asm("mv a0, b7"), "TM4001", "mv a0, b7"],
  ["an unknown CSR", asm("csrr a0, nothing"), "TM4001", ""],
  ["a jump to no label", asm("j 1f"), "TM4001", "no label 1"],
  ["a symbol that is not there", asm("call nobody"), "TM4004", "nobody"],
])("%s is refused where it is written", (_, text, code, detail) => {
  const refusal = refusalOf(text);
  expect([refusal.code, refusal.location?.line]).toEqual([code, 7]);
  expect(refusal.message).toContain(detail);
});

test("a leaf that calls is refused", () => {
  const text = `roots @f
function @f with {"leaf":true} !0:3:1 {
b0():
  call @g()
  return
}
function @g with {"inline":"never"} {
b0():
  return
}
`;
  const refusal = refusalOf(text);
  expect([refusal.code, refusal.location?.line]).toEqual(["TM4002", 3]);
});

function refusalOf(text: string): Refusal {
  try {
    compile(text);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

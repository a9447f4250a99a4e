// A program for the tests of layout and debug information: an entry, a checked
// division, a cold function, data of every kind.

import { parseModule } from "../../../compiler/ir/parse.js";
import type { Module } from "../../../compiler/ir/types.js";

export const sources: Readonly<Record<string, string>> = {
  "kernel/main.ts": `export function main(a: u64, b: u64): u64 {
  counter.value = 1;
  const quotient = divide(a, b);
  report(quotient);
  return quotient;
}
`,
  "kernel/math.ts": `// Division.

export function divide(a: u64, b: u64): u64 {
  return a / b;
}
export function report(n: u64): void {
  attr({ cold: true });
  last = n;
}
`,
};

export const program = (): Module =>
  parseModule(`files "kernel/main.ts" "kernel/math.ts"
roots @start
data @counter: 8 align 8
data @initial: 8 align 8 = 0500000000000000
data @handlers: 16 align 8 readonly = 00000000000000000000000000000000 [0: @divide] [8: @initial + 4]

function @main: i64 !0:1:8 {
b0(%0: i64, %1: i64):
  %2: i64 = global @counter !0:2:3
  store.i64 [%2], 1 !0:2:3
  %3: i64 = call @divide(%0, %1) !0:3:20
  call @report(%3) !0:4:3
  return %3
}

function @divide: i64 with {"inline":"never"} !1:3:8 {
b0(%0: i64, %1: i64):
  %2: i32 = ne %1, 0 !1:4:10
  check %2 else trap "division by zero" !1:4:10
  %3: i64 = divu %0, %1 !1:4:10
  return %3
}

function @report with {"cold":true,"inline":"never"} !1:6:8 {
b0(%0: i64):
  %1: i64 = global @initial !1:8:3
  store.i64 [%1], %0 !1:8:3
  %2: i64 = global @handlers !1:8:3
  %3: i64 = load.i64.volatile [%2] !1:8:3
  return
}

function @start with {"section":".text.start","symbol":"_start"} naked {"lines":[[{"kind":"text","text":"la sp, __image_end"}],[{"kind":"text","text":"call main"}]],"inputs":[],"outputs":[],"clobbers":[],"effect":true}
`);

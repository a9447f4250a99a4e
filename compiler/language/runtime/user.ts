// A user program: its main takes what arrived in a0 and a1. There is no operating system's interface here: a
// program that wants to exit or print brings its own with layout({ entry }), as userland/lib does. One that
// returns stops at a breakpoint.

export function _start(): never {
  return naked({ section: ".text.start", symbol: "_start" })`
  call  program_main
1:ebreak
  j     1b`;
}

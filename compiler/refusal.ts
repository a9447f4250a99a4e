// What only the back end can find wrong with a program: assembly that does not
// assemble, a leaf that needs a frame. A user's mistake, so it has a code, the
// place and what to do about it.

import type { Location } from "./ir/types.js";

export const refusals = {
  TM4001: { message: "the assembler does not know this line", help: "write one RV64GC instruction, pseudo-instruction or label `1:` on a line" },
  TM4002: { message: "a leaf function needs a frame", help: "call nothing, keep fewer values alive, or drop `leaf`" },
  TM4003: { message: "assembly asks for more registers than there are", help: "pass fewer operands, or name fewer clobbers" },
  TM4004: { message: "no such symbol", help: "name a function of the program, its static data, or a linker symbol" },
  TM4005: { message: "this register cannot be used here", help: "`register` reads tp, gp and sp" },
  TM4006: { message: "the base does not fit the alignment", help: "link and load at a multiple of the largest align, at least 4096" },
} as const;

export class Refusal extends Error {
  readonly help: string;

  constructor(
    readonly code: keyof typeof refusals,
    detail: string,
    readonly location: Location | undefined,
  ) {
    super(`${refusals[code].message}: ${detail}`);
    this.help = refusals[code].help;
  }
}

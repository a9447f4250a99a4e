// The test finisher (sifive_test): a word written here ends or resets the machine.
//
//      31      16 15       0
//     |   code   |  what    |   0x5555 pass, 0x3333 fail with code, 0x7777 reset

import type { AccessBytes, Device } from "./device.js";

/// How the guest ended its run. The code is the guest's, in sixteen bits.
export type Finish =
  | { readonly kind: "pass" }
  | { readonly kind: "fail"; readonly code: number }
  | { readonly kind: "reset" };

const Word = { pass: 0x5555, fail: 0x3333, reset: 0x7777 } as const;

export class Finisher implements Device {
  readonly name = "test";

  constructor(
    readonly base: number,
    readonly size: number,
    private readonly finish: (how: Finish) => void,
  ) {}

  read(): number {
    return 0;
  }

  write(byteOffset: number, _bytes: AccessBytes, value: number): void {
    if (byteOffset !== 0) return;
    const what = value & 0xffff;
    if (what === Word.pass) this.finish({ kind: "pass" });
    if (what === Word.fail) this.finish({ kind: "fail", code: value >>> 16 });
    if (what === Word.reset) this.finish({ kind: "reset" });
  }

  save(): unknown {
    return null;
  }

  restore(): void {}
}

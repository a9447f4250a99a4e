// When V8 optimises the machine's own WebAssembly. It does so on another thread after some millions of bytes have
// run, which the interpreter, one large function, has done after a dozen instructions of the guest; and a process
// cannot end before it is through, a tenth of a second later. With more patience a short run is over first.

import { setFlagsFromString } from "node:v8";

/// V8 cannot be asked what it was.
const usual = Number.parseInt(process.versions.v8, 10) < 12 ? 1_800_000 : 13_000_000;
const most = 2 ** 31 - 1;

/// WebAssembly that `make` compiles is optimised only where it runs for long.
export function withPatience<T>(make: () => T): T {
  setFlagsFromString(`--wasm-tiering-budget=${most}`);
  try {
    return make();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${usual}`);
  }
}

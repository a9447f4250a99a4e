// `npm run fuzz:kernel`: a thread that makes random syscalls (test/guest/kernel/hostile.ts), with the invariants checked
// from outside. `--calls N` (1,000,000), `--seed S` (1), `--every K`: one of K returns is checked (1000), `--harts N` (1).
// Same seed, same run.

import { readElf } from "../../compiler/object/elf-read.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import { boot, buildFiles, buildKernel, readReport } from "./conformance.js";

export interface FuzzResult {
  readonly failures: readonly string[];
  readonly checks: number;
  readonly instructions: number;
}

export async function fuzz(calls: number, seed: number, every: number, harts = 1): Promise<FuzzResult> {
  const kernel = await buildKernel();
  const wish = new DataView(new ArrayBuffer(16));
  wish.setBigUint64(0, BigInt(calls), true);
  wish.setBigUint64(8, BigInt(seed), true);
  const initrd = await buildFiles("test/guest/kernel/hostile.ts", [{ name: "fuzz", bytes: new Uint8Array(wish.buffer) }]);
  const checker = new InvariantChecker(readElf(kernel, "kernel.elf"), every);
  const { text, end, instructions } = boot({ kernel, initrd, harts, observer: checker, prepare: (machine) => checker.attach(machine), maxInstructions: 2e12 });
  const { checks, died } = readReport(text, end);
  const failures = [
    ...(died === undefined ? [] : [died]),
    ...checks.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`])),
    ...checker.violations.map(({ invariant, what }) => `invariant ${invariant}: ${what}`),
  ];
  return { failures, checks: checker.checks, instructions };
}

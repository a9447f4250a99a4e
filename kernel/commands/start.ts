// `typemetal start`: builds kernel and userland from their sources and boots them; `--write FILE` keeps the
// image instead, for QEMU or a board.

import { writeFileSync } from "node:fs";
import { report } from "../../compiler/commands/report.js";
import { type Host, type RunOptions, runImage } from "../../emulator/commands/run.js";
import { buildImage } from "./build.js";

export interface StartOptions extends RunOptions {
  readonly host: Host;
  /// A path.
  readonly write?: string;
}

const FAILED = 1;

/// The exit code.
export async function start({ host, write, ...options }: StartOptions): Promise<number> {
  const { stderr, colors } = host;
  const started = performance.now();
  const built = await buildImage((mainFile) => stderr.write(`${colors.dim("compiling")} ${mainFile}\n`));
  if ("diagnostics" in built) {
    await report(built.diagnostics, { write: () => {}, writeError: (text) => stderr.write(text), colors });
    return FAILED;
  }
  const { kernel } = built.image;
  stderr.write(`${colors.green("built")} ${Math.ceil(kernel.length / 1024)} KiB in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  if (write === undefined) return runImage({ ...options, kernel: { name: "kernel.elf", bytes: kernel } }, host);
  writeFileSync(write, kernel);
  stderr.write(`${write}: boot it with qemu-system-riscv64 -M virt -nographic -kernel ${write}\n`);
  return 0;
}

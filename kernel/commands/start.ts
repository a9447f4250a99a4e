// `typemetal start`: builds kernel and userland from their sources and boots them; `--write FILE` keeps the
// image instead, for QEMU or a board; `--example NAME` boots one program of userland/examples.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { report } from "../../compiler/commands/report.js";
import { packageRoot } from "../../compiler/commands/package-root.js";
import type { Host } from "../../emulator/commands/host.js";
import { runImage } from "../../emulator/commands/run.js";
import { type RunOptions, UsageError } from "../../emulator/commands/run-options.js";
import { buildImage, buildImageWith } from "./build.js";

export interface StartOptions extends RunOptions {
  readonly host: Host;
  /// A path.
  readonly write?: string;
  /// A folder of userland/examples: that program runs in place of the whole userland.
  readonly example?: string;
}

const FAILED = 1;

/// The exit code.
export async function start({ host, write, example, ...options }: StartOptions): Promise<number> {
  const { stderr, colors } = host;
  const started = performance.now();
  const progress = (mainFile: string) => void stderr.write(`${colors.dim("compiling")} ${mainFile}\n`);
  const built = await (example === undefined ? buildImage(progress) : buildImageWith({ init: mainFileOf(example) }, progress));
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

const EXAMPLES = "userland/examples";

/// By name.
export function examples(): string[] {
  const folder = join(packageRoot(), EXAMPLES);
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "main.ts"))).sort();
}

function mainFileOf(example: string): string {
  if (!examples().includes(example)) throw new UsageError(`there is no example ${example}\n  help: there are ${examples().join(", ")}`);
  return `${EXAMPLES}/${example}/main.ts`;
}

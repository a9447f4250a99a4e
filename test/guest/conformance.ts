// The conformance programs of test/guest/kernel: each is an init of its own, and prints a line for each check.

import { readdirSync } from "node:fs";
import { formatDiagnostic } from "../../compiler/frontend/diagnostics.js";
import { buildImageWith } from "../../kernel/commands/build.js";

export const RAM_BYTES = 128 * 2 ** 20;

/// By name.
export const conformancePrograms = readdirSync(new URL("kernel", import.meta.url))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3));

/// The kernel with one of the programs as its init.
export async function conformanceImage(name: string): Promise<Uint8Array> {
  const built = await buildImageWith({ init: `test/guest/kernel/${name}.ts` });
  if ("image" in built) return built.image.kernel;
  throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
}

/// What is typed when a program starts.
export const TYPED = "abc";

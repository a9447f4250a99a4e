// Where the package is: the sources in the dialect lie there, beside cli.ts or one level above the built one.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export function packageRoot(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, "compiler", "language", "core.d.ts"))) return at;
    if (dirname(at) === at) throw new Error("the package is incomplete: compiler/language is missing");
  }
}

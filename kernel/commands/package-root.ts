// Where the package is: sources in the dialect lie beside cli.ts, and one level above the built one.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export function packageRoot(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, "kernel", "main.ts"))) return at;
    if (dirname(at) === at) throw new Error("the package is incomplete: kernel/main.ts is missing");
  }
}

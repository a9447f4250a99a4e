// Golden files: what a pass or the back end makes of a small input, kept as
// text beside it. `vitest run -u` writes them anew.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface GoldenCase {
  readonly name: string;
  readonly input: string;
  /// Of the first line, `// pass: gvn dce`.
  readonly argument: string;
  readonly expectedPath: string;
}

/// Every `NAME.ir` in a folder of test/golden; what is expected lies in `NAME.expected`.
export function goldenCases(folder: string): GoldenCase[] {
  const path = join(dirname(fileURLToPath(import.meta.url)), folder);
  return readdirSync(path)
    .filter((file) => file.endsWith(".ir"))
    .sort()
    .map((file) => {
      const input = readFileSync(join(path, file), "utf8");
      return {
        name: file.replace(".ir", ""),
        input,
        argument: /^\/\/ \w+: *(.*)/.exec(input)?.[1] ?? "",
        expectedPath: join(path, file.replace(".ir", ".expected")),
      };
    });
}

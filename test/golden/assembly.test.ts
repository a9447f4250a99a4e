// The machine code of small programs, optimised: test/golden/asm/NAME.ir, and
// NAME.expected as assembly. A needless move shows up here.

import { expect, test } from "vitest";
import { parseModule } from "../../compiler/ir/parse.js";
import { compileModule } from "../../compiler/pipeline.js";
import { goldenCases } from "./golden.js";

test.each(goldenCases("asm"))("$name", async ({ input, expectedPath }) => {
  const { assembly } = compileModule(parseModule(input), { check: true });
  await expect(assembly()).toMatchFileSnapshot(expectedPath);
});

import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/// What takes longest goes first, longest first, so that no worker has one of them left while the others are done.
const longest = ["guest/kernel.qemu", "guest/kernel", "differential/jit", "unit/jit/rows", "guest/fuzz", "unit/pipeline/edits", "guest/language/language", "guest/invariants", "guest/examples", "differential/machine"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/built-cli.ts",
    // All of them: vitest would leave one idle, which on a machine with two is half.
    maxWorkers: availableParallelism(),
    // A worker runs one file after the other, with what it loaded and what V8 optimised: half of a small file's time.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

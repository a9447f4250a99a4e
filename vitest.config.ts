import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/built-cli.ts",
    // All of them: vitest would leave one idle, which on a machine with two is half.
    maxWorkers: availableParallelism(),
    // A worker runs one file after the other, with what it loaded and what V8 optimised: half of a small file's time.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

// `npm run test:world`: software that no one here wrote, from Debian's packages, on our machine. It fetches
// what it needs, so it wants a Debian system with root's rights and some minutes.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/world/*.world.ts"],
    // Only a guard against what hangs.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
  },
});

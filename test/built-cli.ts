// The command as users have it, built before the tests run: it starts in a fraction of the time that its sources take.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
export const builtCli = `${root}build/cli/cli.cjs`;

/// For vitest's globalSetup.
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build:command"], { cwd: root, stdio: "inherit" });
}

// The command as users have it, for tests: it starts in a fraction of the time that its sources take. It is the one that
// is shipped where nothing changed since that was built, as after `npm ci`; else it is bundled anew, quickly.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const quick = join(root, "build/cli/cli.cjs");
const shipped = join(root, "dist/cli.cjs");
export const builtCli = process.env.TYPEMETAL_TESTED ?? quick;

/// For vitest's globalSetup; workers inherit what it says.
export function setup(): void {
  process.env.TYPEMETAL_TESTED = isFresh(shipped) ? shipped : quick;
  if (process.env.TYPEMETAL_TESTED === quick) execFileSync("npm", ["run", "--silent", "build:command"], { cwd: root, stdio: "inherit" });
}

function isFresh(built: string): boolean {
  if (!existsSync(built)) return false;
  const sources = ["cli.ts", "index.ts", "build.ts", "build-lists.ts", "package-lock.json", ...["compiler", "emulator", "kernel/commands"].flatMap(filesIn)];
  const { mtimeMs } = statSync(built);
  return sources.every((name) => statSync(join(root, name)).mtimeMs < mtimeMs);
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

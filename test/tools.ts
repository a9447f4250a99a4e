// Programs that no one here wrote and that tests compare with: found on PATH, or the tests that want them
// skip and say so. In CI (TYPEMETAL_REQUIRE_TOOLS) nothing may skip.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/// Whether all of them are on PATH.
export function hasTools(...names: readonly string[]): boolean {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length === 0) return true;
  if (process.env.TYPEMETAL_REQUIRE_TOOLS) throw new Error(`not on PATH: ${missing.join(", ")}`);
  console.warn(`skipped, since not on PATH: ${missing.join(", ")}`);
  return false;
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

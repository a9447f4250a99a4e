// Programs that no one here wrote and that tests compare with: found on PATH, or the tests that want them
// skip and say so. In CI (TYPEMETAL_REQUIRE_TOOLS) nothing may skip.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/// Whether all of them are on PATH.
export function hasTools(...names: readonly string[]): boolean {
  const missing = names.filter((name) => pathOf(name) === "");
  if (missing.length === 0) return true;
  if (process.env.TYPEMETAL_REQUIRE_TOOLS) throw new Error(`not on PATH: ${missing.join(", ")}`);
  console.warn(`skipped, since not on PATH: ${missing.join(", ")}`);
  return false;
}

/// Where a program is; empty where it is not on PATH.
export function pathOf(name: string): string {
  const places = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }) ?? "";
}

// Files for the compiler, in Node: it asks by path, as the user wrote it.

import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CompileHost } from "../pipeline.js";

/// compiler/language, from the sources and from the built package.
const libraries = ["../language", "../../../compiler/language"];

export function nodeHost(): CompileHost {
  const library = libraries
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(`${path}/core.d.ts`));
  if (library === undefined) throw new Error("the package is incomplete: compiler/language is missing");
  return {
    library,
    readFile: (path) => {
      const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
      return isFile ? readFileSync(path) : undefined;
    },
  };
}

// Files for the compiler, in Node: it asks by path, as the user wrote it.

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CompileHost } from "../pipeline.js";
import { packageRoot } from "./package-root.js";

/// What the library's files are called in what is compiled, wherever the package lies.
const LIBRARY = "typemetal/language";

/// Paths are relative to `root`; without it, to where the process runs. `unsaved` goes before what is on disk.
export function nodeHost(root = "", unsaved: ReadonlyMap<string, string> = new Map()): CompileHost {
  const folder = join(packageRoot(), "compiler", "language");
  return {
    library: LIBRARY,
    readFile: (path) => {
      const file = path.startsWith(`${LIBRARY}/`) ? folder + path.slice(LIBRARY.length) : join(root, path);
      const text = unsaved.get(file);
      if (text !== undefined) return new TextEncoder().encode(text);
      const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
      return isFile ? readFileSync(file) : undefined;
    },
  };
}

/// Notes what is read: the content by path, undefined where there was no file.
export function recordingHost({ library, readFile }: CompileHost, read: Map<string, Uint8Array | undefined>): CompileHost {
  const recorded = (path: string) => {
    const bytes = readFile(path);
    read.set(path, bytes);
    return bytes;
  };
  return { library, readFile: recorded };
}

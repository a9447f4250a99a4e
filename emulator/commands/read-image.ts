// Files that a run needs.

import { readFileSync, statSync } from "node:fs";
import { ImageError, type NamedFile } from "../machine/loader.js";

/// Throws ImageError.
export function readImage(path: string): NamedFile {
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isDirectory) throw new ImageError(`${path} is a directory`, "give the image in it");
  try {
    return { name: path, bytes: readFileSync(path) };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) throw new ImageError(`${path} does not exist`, "check the path, or build it first: typemetal build");
    throw new ImageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, "check its rights");
  }
}

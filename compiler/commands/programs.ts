// Where programs begin: which files of a folder are main files of the dialect.

import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/// Whether a source says where a program begins.
export const isMain = (text: string): boolean => /^(export function main\b|layout\()/m.test(text);

/// The main files under a folder, as paths that begin with it.
export function programsUnder(folder: string): string[] {
  return sourcesUnder(folder).filter((path) => isMain(readFileSync(path, "utf8")));
}

/// Whether a file is the dialect's: the tsconfig.json above it extends ours and excludes no folder of its, or
/// there is none. Patterns among what is excluded are not read.
export function isDialect(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const config = join(folder, "tsconfig.json");
    if (existsSync(config)) return holdsFor(readFileSync(config, "utf8"), path.slice(folder.length + 1));
    if (folder === dirname(folder)) return true;
  }
}

/// Not read as JSON, since it may have comments.
function holdsFor(config: string, path: string): boolean {
  const [, excluded = ""] = /"exclude"\s*:\s*\[([^\]]*)\]/.exec(config) ?? [];
  const isExcluded = [...excluded.matchAll(/"([^"]+?)\/?"/g)].some(([, name]) => path === name || path.startsWith(`${name}/`));
  return !isExcluded && /"extends"\s*:\s*[^}]*?language\/tsconfig(\.json)?"/.test(config);
}

function sourcesUnder(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(\.|node_modules$|dist$)/.test(entry.name) ? [] : sourcesUnder(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

/// None where it may not be read.
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

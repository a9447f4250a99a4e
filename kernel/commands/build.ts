// Builds the image: each program of userland to an ELF of its own, all of them into an archive, and the
// kernel with the archive inside.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { analyse, type Diagnostic, formatDiagnostics, type Target } from "../../compiler/frontend/index.js";
import { compileModule } from "../../compiler/pipeline.js";
import { packageRoot } from "./package-root.js";
import { type ArchiveFile, writeArchive } from "./archive.js";

/// Programs of the archive, by the folder of their main file. Init is the one that the kernel starts.
export const programs: Readonly<Record<string, string>> = {
  init: "userland/servers/init",
  console: "userland/servers/console",
  echo: "userland/servers/echo",
  shell: "userland/apps/shell",
  faulty: "userland/apps/faulty",
  wild: "userland/apps/wild",
};

export interface Image {
  readonly kernel: Uint8Array;
  readonly programs: readonly ArchiveFile[];
}

export type Built = { readonly image: Image } | { readonly diagnostics: readonly Diagnostic[] };

/// `progress` hears of each step before it is taken.
export function buildImage(progress: (step: string) => void = () => {}): Built {
  const files: ArchiveFile[] = [];
  for (const [name, folder] of Object.entries(programs)) {
    progress(`${folder}/main.ts`);
    const compiled = compileFile(`${folder}/main.ts`, "user");
    if (!("elf" in compiled)) return compiled;
    files.push({ name, bytes: compiled.elf });
  }
  progress("kernel/main.ts");
  const compiled = compileFile("kernel/main.ts", "kernel", new Map([["userland.cpio", writeArchive(files)]]));
  return "elf" in compiled ? { image: { kernel: compiled.elf, programs: files } } : compiled;
}

export function formatFailure({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): string {
  return formatDiagnostics(diagnostics);
}

type Compiled = { readonly elf: Uint8Array } | { readonly diagnostics: readonly Diagnostic[] };

function compileFile(path: string, target: Target, embed: ReadonlyMap<string, Uint8Array> = new Map()): Compiled {
  const root = packageRoot();
  const { module, diagnostics, layout } = analyse(
    join(root, path),
    { target, boundsChecks: true, embed },
    { readFile, library: join(root, "compiler/language") },
  );
  if (!module) return { diagnostics };
  return compileModule(module, { virtualBase: layout.virtual, physicalBase: layout.physical, entry: layout.entry || undefined });
}

function readFile(path: string): Uint8Array | undefined {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path) : undefined;
}

// Builds the image: each program of userland to an ELF of its own, all of them into an archive, and the
// kernel with the archive inside.

import { nodeHost } from "../../compiler/commands/node-host.js";
import { packageRoot } from "../../compiler/commands/package-root.js";
import { compile, type Diagnostic, type Target } from "../../compiler/pipeline.js";
import { type ArchiveFile, writeArchive } from "./archive.js";

/// Main files by the names of their programs. `init` is the one that the kernel starts.
export type Programs = Readonly<Record<string, string>>;

export const programs: Programs = {
  init: "userland/servers/init/main.ts",
  console: "userland/servers/console/main.ts",
  echo: "userland/servers/echo/main.ts",
  shell: "userland/apps/shell/main.ts",
  faulty: "userland/apps/faulty/main.ts",
  wild: "userland/apps/wild/main.ts",
};

export interface Image {
  readonly kernel: Uint8Array;
  readonly programs: readonly ArchiveFile[];
}

export type Built = { readonly image: Image } | { readonly diagnostics: readonly Diagnostic[] };

/// `progress` hears of each main file before it is compiled.
export function buildImage(progress?: (mainFile: string) => void): Promise<Built> {
  return buildImageWith(programs, progress);
}

/// An image with other programs in its archive, as tests have them; `changed`: texts of source files by absolute path.
export async function buildImageWith(programs: Programs, progress: (mainFile: string) => void = () => {}, changed?: ReadonlyMap<string, string>): Promise<Built> {
  // Paths from the package's root, so that an image is the same wherever it was built.
  const host = nodeHost(packageRoot(), changed);
  const build = (path: string, target: Target, embed: ReadonlyMap<string, Uint8Array> = new Map()) => {
    progress(path);
    return compile(path, { target, embed }, host);
  };
  const files: ArchiveFile[] = [];
  for (const [name, mainFile] of Object.entries(programs)) {
    const { output, diagnostics } = await build(mainFile, "user");
    if (!output) return { diagnostics };
    files.push({ name, bytes: output.elf });
  }
  const { output, diagnostics } = await build("kernel/main.ts", "kernel", new Map([["userland.cpio", writeArchive(files)]]));
  return output ? { image: { kernel: output.elf, programs: files } } : { diagnostics };
}

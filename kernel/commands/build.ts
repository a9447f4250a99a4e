// Builds the image: each program of userland to an ELF of its own, all of them into an archive, and the
// kernel with the archive inside. What did not change is not compiled again.

import { cachedImage } from "../../compiler/commands/cache.js";
import { nodeHost } from "../../compiler/commands/node-host.js";
import { packageRoot } from "../../compiler/commands/package-root.js";
import { type CompileHost, compile, type Diagnostic, type Target } from "../../compiler/pipeline.js";
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
export async function buildImageWith(programs: Programs, progress?: (mainFile: string) => void, changed?: ReadonlyMap<string, string>): Promise<Built> {
  const files: ArchiveFile[] = [];
  for (const [name, mainFile] of Object.entries(programs)) {
    const { bytes, diagnostics } = await buildElf(mainFile, "user", { progress, changed });
    if (!bytes) return { diagnostics };
    files.push({ name, bytes });
  }
  const { bytes: kernel, diagnostics } = await buildElf("kernel/main.ts", "kernel", { progress, changed, archive: { programs, bytes: writeArchive(files) } });
  return kernel ? { image: { kernel, programs: files } } : { diagnostics };
}

interface BuildOptions {
  readonly progress?: ((mainFile: string) => void) | undefined;
  readonly changed?: ReadonlyMap<string, string> | undefined;
  /// What the kernel embeds, and of which programs it is.
  readonly archive?: { readonly programs: Programs; readonly bytes: Uint8Array };
}

/// As the kernel's `embed` asks for it.
const ARCHIVE = "/userland.cpio";

/// One program: the one that is kept while its sources and the compiler are as they were, or a new one.
export async function buildElf(mainFile: string, target: Target, { progress, changed, archive }: BuildOptions = {}): Promise<{ bytes?: Uint8Array; diagnostics: readonly Diagnostic[] }> {
  // Paths from the package's root, so that an image is the same wherever it was built.
  const root = packageRoot();
  const disk = nodeHost(root, changed);
  const host: CompileHost = { ...disk, readFile: (path) => (archive && path.endsWith(ARCHIVE) ? archive.bytes : disk.readFile(path)) };
  let diagnostics: readonly Diagnostic[] = [];
  const choices = { target, changed: [...(changed?.keys() ?? [])], programs: archive?.programs };
  const built = await cachedImage({ file: mainFile, choices, host, root }, async (recording) => {
    progress?.(mainFile);
    const compilation = await compile(mainFile, { target }, recording);
    diagnostics = compilation.diagnostics;
    return compilation.output && { name: mainFile, bytes: compilation.output.elf };
  });
  return { ...(built && { bytes: built.bytes }), diagnostics };
}

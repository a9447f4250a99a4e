// `--watch`: a command again and again, each time one of the files that it read has changed. TypeScript and what
// it parsed stay in memory (frontend/load.ts), and the code of functions (memo.ts): a run after an edit does not
// start from nothing.

import { existsSync, watch } from "node:fs";
import { dirname } from "node:path";
import { Memos } from "../memo.js";
import type { CompileHost } from "../pipeline.js";
import { nodeHost, recordingHost } from "./node-host.js";
import type { CompileTerminal } from "./report.js";

export interface WatchOptions extends CompileTerminal {
  /// Ends the watch; without, it goes on until the process is interrupted.
  readonly signal?: AbortSignal;
}

/// What a run read, by path; undefined where it looked for a file in vain.
type Contents = Map<string, Uint8Array | undefined>;

/// Milliseconds that an editor may take between the writes of one save.
const SETTLE = 20;

/// The last run's exit code. Where the first run cannot be, the mistake is in the command line, and it throws.
export async function runAndWatch(run: (host: CompileHost, memos: Memos) => Promise<number>, options: WatchOptions): Promise<number> {
  const { writeError, colors, signal } = options;
  const disk = nodeHost();
  const memos = new Memos();
  let seen: Contents | undefined;
  for (;;) {
    const read: Contents = new Map();
    const host = recordingHost(disk, read);
    const isOurs = (path: string) => path.startsWith(`${disk.library}/`);
    const start = performance.now();
    const code = await run(host, memos).catch((error: unknown) => {
      if (!seen || !(error instanceof Error && "help" in error)) throw error;
      // A file may be gone for a moment.
      for (const path of seen.keys()) host.readFile(path);
      writeError(`${colors.red("error:")} ${error.message}\n`);
      return 1;
    });
    for (const path of [...read.keys()].filter(isOurs)) read.delete(path);
    seen = read;
    const time = Math.round(performance.now() - start);
    const files = [...read.values()].filter(Boolean).length;
    writeError(`${code === 0 ? "no errors" : "not good yet"}, ${time} ms; watching ${files} ${files === 1 ? "file" : "files"}\n`);
    await change(read, disk, signal);
    if (signal?.aborted) return code;
  }
}

/// Waits until one of the files is not what it was. Folders are watched: editors replace a file, and a file may be missing.
async function change(read: Contents, disk: CompileHost, signal?: AbortSignal): Promise<void> {
  const folders = [...new Set([...read.keys()].map((path) => dirname(path)))].filter((folder) => existsSync(folder));
  const isOther = () => [...read].some(([path, bytes]) => !isSame(bytes, disk.readFile(path)));
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const look = () => {
      clearTimeout(timer);
      timer = setTimeout(() => isOther() && end(), SETTLE);
    };
    const watchers = folders.map((folder) => watch(folder, look).on("error", look));
    const end = () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    // What changed during the run.
    else look();
  });
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean => (a && b ? Buffer.compare(a, b) === 0 : a === b);

// What is kept from one process to the next. Images of programs that did not change: with one, `typemetal run FILE.ts`
// loads neither TypeScript nor the compiler. An entry is good while every file that was read, and every one that was
// looked for in vain, is as it was, and the compiler too. It is written aside and renamed, so processes may share it;
// one that is damaged does not count, and where it cannot be written there is none.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompileHost } from "../pipeline.js";
import { nodeHost, recordingHost } from "./node-host.js";
import { packageRoot } from "./package-root.js";

export interface CacheOptions {
  readonly file: string;
  /// What else there may be an entry for, with the same file.
  readonly choices: object;
  /// Where files are; default the disk, from where the process runs.
  readonly host?: CompileHost;
  readonly root?: string;
  /// Where entries are; default `cacheFolder()`.
  readonly folder?: string;
}

/// Before the image, on a line of JSON.
interface Head {
  readonly compiler: string;
  /// Digests by path; null where there was no file.
  readonly read: Readonly<Record<string, string | null>>;
  readonly image: string;
}

type Image = { name: string; bytes: Uint8Array };

/// The program's image: the one kept, or what `compile` makes, which reads all files by the host that it gets.
export async function cachedImage(options: CacheOptions, compile: (host: CompileHost) => Promise<Image | undefined>): Promise<Image | undefined> {
  const { file, choices, root = process.cwd(), host = nodeHost(), folder = cacheFolder() } = options;
  // Paths in the image are as the user wrote them, from `root`.
  const entry = join(folder, digest(JSON.stringify([root, file, Object.entries(choices).sort()])));
  const compiler = compilerDigest();
  const kept = readEntry(entry, compiler, host);
  if (kept) return { name: file, bytes: kept };
  const read = new Map<string, Uint8Array | undefined>();
  const made = await compile(recordingHost(host, read));
  if (made) {
    const digests = [...read].map(([path, bytes]) => [path, bytes ? digest(bytes) : null] as const);
    writeEntry(entry, { compiler, read: Object.fromEntries(digests), image: digest(made.bytes) }, made.bytes);
  }
  return made;
}

/// Bytes by name that the program itself makes, the same each time.
export function keptBytes(folder = cacheFolder()): { get(name: string): Uint8Array<ArrayBuffer> | undefined; set(name: string, bytes: Uint8Array): void } {
  const compiler = compilerDigest();
  return {
    get: (name) => readEntry(join(folder, name), compiler, nodeHost()),
    set: (name, bytes) => writeEntry(join(folder, name), { compiler, read: {}, image: digest(bytes) }, bytes),
  };
}

/// With the project's modules; else in the system's folder for such things, the user's own.
export function cacheFolder(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules"))) return join(folder, "node_modules", ".cache", "typemetal");
    if (folder === dirname(folder)) return join(tmpdir(), `typemetal-${process.getuid?.() ?? "cache"}`);
  }
}

function readEntry(path: string, compiler: string, disk: CompileHost): Uint8Array<ArrayBuffer> | undefined {
  try {
    // Another user's would be another user's code.
    if (process.getuid && statSync(path).uid !== process.getuid()) return undefined;
    const content = readFileSync(path);
    const end = content.indexOf("\n");
    const head = JSON.parse(content.toString("utf8", 0, end)) as Head;
    const image = new Uint8Array(content.subarray(end + 1));
    const isCurrent = (name: string, was: string | null) => {
      const bytes = disk.readFile(name);
      return (bytes ? digest(bytes) : null) === was;
    };
    const isGood = head.compiler === compiler && head.image === digest(image) && Object.entries(head.read).every(([name, was]) => isCurrent(name, was));
    return isGood ? image : undefined;
  } catch {
    return undefined;
  }
}

function writeEntry(path: string, head: Head, image: Uint8Array): void {
  const aside = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(aside, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), image]), { flag: "wx", mode: 0o600 });
    renameSync(aside, path);
  } catch {
    if (existsSync(aside)) rmSync(aside);
  }
}

let known: string | undefined;
/// What makes all that besides sources: the compiler and the machine, by size and time of their files.
function compilerDigest(): string {
  return (known ??= findDigest());
}
function findDigest(): string {
  const hash = createHash("sha256");
  const root = packageRoot();
  const here = fileURLToPath(import.meta.url);
  const sources = ["compiler", "emulator"].map((name) => join(root, name));
  // Built, all of it is in one file.
  for (const path of [...(here.startsWith(join(root, "compiler")) ? sources : [here]), join(root, "package.json")]) addTo(hash, path);
  return hash.digest("hex");
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) for (const name of readdirSync(path)) addTo(hash, join(path, name));
  else if (found) hash.update(`${path} ${found.size} ${found.mtimeMs}\n`);
}

const digest = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

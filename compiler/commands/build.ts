// `typemetal build`: a program of the dialect to an ELF, or to what it is on the way: IR, assembly, C, WebAssembly.

import { statSync, writeFileSync } from "node:fs";
import { printModule } from "../ir/print.js";
import type { Memos } from "../memo.js";
import { type BackendOptions, type CompiledModule, type CompileHost, compile, type Level, passSteps, type Target } from "../pipeline.js";
import { nodeHost } from "./node-host.js";
import { type CompileTerminal, report } from "./report.js";

/// A file that cannot be read or written; `help` says what to do.
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

/// What every command that compiles may say of it.
export interface CompileChoices {
  readonly target: Target;
  readonly optimise?: Level;
  readonly boundsChecks?: boolean;
  readonly overflowChecks?: boolean;
}
export interface CompileFileOptions extends CompileTerminal, CompileChoices {
  readonly file: string;
  readonly host?: CompileHost;
  /// Of earlier runs.
  readonly memos?: Memos;
}

export interface BuildOptions extends CompileFileOptions {
  /// Where to write; undefined: beside the source, and stdout for what is text.
  readonly out?: string;
  readonly emit: Emitted;
  /// Passes after which the IR is written, as "after:PASS".
  readonly dump?: readonly string[];
}
export const emitted = ["elf", "obj", "ir", "asm", "c", "wasm"] as const;
export type Emitted = (typeof emitted)[number];
const endings: Partial<Record<Emitted, string>> = { elf: ".elf", obj: ".o", wasm: ".wasm" };

/// Compiles and writes; 1 where the program has mistakes.
export async function buildFile(options: BuildOptions): Promise<number> {
  const { file, emit } = options;
  const ending = endings[emit];
  const out = options.out ?? (ending && file.replace(/(\.ts)?$/, ending));
  const after = dumper(options);
  const output = await compileOrReport(options, { isObject: emit === "obj", after, isWhole: !["elf", "obj"].includes(emit) || after !== undefined });
  if (!output) return 1;
  const content = { elf: () => output.elf, obj: () => output.elf, ir: output.ir, asm: output.assembly, c: output.c, wasm: output.wasm }[emit]();
  if (out === undefined || out === "-") options.write(content);
  else writeOutput(out, content);
  return 0;
}

/// The ELF as a file, for who runs it at once; undefined where the program has mistakes, which it has said then.
export async function compileFile(options: CompileFileOptions): Promise<{ name: string; bytes: Uint8Array } | undefined> {
  const output = await compileOrReport(options);
  return output && { name: options.file, bytes: output.elf };
}

/// Writes the IR after each pass that is asked for.
function dumper({ dump = [], write }: BuildOptions): BackendOptions["after"] {
  if (dump.length === 0) return undefined;
  const known = ["lower", ...passSteps];
  const wanted = new Set(dump.map((text) => text.replace(/^after:/, "")));
  for (const name of wanted)
    if (!known.includes(name)) throw new FileError(`there is no pass ${name}`, `after:NAME, with one of ${known.join(", ")}`);
  return (pass, module) => {
    if (wanted.has(pass)) write(`// after ${pass}\n${printModule(module)}\n`);
  };
}

async function compileOrReport(options: CompileFileOptions, { isObject = false, after, isWhole = false }: { isObject?: boolean; after?: BackendOptions["after"]; isWhole?: boolean } = {}): Promise<CompiledModule | undefined> {
  const { file, target, optimise, boundsChecks, overflowChecks, host = nodeHost(), memos } = options;
  checkSource(file);
  const chosen = { ...(optimise !== undefined && { optimise }), ...(boundsChecks !== undefined && { boundsChecks }), ...(overflowChecks !== undefined && { overflowChecks }) };
  const { output, diagnostics } = await compile(file, { target, isObject, ...chosen, ...(after && { after }), ...(memos && !isWhole && { memo: memos.of(file) }) }, host);
  await report(diagnostics, options);
  return output;
}

/// Throws FileError where there is no such source.
export function checkSource(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new FileError(`${file} does not exist`, "check the path");
  if (found.isDirectory()) throw new FileError(`${file} is a directory`, "give the program's main file");
}

function writeOutput(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new FileError(`${path} cannot be written: ${error instanceof Error ? error.message : error}`, "choose another --out");
  }
}

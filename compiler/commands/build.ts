// `typemetal build`: a program of the dialect to an ELF, to IR or to assembly.

import { statSync, writeFileSync } from "node:fs";
import { type CompiledModule, compile, type Target } from "../pipeline.js";
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

export interface CompileFileOptions extends CompileTerminal {
  readonly file: string;
  readonly target: Target;
}

export interface BuildOptions extends CompileFileOptions {
  /// Where to write; undefined: beside the source, and stdout for what is text.
  readonly out?: string;
  readonly emit: "elf" | "ir" | "asm";
}

/// Compiles and writes; 1 where the program has mistakes.
export async function buildFile(options: BuildOptions): Promise<number> {
  const { file, emit, out = emit === "elf" ? file.replace(/(\.ts)?$/, ".elf") : undefined } = options;
  const output = await compileOrReport(options);
  if (!output) return 1;
  const content = emit === "elf" ? output.elf : emit === "ir" ? output.ir() : output.assembly();
  if (out === undefined || out === "-") options.write(content);
  else writeOutput(out, content);
  return 0;
}

/// The ELF as a file, for who runs it at once; undefined where the program has mistakes, which it has said then.
export async function compileFile(options: CompileFileOptions): Promise<{ name: string; bytes: Uint8Array } | undefined> {
  const output = await compileOrReport(options);
  return output && { name: options.file, bytes: output.elf };
}

async function compileOrReport(options: CompileFileOptions): Promise<CompiledModule | undefined> {
  const { file, target } = options;
  checkSource(file);
  const { output, diagnostics } = await compile(file, { target }, nodeHost());
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

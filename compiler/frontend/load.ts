// Opens a program with the dialect's own library and lets tsc check it first:
// what we accept, tsc and the editor accept.

import { ts } from "ts-morph";
import { diagnosticFromTsc, type Diagnostic } from "./diagnostics.js";

export interface Loaded {
  readonly checker: ts.TypeChecker;
  readonly files: readonly ts.SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
}

const options: ts.CompilerOptions = {
  strict: true,
  noLib: true,
  noEmit: true,
  types: [],
  strictPropertyInitialization: false,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

export function loadProgram(path: string, library: string): Loaded {
  const program = ts.createProgram([library, path], options);
  const files = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
  return {
    checker: program.getTypeChecker(),
    files,
    diagnostics: ts.getPreEmitDiagnostics(program).map(diagnosticFromTsc),
  };
}

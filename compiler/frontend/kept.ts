// What earlier runs in this process made of functions, for the next one. A function is not elaborated again while
// all that its elaboration depends on is as it was (dependencies.ts). What it asked of the rest of the program is
// asked again, in its place: so instances, names and static data come in the order of a run from nothing.

import { ts } from "#typescript";
import { DebugTypes } from "./debug-types.js";
import { partsOf, TypeVersions } from "./digest.js";
import { instanceOf } from "./functions.js";
import type { FunctionNode, Instance, Program } from "./program.js";
import { globalValue } from "./statics.js";
import { declarationAt, type Origin } from "./layouts.js";
import type { Expr, FunctionTree } from "./tree.js";
import { type Environment, noTypes } from "./type-reader.js";
import type { FuncType, StructType, Type } from "./types.js";

/// What elaboration asks for.
export type Request =
  | { readonly kind: "instance"; readonly node: FunctionNode; readonly env: Environment; readonly self: StructType | undefined; readonly wanted: FuncType | undefined; readonly name: string }
  /// `name` undefined: a constant.
  | { readonly kind: "global"; readonly node: ts.VariableDeclaration; readonly name: string | undefined };

/// While a function is elaborated.
export interface Recording {
  readonly file: ts.SourceFile;
  readonly requests: Request[];
  /// Declarations of other files that became a part of it.
  readonly taken: Set<ts.Node>;
  /// Nothing else of the program changed.
  isPlain: boolean;
}

export interface KeptFunction {
  readonly fingerprint: string;
  /// The interfaces with which the fingerprint was found to hold.
  holds: string;
  readonly type: FuncType;
  readonly tree: FunctionTree;
  readonly requests: readonly Request[];
  readonly taken: ReadonlySet<ts.Node>;
}

/// The value of a name at the top level.
export interface KeptValue {
  readonly holds: string;
  readonly type: Type;
  readonly initial: Expr;
  readonly requests: readonly Request[];
  readonly taken: ReadonlySet<ts.Node>;
}
/// A class that is not generic.
interface KeptClass {
  readonly holds: string;
  readonly struct: StructType;
  readonly origin: Origin;
}

/// Of one main file, with the same options each time.
export class KeptFunctions {
  readonly versions = new TypeVersions();
  readonly debugTypes = new DebugTypes(this.versions);
  /// What is in it, with the files that locations name by number.
  files = "";
  private functions = new WeakMap<ts.Node, Map<string, KeptFunction>>();
  values = new WeakMap<ts.Node, KeptValue>();
  classes = new WeakMap<ts.Node, KeptClass>();

  /// Locations of another list of files are not what they were.
  useFiles(files: readonly string[]): void {
    const text = files.join("\n");
    if (text === this.files) return;
    this.files = text;
    this.functions = new WeakMap();
    this.values = new WeakMap();
    this.classes = new WeakMap();
  }
  get(node: ts.Node, key: string): KeptFunction | undefined {
    return this.functions.get(node)?.get(key);
  }
  set(node: ts.Node, key: string, kept: KeptFunction): void {
    const known = this.functions.get(node) ?? new Map<string, KeptFunction>();
    this.functions.set(node, known.set(key, kept));
  }
}

const isLibrary = ({ host }: Program, { fileName }: ts.SourceFile): boolean => fileName.startsWith(`${host.library}/`);

/// What the elaboration of an instance depends on; undefined where that cannot be told.
export function fingerprintOf(program: Program, { node, env, self, wanted }: Pick<Instance, "node" | "env" | "self" | "wanted">, taken: Iterable<ts.Node>): string | undefined {
  const parts: string[] = [];
  for (const part of [node, ...taken]) {
    const file = part.getSourceFile();
    // The library does not change.
    if (isLibrary(program, file)) continue;
    if (!program.dependencies.has(file)) return undefined;
    parts.push(program.dependencies.fingerprint(part));
  }
  const seen = new Set<Type>();
  const add = (type: Type): boolean => {
    if (seen.has(type)) return true;
    seen.add(type);
    if (type.kind === "client" || type.kind === "tagged") return false;
    const key = type.kind === "enum" ? type.id : type.kind === "struct" && (type.role === "class" || type.role === "object") ? type.key : undefined;
    return (key === undefined || addDeclared(key)) && partsOf(type).every(add);
  };
  const addDeclared = (key: string): boolean => {
    const declaration = declarationAt(key);
    if (declaration) parts.push(program.dependencies.closure(declaration.path, declaration.name));
    return declaration !== undefined;
  };
  const types = [...env.values(), ...(self ? [self] : []), ...(wanted ? [wanted] : [])];
  return types.every(add) ? parts.join(" ") : undefined;
}

/// What is kept of an instance, where it still holds.
export function keptOf(program: Program, asked: Pick<Instance, "node" | "env" | "self" | "wanted" | "key">): KeptFunction | undefined {
  const { dependencies, kept: all } = program;
  const kept = all?.get(asked.node, asked.key);
  if (!kept) return undefined;
  if (!isUnchanged(program, kept) && kept.fingerprint !== fingerprintOf(program, asked, kept.taken)) return undefined;
  kept.holds = dependencies.interfaces;
  return kept;
}

/// No declaration looks different to others, and what it took from other files is as it was.
const isUnchanged = ({ dependencies }: Program, { holds, taken }: Pick<KeptFunction, "holds" | "taken">): boolean =>
  holds === dependencies.interfaces && [...taken].every((node) => dependencies.has(node.getSourceFile()));

/// The initial value of a name at the top level, which `make` finds where nothing is kept of it.
export function initialValue(program: Program, node: ts.VariableDeclaration, make: () => Pick<KeptValue, "type" | "initial">): Pick<KeptValue, "type" | "initial"> {
  const { kept, dependencies } = program;
  const known = kept?.values.get(node);
  if (known && isUnchanged(program, known) && known.requests.every((request) => program.attempt(() => ask(program, request)))) return known;
  const recording: Recording = { file: node.getSourceFile(), requests: [], taken: new Set(), isPlain: true };
  const mistakes = program.diagnostics.length;
  const made = program.recorded(recording, make);
  if (recording.isPlain && program.diagnostics.length === mistakes) kept?.values.set(node, { ...made, ...recording, holds: dependencies.interfaces });
  return made;
}

/// A class that is not generic; its struct is that of an earlier run, where it is as it was.
export function classType(program: Program, node: ts.ClassDeclaration, name: ts.Identifier): Type {
  const { kept, dependencies, types } = program;
  const known = kept?.classes.get(node);
  if (known?.holds === dependencies.interfaces) return types.layouts.adopt(known.struct, known.origin);
  const mistakes = program.diagnostics.length;
  const struct = types.convert(program.checker.getTypeAtLocation(name), noTypes, node);
  const origin = struct.kind === "struct" ? types.layouts.originOf(struct) : undefined;
  if (struct.kind === "struct" && origin && program.diagnostics.length === mistakes) kept?.classes.set(node, { struct, origin, holds: dependencies.interfaces });
  return struct;
}

/// Whether an earlier run has what elaboration would make; it is the instance's tree then.
export function elaborateAgain(program: Program, instance: Instance): boolean {
  const { kept } = instance;
  if (!kept || kept.tree.name !== instance.name) return false;
  if (!kept.requests.every((request) => program.attempt(() => ask(program, request)) ?? false)) return false;
  instance.tree = kept.tree;
  return true;
}

function ask(program: Program, request: Request): boolean {
  if (request.kind === "global") {
    const node = currentVariable(program, request.node);
    const symbol = node && program.symbolAt(node.name);
    const value = node && symbol && globalValue(program, symbol, node, node);
    return value !== undefined && request.name === (value.kind === "read" && value.place.kind === "global" ? value.place.global.name : undefined);
  }
  const { env, self, wanted, name } = request;
  const node = currentFunction(program, request);
  return node !== undefined && instanceOf(program, node, env, self, wanted).name === name;
}

/// The same function in the file as it is now.
function currentFunction(program: Program, { node, env, wanted, self }: Extract<Request, { kind: "instance" }>): FunctionNode | undefined {
  const file = node.getSourceFile();
  if (program.dependencies.has(file) || isLibrary(program, file)) return node;
  if (!ts.isFunctionDeclaration(node) || !node.name || env.size > 0 || wanted || self || !ts.isSourceFile(node.parent)) return undefined;
  const found = program.dependencies.find(file.fileName, node.name.text);
  return found && ts.isFunctionDeclaration(found) ? found : undefined;
}

function currentVariable(program: Program, node: ts.VariableDeclaration): ts.VariableDeclaration | undefined {
  const file = node.getSourceFile();
  if (program.dependencies.has(file) || isLibrary(program, file)) return node;
  return ts.isIdentifier(node.name) ? program.dependencies.findVariable(file.fileName, node.name.text) : undefined;
}

// What earlier runs in this process made of functions, for the next one. A function is not elaborated again while
// all that its elaboration depends on is as it was (dependencies.ts). What it asked of the rest of the program is
// asked again, in its place: so instances, names and static data come in the order of a run from nothing.

import { ts } from "#typescript";
import { DebugTypes } from "./debug-types.js";
import { TypeVersions } from "./digest.js";
import { instanceOf } from "./functions.js";
import type { FunctionNode, Instance, Program } from "./program.js";
import { globalValue } from "./statics.js";
import type { FunctionTree } from "./tree.js";
import type { Environment } from "./type-reader.js";
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
  readonly type: FuncType;
  readonly tree: FunctionTree;
  readonly requests: readonly Request[];
  readonly taken: ReadonlySet<ts.Node>;
}

/// Of one main file, with the same options each time.
export class KeptFunctions {
  readonly versions = new TypeVersions();
  readonly debugTypes = new DebugTypes(this.versions);
  /// What is in it, with the files that locations name by number.
  files = "";
  private functions = new WeakMap<ts.Node, Map<string, KeptFunction>>();

  /// Locations of another list of files are not what they were.
  useFiles(files: readonly string[]): void {
    const text = files.join("\n");
    if (text !== this.files) this.functions = new WeakMap();
    this.files = text;
  }
  get(node: ts.Node, key: string): KeptFunction | undefined {
    return this.functions.get(node)?.get(key);
  }
  set(node: ts.Node, key: string, kept: KeptFunction): void {
    const known = this.functions.get(node) ?? new Map<string, KeptFunction>();
    this.functions.set(node, known.set(key, kept));
  }
}

/// What the elaboration of an instance depends on; undefined where that cannot be told.
export function fingerprintOf(program: Program, { node, env, self, wanted }: Pick<Instance, "node" | "env" | "self" | "wanted">, taken: Iterable<ts.Node>): string | undefined {
  const parts: string[] = [];
  for (const part of [node, ...taken]) {
    const file = part.getSourceFile();
    // The library does not change.
    if (file.fileName.startsWith(`${program.host.library}/`)) continue;
    if (!program.dependencies.has(file)) return undefined;
    parts.push(program.dependencies.fingerprint(part));
  }
  const seen = new Set<Type>();
  const add = (type: Type): boolean => {
    if (seen.has(type)) return true;
    seen.add(type);
    switch (type.kind) {
      case "ptr":
        return add(type.to);
      case "slice":
      case "many":
      case "arr":
      case "device":
      case "atomic":
        return add(type.of);
      case "func":
        return [...type.params, type.result].every(add);
      case "union":
        return type.members.every(add);
      case "struct":
        return (type.role === "class" || type.role === "object" ? addDeclared(type.key) : true) && type.args.every(add);
      case "enum":
        return addDeclared(type.id);
      case "client":
      case "tagged":
        return false;
      default:
        return true;
    }
  };
  const addDeclared = (key: string): boolean => {
    const [, path, name] = /^(.+?):([\w$]+)/.exec(key) ?? [];
    if (path === undefined || name === undefined) return false;
    parts.push(program.dependencies.closure(path, name));
    return true;
  };
  const types = [...env.values(), ...(self ? [self] : []), ...(wanted ? [wanted] : [])];
  return types.every(add) ? parts.join(" ") : undefined;
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
  if (program.dependencies.has(file) || file.fileName.startsWith(`${program.host.library}/`)) return node;
  if (!ts.isFunctionDeclaration(node) || !node.name || env.size > 0 || wanted || self || !ts.isSourceFile(node.parent)) return undefined;
  const found = program.dependencies.find(file.fileName, node.name.text);
  return found && ts.isFunctionDeclaration(found) ? found : undefined;
}

function currentVariable(program: Program, node: ts.VariableDeclaration): ts.VariableDeclaration | undefined {
  const file = node.getSourceFile();
  if (program.dependencies.has(file) || file.fileName.startsWith(`${program.host.library}/`)) return node;
  return ts.isIdentifier(node.name) ? program.dependencies.findVariable(file.fileName, node.name.text) : undefined;
}

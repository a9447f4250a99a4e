// What the elaboration of a whole program shares: tsc's checker, types, names, the functions and statics
// that were asked for, and the mistakes that were found.

import { ts } from "#typescript";
import type { Location } from "../ir/types.js";
import type { Code } from "./codes.js";
import { functionAround } from "./function-names.js";
import { literalValue } from "./constants.js";
import { diagnosticAt, type Diagnostic } from "./diagnostics.js";
import { type Dependencies, topLevelOf } from "./dependencies.js";
import type { KeptFunction, KeptFunctions, Recording, Request } from "./kept.js";
import type { FrontendHost } from "./load.js";
import { constantOf } from "./statics.js";
import type { Expr, FunctionTree, Global } from "./tree.js";
import { TypeReader, type Environment } from "./type-reader.js";
import type { FuncType, StructType, Type } from "./types.js";

/// Thrown by `fail`, caught where the next statement starts.
export class Refused extends Error {}

export type FunctionNode = ts.FunctionDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration | ts.ArrowFunction | ts.FunctionExpression;

/// A function of the program, in one instance of its type parameters.
export interface Instance {
  readonly name: string;
  readonly node: FunctionNode;
  readonly env: Environment;
  readonly self: StructType | undefined;
  readonly type: FuncType;
  /// What gave an arrow function its parameters' types.
  readonly wanted: FuncType | undefined;
  /// Tells it from other instances of the node.
  readonly key: string;
  /// Of an earlier run, where it holds.
  readonly kept: KeptFunction | undefined;
  /// Names of functions that it refers to are known when it was elaborated.
  tree: FunctionTree | undefined;
}

export interface TestCase {
  readonly name: string;
  readonly symbol: string;
  readonly location: Location;
}

export class Program {
  readonly diagnostics: Diagnostic[] = [];
  readonly types: TypeReader;
  readonly instances = new Map<string, Instance>();
  readonly waiting: Instance[] = [];
  readonly globals = new Map<ts.Symbol, Expr | "busy" | "refused">();
  readonly statics: Global[] = [];
  private readonly staticsByName = new Map<string, Global>();
  private readonly written: FunctionTree[] = [];
  /// By Location.file.
  readonly files: readonly string[];
  private readonly fileNumbers: ReadonlyMap<string, number>;
  readonly roots: string[] = [];
  /// `test(…)` at the top level of a file.
  readonly tests: TestCase[] = [];
  /// Functions of the runtime, by name.
  readonly runtime = new Map<string, ts.FunctionDeclaration>();
  /// Functions without a body are another object's.
  hasExternals = false;
  readonly externals = new Set<string>();
  /// The program's functions that protocols' messages travel by.
  readonly transport = new Map<string, ts.FunctionDeclaration>();
  readonly memberValues = new Map<ts.EnumMember, bigint>();
  private readonly shared = new Map<string, Expr>();
  /// The function that is elaborated now; undefined where nothing is kept of it.
  recording: Recording | undefined;
  /// Functions that became a part of the one that is elaborated.
  inlined = 0;
  /// The program's own main, which stays a function.
  main: FunctionNode | undefined;
  /// What constants.ts has found, by node.
  readonly literals = new Map<ts.Node, boolean>();
  private readonly symbols = new Map<ts.Node, ts.Symbol | undefined>();
  private readonly names = new Map<string, number>();
  private readonly nodeIds = new Map<ts.Node, number>();

  constructor(
    readonly checker: ts.TypeChecker,
    readonly host: FrontendHost,
    readonly dependencies: Dependencies,
    private readonly embedded: ReadonlyMap<string, Uint8Array>,
    files: readonly string[],
    hasFloats = true,
    readonly kept?: KeptFunctions,
  ) {
    this.files = files;
    this.fileNumbers = new Map(files.map((file, index) => [file, index]));
    this.types = new TypeReader(
      checker,
      (node, code, detail) => this.fail(node, code, detail),
      (node) => literalValue(this, node as ts.Expression),
      (name) => constantOf(this, name),
      hasFloats,
      (path, name) => {
        const node = dependencies.find(path, name);
        return node && ts.isClassDeclaration(node) ? node : undefined;
      },
    );
  }

  report(node: ts.Node, code: Code, detail = ""): void {
    this.diagnostics.push(diagnosticAt(node, code, detail));
  }
  fail(node: ts.Node, code: Code, detail = ""): never {
    this.report(node, code, detail);
    throw new Refused(detail);
  }
  /// Runs `work`; a mistake in it is recorded and the rest of the program goes on.
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return undefined;
    }
  }

  locationOf(node: ts.Node): Location {
    const source = node.getSourceFile();
    if (this.recording && this.recording.file !== source) this.recording.taken.add(topLevelOf(node));
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
    return { file: this.fileNumbers.get(source.fileName)!, line: line + 1, column: character + 1, within: functionAround(node), point: undefined };
  }

  /// tsc's symbol at a name. It looks for one anew each time, so we keep it.
  symbolAt(node: ts.Node): ts.Symbol | undefined {
    if (this.symbols.has(node)) return this.symbols.get(node);
    const symbol = this.checker.getSymbolAtLocation(node);
    this.symbols.set(node, symbol);
    return symbol;
  }

  /// What a name stands for, through imports.
  symbolOf(node: ts.Node): ts.Symbol {
    const parent = node.parent;
    const found =
      parent && ts.isShorthandPropertyAssignment(parent)
        ? this.checker.getShorthandAssignmentValueSymbol(parent)
        : this.symbolAt(node);
    if (!found) return this.fail(node, "TM2019", node.getText());
    if ((found.flags & ts.SymbolFlags.Alias) === 0) return found;
    const aliased = this.checker.getAliasedSymbol(found);
    // tsc has said at the import that there is no such export.
    if (!aliased.declarations) throw new Refused(found.name);
    return aliased;
  }

  /// A name for the object file that nothing else has.
  unique(name: string): string {
    const count = this.names.get(name) ?? 0;
    this.names.set(name, count + 1);
    return count === 0 ? name : this.unique(`${name}.${count}`);
  }
  idOf(node: ts.Node): number {
    const id = this.nodeIds.get(node) ?? this.nodeIds.size;
    this.nodeIds.set(node, id);
    return id;
  }

  /// Notes what the function that is elaborated asks for.
  request(request: Request): void {
    this.recording?.requests.push(request);
  }
  /// Notes what a name at the top level gave.
  useGlobal(node: ts.VariableDeclaration, value: Expr): void {
    const { recording } = this;
    if (!recording) return;
    const name = value.kind === "read" && value.place.kind === "global" ? value.place.global.name : undefined;
    // Parts of a constant know where they stand.
    if (name === undefined && value.kind !== "const" && node.getSourceFile() !== recording.file) recording.taken.add(topLevelOf(node));
    recording.requests.push({ kind: "global", node, name });
  }
  /// What `work` asks for is not the function's business.
  unrecorded<T>(work: () => T): T {
    const { recording } = this;
    this.recording = undefined;
    try {
      return work();
    } finally {
      this.recording = recording;
    }
  }
  recorded<T>(recording: Recording, work: () => T): T {
    return this.unrecorded(() => {
      this.recording = this.kept && recording;
      return work();
    });
  }
  /// It changes more of the program, or depends on more, than its requests say.
  private changesMore(): void {
    if (this.recording) this.recording.isPlain = false;
  }
  /// Functions that the compiler writes: thunks, comptime bodies, start code.
  get extra(): FunctionTree[] {
    this.changesMore();
    return this.written;
  }
  /// Values that are made once.
  get memo(): Map<string, Expr> {
    this.changesMore();
    return this.shared;
  }
  /// Of `embed`; its path counts from the file that says it.
  embed(path: string, relative: string): Uint8Array | undefined {
    this.changesMore();
    return this.embedded.get(path) ?? this.host.readFile(relative);
  }

  static(name: string, type: Type, readonly: boolean, more: Partial<Global> = {}): Global {
    this.changesMore();
    const global: Global = {
      name: this.unique(name),
      type,
      readonly,
      initial: undefined,
      bytes: undefined,
      relocations: [],
      comptime: undefined,
      ...more,
    };
    this.statics.push(global);
    this.staticsByName.set(global.name, global);
    return global;
  }
  staticNamed(name: string): Global | undefined {
    return this.staticsByName.get(name);
  }
}

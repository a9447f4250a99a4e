// What names mean inside one function.

import type { ts } from "#typescript";
import type { Code } from "./codes.js";
import type { Program } from "./program.js";
import type { Expr, Local, Place } from "./tree.js";
import type { Environment } from "./type-reader.js";
import type { FuncType, Type } from "./types.js";

export interface Closure {
  readonly node: ts.ArrowFunction | ts.FunctionExpression;
  /// What the parameter says of it.
  readonly type?: FuncType | undefined;
  /// Where it stands.
  readonly scope: Scope;
}

export class Scope {
  /// A name is a local, or stands for a place (an element in for…of).
  readonly locals = new Map<ts.Symbol, Place>();
  /// Names that are constants in this instance: the parameters of compile-time text.
  readonly bound = new Map<ts.Symbol, Expr>();
  /// Names whose declaration was refused: their uses are not mistakes of their own.
  readonly poisoned = new Set<ts.Symbol>();
  /// Parameters that stand for an arrow function which captures.
  readonly closures = new Map<ts.Symbol, Closure>();
  /// Where `return` goes, in a function that is part of its caller.
  returns: { readonly label: string; readonly result: Local | undefined } | undefined;
  /// How many such functions are around this one.
  depth = 0;
  /// `this`, in a method.
  self: Place | undefined;
  /// What `return` needs; undefined while it is being inferred.
  result: Type | undefined;

  constructor(
    readonly program: Program,
    readonly env: Environment,
    readonly name: string,
    /// Static data is being made: what is written must be constant.
    readonly isStatic = false,
  ) {}

  /// A scope in which everything here is visible, for a body with a `return` of its own.
  inside(): Scope {
    const inner = new Scope(this.program, this.env, this.name, this.isStatic);
    for (const [symbol, place] of this.locals) inner.locals.set(symbol, place);
    for (const [symbol, value] of this.bound) inner.bound.set(symbol, value);
    for (const [symbol, closure] of this.closures) inner.closures.set(symbol, closure);
    for (const symbol of this.poisoned) inner.poisoned.add(symbol);
    inner.self = this.self;
    return inner;
  }

  fail(node: ts.Node, code: Code, detail = ""): never {
    return this.program.fail(node, code, detail);
  }
  read(node: ts.TypeNode): Type {
    return this.program.types.read(node, this.env);
  }
  declare(node: ts.Identifier, type: Type): Local {
    const local: Local = { name: node.text, type, inMemory: false };
    this.locals.set(this.program.symbolOf(node), { kind: "local", type, local });
    return local;
  }
  fresh(name: string, type: Type): Local {
    return { name, type, inMemory: false };
  }
}

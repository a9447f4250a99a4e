// Reads the types that tsc resolved: it does the work of aliases, generics, mapped and conditional types,
// and what is left has one of core.d.ts's shapes. Structs are laid out when a value of them is needed, so
// classes may point at each other in any order.

import { ts } from "#typescript";
import type { Code } from "./codes.js";
import { Counts } from "./counts.js";
import { Layouts, placeOf } from "./layouts.js";
import { clientType, libraryType } from "./library-types.js";
import { tupleOf } from "./struct-types.js";
import {
  bool,
  floats,
  integers,
  never,
  nullType,
  pointerTo,
  text,
  u64,
  voidType,
  type EnumType,
  type FloatType,
  type IntType,
  type Type,
} from "./types.js";
import { unionType } from "./union-types.js";
import { readCountWritten, readWritten, type ConstantOf } from "./written-types.js";

/// What type parameters stand for, in one instance of a generic.
export type Environment = ReadonlyMap<ts.Symbol, Type>;
export const noTypes: Environment = new Map();
export type Fail = (node: ts.Node, code: Code, detail: string) => never;

const { TypeFlags } = ts;
/// A type needs what is written of it.
class LookAgain extends Error {}

export class TypeReader {
  readonly layouts: Layouts;
  readonly counts: Counts;
  readonly enums = new Map<ts.Symbol, EnumType>();
  private readonly plain = new Map<ts.Type, Type>();

  constructor(
    readonly checker: ts.TypeChecker,
    readonly fail: Fail,
    evaluate: (node: ts.Expression) => bigint,
    private readonly constantOf: ConstantOf,
    private readonly hasFloats: boolean,
    findClass: (path: string, name: string) => ts.ClassDeclaration | undefined,
  ) {
    this.layouts = new Layouts(this, evaluate, findClass);
    this.counts = new Counts(checker);
    this.evaluate = evaluate;
  }
  readonly evaluate: (node: ts.Expression) => bigint;

  /// The type that a type node says; sizes are known when it returns.
  read(node: ts.TypeNode, env: Environment): Type {
    const result = this.shapeWritten(this.checker.getTypeFromTypeNode(node), node, env, node);
    this.layouts.complete(node);
    return result;
  }

  /// As shape. Where a number says nothing of its width or value, what was written may say more; `inner` is what the
  /// names there stand for.
  shapeWritten(type: ts.Type, written: ts.TypeNode | undefined, env: Environment, at: ts.Node, inner = env): Type {
    if (!written) return this.shape(type, env, at);
    return this.lookTwice(
      () => this.shape(type, env, at),
      () => readWritten(this, written, inner, this.constantOf),
    );
  }

  /// The type argument for a parameter that stands for a number.
  readCount(node: ts.TypeNode, env: Environment): Type {
    return this.lookTwice(
      () => this.count(this.checker.getTypeFromTypeNode(node), env, node),
      () => readCountWritten(this, node, env, this.constantOf),
    );
  }

  /// As shape, of a type that stands for a number: an enum's member is its value.
  count(type: ts.Type, env: Environment, at: ts.Node): Type {
    const member = type.flags & TypeFlags.EnumLike && !type.isUnion() ? type.symbol.valueDeclaration : undefined;
    if (member && ts.isEnumMember(member)) return { kind: "constant", value: this.readEnum(member.parent).members.get(member.name.getText())! };
    const found = this.shape(type, env, at);
    return found.kind === "constant" ? found : this.noNumber(at, "TM2031", at.getText());
  }

  private lookTwice(first: () => Type, again: () => Type): Type {
    const outer = this.looksAgain;
    this.looksAgain = true;
    try {
      return first();
    } catch (error) {
      if (!(error instanceof LookAgain)) throw error;
    } finally {
      this.looksAgain = outer;
    }
    this.looksAgain = false;
    try {
      return again();
    } finally {
      this.looksAgain = outer;
    }
  }
  private looksAgain = false;
  private noNumber(at: ts.Node, code: Code, detail: string): never {
    if (this.looksAgain) throw new LookAgain();
    return this.fail(at, code, detail);
  }

  convert(type: ts.Type, env: Environment, at: ts.Node): Type {
    const result = this.shape(type, env, at);
    this.layouts.complete(at);
    return result;
  }

  /// As convert, but structs behind pointers may not be laid out yet.
  shape(type: ts.Type, env: Environment, at: ts.Node): Type {
    const known = env.size === 0 ? this.plain.get(type) : undefined;
    if (known) return known;
    const result = this.shapeOf(type, env, at);
    if (env.size === 0) this.plain.set(type, result);
    return result;
  }

  private shapeOf(type: ts.Type, env: Environment, at: ts.Node): Type {
    const { flags } = type;
    if (flags & TypeFlags.EnumLike) return this.enumOf(type, at);
    if (flags & TypeFlags.BooleanLike) return bool;
    if (flags & TypeFlags.Void) return voidType;
    if (flags & TypeFlags.Never) return never;
    if (flags & TypeFlags.Null) return nullType;
    if (flags & TypeFlags.StringLike) return text;
    if (type.isNumberLiteral()) return { kind: "constant", value: BigInt(type.value) };
    if (flags & TypeFlags.TypeParameter) return this.parameter(type, env, at);
    if (flags & (TypeFlags.Any | TypeFlags.Unknown)) return this.fail(at, "TM2007", at.getText());
    if (flags & TypeFlags.Undefined) return this.fail(at, "TM1023", at.getText());
    if (flags & TypeFlags.NumberLike) return this.noNumber(at, "TM2023", at.getText());
    const number = this.brandOf(type);
    if (number?.kind === "float") this.needFloats(at);
    if (number) return number;
    const pointee = this.pointeeOf(type);
    if (pointee) return pointerTo(this.shape(pointee, env, at));
    if (type.isUnion()) return unionType(this, type, env, at);
    if (type.isIntersection()) return this.intersection(type, env, at);
    if (flags & TypeFlags.Object) return this.object(type as ts.ObjectType, env, at);
    if (flags & (TypeFlags.IndexedAccess | TypeFlags.Conditional)) return this.generic(type, env, at);
    return this.fail(at, "TM2006", this.checker.typeToString(type));
  }

  private parameter(type: ts.Type, env: Environment, at: ts.Node): Type {
    return env.get(type.symbol) ?? this.fail(at, "TM2010", this.checker.typeToString(type));
  }

  /// `T[K]` and the like over type parameters: only through their constraint, when that is fixed.
  private generic(type: ts.Type, env: Environment, at: ts.Node): Type {
    const constraint = this.checker.getBaseConstraintOfType(type);
    if (!constraint || constraint === type) return this.fail(at, "TM2010", this.checker.typeToString(type));
    return this.shape(constraint, env, at);
  }

  /// The integer that the optional brand names: its widest name is the type's own.
  brandOf(type: ts.Type): IntType | FloatType | undefined {
    if (!type.isIntersection() || !type.types.some((part) => part.flags & TypeFlags.Number)) return undefined;
    const brand = type.getProperty("__int");
    if (!brand) return u64;
    const names = this.literalsOf(this.checker.getTypeOfSymbol(brand));
    const float = names.filter((name) => name.startsWith("f")).sort().at(-1);
    if (float) return floats.get(float);
    const signed = names.filter((name) => name.startsWith("i"));
    const widest = (signed.length > 0 ? signed : names).sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)))[0];
    return integers.get(widest ?? "");
  }
  /// Refuses them where there are no FP registers to be had.
  needFloats(at: ts.Node): void {
    if (!this.hasFloats) this.fail(at, "TM3010", at.getText());
  }

  private literalsOf(type: ts.Type): string[] {
    return (type.isUnion() ? type.types : [type]).flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
  }

  /// What a `Ptr` points at: it is the argument of the PtrOps inside, also where a union was narrowed.
  pointeeOf(type: ts.Type): ts.Type | undefined {
    if (type.isUnion()) {
      const pointees = type.types.map((part) => this.pointeeOf(part));
      return pointees.every((part) => part && part === pointees[0]) ? pointees[0] : undefined;
    }
    const parts = type.isIntersection() ? type.types : [type];
    const operations = parts.find((part) => part.symbol?.name === "PtrOps" && this.isLibrary(part.symbol));
    return operations && this.checker.getTypeArguments(operations as ts.TypeReference)[0];
  }

  isLibrary(symbol: ts.Symbol): boolean {
    return symbol.declarations?.every((node) => node.getSourceFile().isDeclarationFile) ?? false;
  }

  /// `Op<1, F>` and other brands: the one part that is a type of ours.
  private intersection(type: ts.IntersectionType, env: Environment, at: ts.Node): Type {
    const parts = type.types.filter((part) =>
      part.getProperties().every((property) => !property.name.startsWith("__")),
    );
    const [first] = parts;
    return first && parts.length === 1
      ? this.shape(first, env, at)
      : this.fail(at, "TM2006", this.checker.typeToString(type));
  }

  enumOf(type: ts.Type, at: ts.Node): EnumType {
    const declaration = type.symbol.declarations?.find((node) => ts.isEnumDeclaration(node) || ts.isEnumMember(node));
    const node = declaration && (ts.isEnumMember(declaration) ? declaration.parent : declaration);
    return node ? this.readEnum(node) : this.fail(at, "TM2006", this.checker.typeToString(type));
  }

  readEnum(node: ts.EnumDeclaration): EnumType {
    const symbol = this.checker.getSymbolAtLocation(node.name) as ts.Symbol;
    const known = this.enums.get(symbol);
    if (known) return known;
    const members = new Map<string, bigint>();
    let next = 0n;
    for (const member of node.members) {
      if (member.initializer) next = this.evaluate(member.initializer);
      members.set(member.name.getText(), next);
      next += 1n;
    }
    const values = [...members.values()];
    const fits = (type: IntType) =>
      values.every(
        (value) => value === (type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value)),
      );
    const names = values.some((value) => value < 0n) ? ["i8", "i16", "i32", "i64"] : ["u8", "u16", "u32", "u64"];
    const storage = names.map((name) => integers.get(name)!).find(fits) ?? this.fail(node, "TM2002", node.name.text);
    const type: EnumType = { kind: "enum", name: node.name.text, id: placeOf(node), storage, members };
    this.enums.set(symbol, type);
    return type;
  }

  private object(type: ts.ObjectType, env: Environment, at: ts.Node): Type {
    const args = (
      type.objectFlags & ts.ObjectFlags.Reference ? this.checker.getTypeArguments(type as ts.TypeReference) : []
    ) as readonly ts.Type[];
    if (this.checker.isTupleType(type)) {
      const types = args.map((arg) => this.shape(arg, env, at));
      for (const part of types) this.layouts.need(part, at);
      return tupleOf(types);
    }
    if (this.isLibraryType(type)) {
      const known = libraryType(this, type, args, env, at);
      if (known) return known;
    }
    const [signature, ...more] = type.getCallSignatures();
    if (signature && more.length === 0) return this.signature(signature, env, at);
    return clientType(this, type, env, at) ?? this.layouts.structOf(type, args, env, at);
  }

  private isLibraryType(type: ts.Type): boolean {
    return (
      (type.symbol && this.isLibrary(type.symbol)) ||
      (type.aliasSymbol !== undefined && this.isLibrary(type.aliasSymbol))
    );
  }

  signature(signature: ts.Signature, env: Environment, at: ts.Node): Type {
    const params = signature.parameters.flatMap((parameter) => {
      const type = this.checker.getTypeOfSymbolAtLocation(parameter, at);
      const declaration = parameter.valueDeclaration;
      const isRest = declaration && ts.isParameter(declaration) && declaration.dotDotDotToken;
      if (!isRest) return [this.shape(type, env, at)];
      return this.checker.getTypeArguments(type as ts.TypeReference).map((arg) => this.shape(arg, env, at));
    });
    return { kind: "func", params, result: this.shape(signature.getReturnType(), env, at), nullable: false };
  }
}

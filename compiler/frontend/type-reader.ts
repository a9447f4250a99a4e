// Reads the types that tsc resolved: it does the work of aliases, generics, mapped and conditional types,
// and what is left has one of core.d.ts's shapes. Structs are laid out when a value of them is needed, so
// classes may point at each other in any order.

import { ts } from "#typescript";
import type { Code } from "./codes.js";
import { Counts } from "./counts.js";
import { Layouts, placeOf } from "./layouts.js";
import { optionOf, resultOf, tupleOf } from "./struct-types.js";
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
  type ClientType,
  type EnumType,
  type FloatType,
  type IntType,
  type Operation,
  type StructType,
  type TaggedType,
  type Type,
  type UnionType,
} from "./types.js";
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
  private readonly evaluate: (node: ts.Expression) => bigint;

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
    if (type.isUnion()) return this.unionOf(type, env, at);
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
  private brandOf(type: ts.Type): IntType | FloatType | undefined {
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
  private pointeeOf(type: ts.Type): ts.Type | undefined {
    if (type.isUnion()) {
      const pointees = type.types.map((part) => this.pointeeOf(part));
      return pointees.every((part) => part && part === pointees[0]) ? pointees[0] : undefined;
    }
    const parts = type.isIntersection() ? type.types : [type];
    const operations = parts.find((part) => part.symbol?.name === "PtrOps" && this.isLibrary(part.symbol));
    return operations && this.checker.getTypeArguments(operations as ts.TypeReference)[0];
  }

  private isLibrary(symbol: ts.Symbol): boolean {
    return symbol.declarations?.every((node) => node.getSourceFile().isDeclarationFile) ?? false;
  }

  private unionOf(type: ts.UnionType, env: Environment, at: ts.Node): Type {
    if (type.aliasSymbol?.name === "Result" && this.isLibrary(type.aliasSymbol))
      return this.result(type.aliasTypeArguments as readonly ts.Type[], env, at);
    const some = type.types.filter((part) => !(part.flags & TypeFlags.Null));
    if (some.some((part) => part.flags & TypeFlags.Undefined)) return this.fail(at, "TM1023", at.getText());
    const nullable = some.length < type.types.length;
    const [first] = some;
    if (nullable && first) return this.nullable(this.members(some, env, at), at);
    return this.members(some, env, at);
  }

  nullable(type: Type, at: ts.Node): Type {
    if (type.kind === "ptr" || type.kind === "func") return { ...type, nullable: true };
    this.layouts.need(type, at);
    return optionOf(type);
  }

  private members(types: readonly ts.Type[], env: Environment, at: ts.Node): Type {
    const [first] = types;
    if (first && types.length === 1) return this.shape(first, env, at);
    const pointees = types.map((part) => this.pointeeOf(part));
    if (pointees[0] && pointees.every((part) => part === pointees[0]))
      return pointerTo(this.shape(pointees[0], env, at));
    if (types.every((part) => part.flags & TypeFlags.BooleanLike)) return bool;
    if (types.every((part) => part.flags & TypeFlags.EnumLike)) {
      const enums = types.map((part) => this.enumOf(part, at));
      return enums.every((one) => one === enums[0]) ? enums[0]! : this.fail(at, "TM2006", at.getText());
    }
    // `Right | u64`: the integer, which the enum's values are too.
    const [integer, ...others] = types.filter((part) => !(part.flags & TypeFlags.EnumLike));
    if (integer && others.length === 0 && types.length > 1 && this.brandOf(integer))
      return this.shape(integer, env, at);
    const names = types.map((part) => part.aliasSymbol?.name);
    if (types.length === 2 && names.includes("Ok") && names.includes("Fail")) {
      const argument = (name: string) => types[names.indexOf(name)]!.aliasTypeArguments![0]!;
      return this.result([argument("Ok"), argument("Fail")], env, at);
    }
    const shapes = types.map((part) => this.shape(part, env, at));
    if (shapes.every((shape): shape is StructType => shape.kind === "struct" && shape.role === "class"))
      return this.layouts.unionOf(shapes, at) satisfies UnionType;
    if (shapes.every((shape) => shape.kind === "ptr")) {
      const targets = shapes.map((shape) => shape.to);
      if (targets.every((to): to is StructType => to.kind === "struct"))
        return pointerTo(this.layouts.unionOf(targets, at));
    }
    return this.fail(at, "TM2006", types.map((part) => this.checker.typeToString(part)).join(" | "));
  }

  private result(args: readonly ts.Type[], env: Environment, at: ts.Node): StructType {
    const [value, error] = args.map((arg) => this.shape(arg, env, at)) as [Type, Type];
    for (const type of [value, error]) this.layouts.need(type, at);
    return resultOf(value, error);
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

  private enumOf(type: ts.Type, at: ts.Node): EnumType {
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
      const known = this.libraryType(type, args, env, at);
      if (known) return known;
    }
    const [signature, ...more] = type.getCallSignatures();
    if (signature && more.length === 0) return this.signature(signature, env, at);
    return this.client(type, env, at) ?? this.layouts.structOf(type, args, env, at);
  }

  /// An interface whose properties are operations: `open: Op<1, F>`, and perhaps `version: 2`.
  private client(type: ts.ObjectType, env: Environment, at: ts.Node): ClientType | undefined {
    const declaration = type.symbol?.declarations?.find(ts.isInterfaceDeclaration);
    if (!declaration) return undefined;
    const operations = new Map<string, Operation>();
    let version = 0n;
    for (const property of type.getProperties()) {
      const member = property.declarations?.find(ts.isPropertySignature);
      if (!member?.type) return undefined;
      const [number, of] = ts.isTypeReferenceNode(member.type) && member.type.typeName.getText() === "Op" ? (member.type.typeArguments ?? []) : [];
      if (number && of) {
        const value = this.count(this.checker.getTypeFromTypeNode(number), env, number);
        const shape = this.shape(this.checker.getTypeFromTypeNode(of), env, at);
        if (value.kind !== "constant" || shape.kind !== "func") return this.fail(member, "TM3008", member.getText());
        if ([...operations.values()].some((other) => other.number === value.value)) return this.fail(member, "TM3008", `two operations have the number ${value.value}`);
        operations.set(property.name, { name: property.name, number: value.value, type: shape });
      } else if (property.name === "version" && ts.isLiteralTypeNode(member.type)) {
        const value = this.shape(this.checker.getTypeFromTypeNode(member.type), env, at);
        if (value.kind === "constant") version = value.value;
      } else return undefined;
    }
    if (operations.size === 0) return undefined;
    const key = `${type.symbol.name}@${placeOf(declaration)}`;
    return { kind: "client", name: type.symbol.name, key, version, operations };
  }
  private isLibraryType(type: ts.Type): boolean {
    return (
      (type.symbol && this.isLibrary(type.symbol)) ||
      (type.aliasSymbol !== undefined && this.isLibrary(type.aliasSymbol))
    );
  }

  private libraryType(type: ts.ObjectType, args: readonly ts.Type[], env: Environment, at: ts.Node): Type | undefined {
    const of = () => this.shape(args[0]!, env, at);
    switch (type.symbol?.name) {
      case "Array":
      case "ReadonlyArray":
        return { kind: "slice", of: of(), text: false, readonly: type.symbol.name === "ReadonlyArray" };
      case "Many":
        return { kind: "many", of: of() };
      case "Arr": {
        const length = this.count(args[1]!, env, at);
        if (length.kind !== "constant") return this.fail(at, "TM2031", at.getText());
        return { kind: "arr", of: of(), length: length.value, readonly: false };
      }
      case "Reg":
        return { kind: "device", of: of(), access: "rw" };
      case "RoReg":
        return { kind: "device", of: of(), access: "r" };
      case "WoReg":
        return { kind: "device", of: of(), access: "w" };
      case "Atomic":
        return { kind: "atomic", of: of() };
      case "Tagged":
        return this.tagged(args[0]!, env, at);
      case "String":
        return this.fail(at, "TM2006", at.getText());
    }
    const [first] = type.aliasTypeArguments ?? [];
    if (first && type.aliasSymbol?.name === "Ok") return this.result([first, this.checker.getNeverType()], env, at);
    if (first && type.aliasSymbol?.name === "Fail") return this.result([this.checker.getNeverType(), first], env, at);
    return undefined;
  }

  private tagged(map: ts.Type, env: Environment, at: ts.Node): TaggedType {
    const kinds = new Map<bigint, Type | undefined>();
    let by: Type = u64;
    for (const property of this.checker.getPropertiesOfType(map)) {
      const member = property.declarations?.find(ts.isPropertySignature);
      const name = member?.name;
      const key = name && ts.isComputedPropertyName(name) ? this.evaluate(name.expression) : BigInt(property.name);
      if (name && ts.isComputedPropertyName(name))
        by = this.shape(this.checker.getTypeAtLocation(name.expression), env, at);
      const pointee = this.checker.getTypeOfSymbol(property);
      kinds.set(key, pointee.flags & TypeFlags.Never ? undefined : this.shape(pointee, env, at));
    }
    return { kind: "tagged", kinds, by };
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

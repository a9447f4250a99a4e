// Struct layout: C's, with what the decorators say. A struct is named when it is first met and laid out
// when its size is needed, so two classes may hold pointers to each other.

import { ts } from "#typescript";
import { topLevelOf } from "./dependencies.js";
import type { Environment, TypeReader } from "./type-reader.js";
import { addBits, addField, finish, typeKey } from "./struct-types.js";
import {
  alignOf,
  integerOf,
  sameType,
  typeText,
  u64 as plainNumber,
  type Field,
  type StructType,
  type Type,
  type UnionType,
} from "./types.js";

/// Where a struct's methods are, and what its type parameters stand for.
export interface Origin {
  readonly node: ts.ClassDeclaration | undefined;
  readonly env: Environment;
}
interface Pending {
  readonly struct: StructType;
  readonly type: ts.Type;
  readonly env: Environment;
}

const noTag: Field = { name: "", type: plainNumber, readonly: true, offset: 0, tag: undefined };

export class Layouts {
  private readonly known = new Map<string, StructType>();
  private readonly unions = new Map<string, UnionType>();
  private readonly pending = new Map<StructType, Pending>();
  /// Unions that were met while a struct was laid out, and where.
  private readonly pendingUnions = new Map<UnionType, ts.Node>();
  private readonly busy = new Set<StructType>();
  private readonly origins = new Map<StructType, Origin>();

  constructor(
    private readonly reader: TypeReader,
    private readonly evaluate: (node: ts.Expression) => bigint,
    private readonly findClass: (path: string, name: string) => ts.ClassDeclaration | undefined,
  ) {}

  originOf(struct: StructType): Origin | undefined {
    const known = this.origins.get(struct);
    if (known || struct.role !== "class") return known;
    // It is of an earlier run.
    const declaration = declarationAt(struct.key);
    const node = declaration && this.findClass(declaration.path, declaration.name);
    const symbol = node?.name && this.reader.checker.getSymbolAtLocation(node.name);
    if (!symbol) return undefined;
    const origin = { node, env: this.environmentOf(node, symbol, struct) };
    this.origins.set(struct, origin);
    return origin;
  }

  /// Takes up a struct that an earlier run laid out, unless there is one already.
  adopt(struct: StructType, origin: Origin): StructType {
    const known = this.known.get(struct.key);
    if (known) return known;
    this.known.set(struct.key, struct);
    this.origins.set(struct, origin);
    return struct;
  }

  structOf(type: ts.ObjectType, typeArgs: readonly ts.Type[], env: Environment, at: ts.Node): Type {
    const node = type.symbol?.declarations?.find(ts.isClassDeclaration);
    if (!node && type.getProperties().length === 0)
      return this.reader.fail(at, "TM2006", this.reader.checker.typeToString(type));
    const indexed = node ? undefined : this.enumIndexed(type, env, at);
    if (indexed) return indexed;
    const parameters = node?.typeParameters?.length ?? 0;
    const args = typeArgs
      .slice(0, Math.max(parameters, node ? 0 : typeArgs.length - 1))
      .map((arg, index) => {
        const parameter = node?.typeParameters?.[index];
        return parameter && this.reader.counts.isCount(parameter) ? this.reader.count(arg, env, at) : this.reader.shape(arg, env, at);
      });
    const key = `${placeOf(type.symbol?.declarations?.[0])}${this.instanceKey(type, node, args, env, at)}`;
    const known = this.known.get(key);
    if (known) return known;
    const name = args.length > 0 ? `${nameOf(type)}<${args.map(typeText).join(", ")}>` : nameOf(type);
    const struct: StructType = {
      kind: "struct",
      name,
      key,
      role: node ? "class" : "object",
      args,
      fields: new Map(),
      size: 0,
      align: 1,
    };
    this.known.set(key, struct);
    this.pending.set(struct, { struct, type, env });
    this.origins.set(struct, { node, env: this.environmentOf(node, type.symbol, struct) });
    return struct;
  }

  private environmentOf(node: ts.ClassDeclaration | undefined, symbol: ts.Symbol, struct: StructType): Environment {
    const env = new Map<ts.Symbol, Type>([[symbol, struct]]);
    node?.typeParameters?.forEach((parameter, index) => {
      const name = this.reader.checker.getSymbolAtLocation(parameter.name);
      if (name) env.set(name, struct.args[index] as Type);
    });
    return env;
  }

  /// Instances of one generic object type share their symbol: their fields tell them apart.
  private instanceKey(
    type: ts.ObjectType,
    node: ts.ClassDeclaration | undefined,
    args: readonly Type[],
    env: Environment,
    at: ts.Node,
  ): string {
    if (args.length > 0 || node) return args.length > 0 ? `<${args.map(typeKey).join(";")}>` : "";
    if (!(type.objectFlags & (ts.ObjectFlags.Mapped | ts.ObjectFlags.Instantiated)) && !type.aliasTypeArguments) return "";
    const fields = type
      .getProperties()
      .map(
        (field) => `${field.name}:${typeKey(this.reader.shape(this.reader.checker.getTypeOfSymbol(field), env, at))}`,
      );
    return `{${fields.join(";")}}`;
  }

  /// `{ readonly [K in SomeEnum]: Row }`: an array with a place for each number up to the largest.
  private enumIndexed(type: ts.ObjectType, env: Environment, at: ts.Node): Type | undefined {
    if (!(type.objectFlags & ts.ObjectFlags.Mapped)) return undefined;
    const properties = type.getProperties();
    if (!properties.every((property) => /^\d+$/.test(property.name))) return undefined;
    const [first] = properties;
    const of = this.reader.shape(this.reader.checker.getTypeOfSymbol(first!), env, at);
    const length = BigInt(Math.max(...properties.map((property) => Number(property.name))) + 1);
    this.need(of, at);
    return { kind: "arr", of, length, readonly: true };
  }

  /// Lays a type out that is held by value.
  need(type: Type, at: ts.Node): void {
    if (type.kind === "arr" || type.kind === "device" || type.kind === "atomic") return this.need(type.of, at);
    if (type.kind === "union") return this.layOutUnion(type);
    if (type.kind !== "struct") return;
    if (this.busy.has(type)) this.reader.fail(at, "TM2017", type.name);
    const pending = this.pending.get(type);
    if (pending) this.layOut(pending);
  }

  /// Lays out everything that was met.
  complete(at: ts.Node): void {
    if (this.busy.size > 0) return;
    for (const struct of this.pending.keys()) this.need(struct, at);
    for (const union of this.pendingUnions.keys()) this.layOutUnion(union);
  }

  private layOut({ struct, type, env }: Pending): void {
    this.pending.delete(struct);
    this.busy.add(struct);
    try {
      const node = this.origins.get(struct)?.node;
      if (node) this.layOutClass(struct, node, type, env);
      else this.layOutObject(struct, type, env);
      finish(struct);
    } finally {
      this.busy.delete(struct);
    }
    if (this.pending.size + this.pendingUnions.size > 0) this.complete(type.symbol.declarations![0]!);
  }

  private layOutObject(struct: StructType, type: ts.Type, env: Environment): void {
    for (const property of type.getProperties()) {
      const at = property.declarations?.[0] ?? type.symbol.declarations![0]!;
      const found = this.reader.checker.getTypeOfSymbol(property);
      // Tables that Node's tools read too say `number`.
      const written = property.valueDeclaration;
      const field = found.flags & ts.TypeFlags.Number ? plainNumber : this.reader.shapeWritten(found, written && ts.isPropertySignature(written) ? written.type : undefined, env, at);
      this.need(field, at);
      addField(struct, { name: property.name, type: field, readonly: isReadonly(property), tag: undefined });
    }
  }

  private layOutClass(struct: StructType, node: ts.ClassDeclaration, type: ts.Type, env: Environment): void {
    const packed = this.decorator(node, "packed") !== undefined;
    for (const member of node.members) {
      if (!ts.isPropertyDeclaration(member) || isStatic(member)) continue;
      const property = type.getProperty(member.name.getText());
      if (!property) continue;
      const found = this.reader.checker.getTypeOfSymbol(property);
      const field = this.reader.shapeWritten(found, member.type, env, member, this.origins.get(struct)?.env);
      this.need(field, member);
      const width = this.decorator(member, "bits");
      if (width !== undefined) {
        this.addBitField(struct, member, property, field, width);
        continue;
      }
      const offset = this.decorator(member, "at");
      const wanted = this.decorator(member, "align");
      const tag = found.flags & ts.TypeFlags.EnumLiteral && !found.isUnion() ? this.tagOf(found) : undefined;
      addField(
        struct,
        {
          name: member.name.getText(),
          type: field,
          readonly: isReadonly(property),
          tag,
          ...(offset === undefined ? {} : { offset }),
        },
        Math.max(packed ? 1 : alignOf(field), wanted ?? 1),
      );
    }
    struct.align = Math.max(struct.align, this.decorator(node, "align") ?? 1);
    const size = this.decorator(node, "size");
    if (size !== undefined && size < struct.size)
      this.reader.fail(node, "TM2025", `${struct.name} needs ${struct.size} bytes`);
    struct.size = Math.max(struct.size, size ?? 0);
  }

  private addBitField(struct: StructType, member: ts.PropertyDeclaration, property: ts.Symbol, type: Type, width: number): void {
    const most = type.kind === "bool" ? 1 : (integerOf(type)?.bits ?? 0);
    if (width < 1 || width > most)
      this.reader.fail(member, "TM2025", `${typeText(type)} has no ${width} bits`);
    addBits(struct, { name: member.name.getText(), type, readonly: isReadonly(property), tag: undefined }, width);
  }

  private tagOf(type: ts.Type): bigint | undefined {
    const member = type.symbol.declarations?.find(ts.isEnumMember);
    return member && this.reader.readEnum(member.parent).members.get(member.name.getText());
  }

  /// What a decorator says: its number, 1 for `@packed`.
  private decorator(node: ts.ClassDeclaration | ts.PropertyDeclaration, name: string): number | undefined {
    for (const { expression } of ts.getDecorators(node) ?? []) {
      if (ts.isIdentifier(expression) && expression.text === name) return 1;
      if (ts.isCallExpression(expression) && expression.expression.getText() === name && expression.arguments[0])
        return Number(this.evaluate(expression.arguments[0]));
    }
    return undefined;
  }

  /// A member may hold a pointer to its union, which is laid out then when that member is.
  unionOf(members: readonly StructType[], at: ts.Node): UnionType {
    const key = members.map(typeKey).join("|");
    const known = this.unions.get(key);
    if (known) return known;
    const union: UnionType = { kind: "union", name: members.map(typeText).join(" | "), members, tag: noTag, size: 0, align: 1 };
    this.unions.set(key, union);
    this.pendingUnions.set(union, at);
    if (this.busy.size === 0) this.layOutUnion(union);
    return union;
  }

  private layOutUnion(union: UnionType): void {
    const { members } = union;
    const at = this.pendingUnions.get(union);
    if (!at) return;
    for (const member of members) this.need(member, at);
    this.pendingUnions.delete(union);
    const [first] = members as readonly [StructType];
    const tag = [...first.fields.values()].find(
      (field) =>
        field.tag !== undefined &&
        members.every((member) => {
          const same = member.fields.get(field.name);
          return same?.tag !== undefined && same.offset === field.offset && sameType(same.type, field.type);
        }) &&
        new Set(members.map((member) => member.fields.get(field.name)!.tag)).size === members.length,
    );
    if (!tag) {
      this.unions.delete(typeKey(union));
      return this.reader.fail(at, "TM2016", union.name);
    }
    union.tag = { ...tag, tag: undefined };
    union.align = Math.max(...members.map(alignOf));
    union.size = Math.ceil(Math.max(...members.map((member) => member.size)) / union.align) * union.align;
  }

  /// Structs and unions that were met.
  all(): (StructType | UnionType)[] {
    return [...this.known.values(), ...this.unions.values()];
  }
}

/// Tells a declaration from all others, in the next run too where the one at the top level that holds it is as it was.
export function placeOf(node: ts.Declaration | undefined): string {
  if (!node) return "";
  const top = topLevelOf(node);
  const named = ts.isVariableStatement(top) ? top.declarationList.declarations[0]! : top;
  const name = "name" in named && named.name ? (named.name as ts.Node).getText() : `at ${top.pos}`;
  return `${node.getSourceFile().fileName}:${name}${top === node ? "" : `+${node.pos - top.pos}`}`;
}

/// The declaration at the top level that a key begins with, as `placeOf` writes it.
export function declarationAt(key: string): { readonly path: string; readonly name: string } | undefined {
  const [, path, name] = /^(.+?):([\w$]+)/.exec(key) ?? [];
  return path === undefined || name === undefined ? undefined : { path, name };
}

const nameOf = (type: ts.Type): string => {
  const name = type.symbol?.name ?? "";
  return name.startsWith("__") || name === "" ? (type.aliasSymbol?.name ?? "{…}") : name;
};
export const isStatic = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword) ?? false);
const isReadonly = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some(
    (node) => (ts.getCombinedModifierFlags(node as ts.Declaration) & ts.ModifierFlags.Readonly) !== 0,
  ) ?? false;

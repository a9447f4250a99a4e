// Unions: what may be null, Result, flags of an enum, classes that a tag tells apart.

import { ts } from "#typescript";
import { optionOf, resultOf } from "./struct-types.js";
import type { Environment, TypeReader } from "./type-reader.js";
import { bool, pointerTo, type StructType, type Type, type UnionType } from "./types.js";

const { TypeFlags } = ts;

export function unionType(reader: TypeReader, type: ts.UnionType, env: Environment, at: ts.Node): Type {
  if (type.aliasSymbol?.name === "Result" && reader.isLibrary(type.aliasSymbol))
    return resultType(reader, type.aliasTypeArguments as readonly ts.Type[], env, at);
  const some = type.types.filter((part) => !(part.flags & TypeFlags.Null));
  if (some.some((part) => part.flags & TypeFlags.Undefined)) return reader.fail(at, "TM1023", at.getText());
  const nullable = some.length < type.types.length;
  const [first] = some;
  if (nullable && first) return nullableType(reader, members(reader, some, env, at), at);
  return members(reader, some, env, at);
}

export function nullableType(reader: TypeReader, type: Type, at: ts.Node): Type {
  if (type.kind === "ptr" || type.kind === "func") return { ...type, nullable: true };
  reader.layouts.need(type, at);
  return optionOf(type);
}

function members(reader: TypeReader, types: readonly ts.Type[], env: Environment, at: ts.Node): Type {
  const [first] = types;
  if (first && types.length === 1) return reader.shape(first, env, at);
  const pointees = types.map((part) => reader.pointeeOf(part));
  if (pointees[0] && pointees.every((part) => part === pointees[0]))
    return pointerTo(reader.shape(pointees[0], env, at));
  if (types.every((part) => part.flags & TypeFlags.BooleanLike)) return bool;
  if (types.every((part) => part.flags & TypeFlags.EnumLike)) {
    const enums = types.map((part) => reader.enumOf(part, at));
    return enums.every((one) => one === enums[0]) ? enums[0]! : reader.fail(at, "TM2006", at.getText());
  }
  // `Right | u64`: the integer, which the enum's values are too.
  const [integer, ...others] = types.filter((part) => !(part.flags & TypeFlags.EnumLike));
  if (integer && others.length === 0 && types.length > 1 && reader.brandOf(integer))
    return reader.shape(integer, env, at);
  const names = types.map((part) => part.aliasSymbol?.name);
  if (types.length === 2 && names.includes("Ok") && names.includes("Fail")) {
    const argument = (name: string) => types[names.indexOf(name)]!.aliasTypeArguments![0]!;
    return resultType(reader, [argument("Ok"), argument("Fail")], env, at);
  }
  const shapes = types.map((part) => reader.shape(part, env, at));
  if (shapes.every((shape): shape is StructType => shape.kind === "struct" && shape.role === "class"))
    return reader.layouts.unionOf(shapes, at) satisfies UnionType;
  if (shapes.every((shape) => shape.kind === "ptr")) {
    const targets = shapes.map((shape) => shape.to);
    if (targets.every((to): to is StructType => to.kind === "struct"))
      return pointerTo(reader.layouts.unionOf(targets, at));
  }
  return reader.fail(at, "TM2006", types.map((part) => reader.checker.typeToString(part)).join(" | "));
}

export function resultType(reader: TypeReader, args: readonly ts.Type[], env: Environment, at: ts.Node): StructType {
  const [value, error] = args.map((arg) => reader.shape(arg, env, at)) as [Type, Type];
  for (const type of [value, error]) reader.layouts.need(type, at);
  return resultOf(value, error);
}

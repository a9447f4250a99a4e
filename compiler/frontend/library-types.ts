// The types that core.d.ts declares, and interfaces of operations.

import { ts } from "#typescript";
import { placeOf } from "./layouts.js";
import type { Environment, TypeReader } from "./type-reader.js";
import { resultType } from "./union-types.js";
import { u64, type ClientType, type Operation, type TaggedType, type Type } from "./types.js";

/// An interface whose properties are operations: `open: Op<1, F>`, and perhaps `version: 2`.
export function clientType(reader: TypeReader, type: ts.ObjectType, env: Environment, at: ts.Node): ClientType | undefined {
  const declaration = type.symbol?.declarations?.find(ts.isInterfaceDeclaration);
  if (!declaration) return undefined;
  const operations = new Map<string, Operation>();
  let version = 0n;
  for (const property of type.getProperties()) {
    const member = property.declarations?.find(ts.isPropertySignature);
    if (!member?.type) return undefined;
    const [number, of] = ts.isTypeReferenceNode(member.type) && member.type.typeName.getText() === "Op" ? (member.type.typeArguments ?? []) : [];
    if (number && of) {
      const value = reader.count(reader.checker.getTypeFromTypeNode(number), env, number);
      const shape = reader.shape(reader.checker.getTypeFromTypeNode(of), env, at);
      if (value.kind !== "constant" || shape.kind !== "func") return reader.fail(member, "TM3008", member.getText());
      if ([...operations.values()].some((other) => other.number === value.value)) return reader.fail(member, "TM3008", `two operations have the number ${value.value}`);
      operations.set(property.name, { name: property.name, number: value.value, type: shape });
    } else if (property.name === "version" && ts.isLiteralTypeNode(member.type)) {
      const value = reader.shape(reader.checker.getTypeFromTypeNode(member.type), env, at);
      if (value.kind === "constant") version = value.value;
    } else return undefined;
  }
  if (operations.size === 0) return undefined;
  const key = `${type.symbol.name}@${placeOf(declaration)}`;
  return { kind: "client", name: type.symbol.name, key, version, operations };
}
export function libraryType(reader: TypeReader, type: ts.ObjectType, args: readonly ts.Type[], env: Environment, at: ts.Node): Type | undefined {
  const of = () => reader.shape(args[0]!, env, at);
  switch (type.symbol?.name) {
    case "Array":
    case "ReadonlyArray":
      return { kind: "slice", of: of(), text: false, readonly: type.symbol.name === "ReadonlyArray" };
    case "Many":
      return { kind: "many", of: of() };
    case "Arr": {
      const length = reader.count(args[1]!, env, at);
      if (length.kind !== "constant") return reader.fail(at, "TM2031", at.getText());
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
      return taggedType(reader, args[0]!, env, at);
    case "String":
      return reader.fail(at, "TM2006", at.getText());
  }
  const [first] = type.aliasTypeArguments ?? [];
  if (first && type.aliasSymbol?.name === "Ok") return resultType(reader, [first, reader.checker.getNeverType()], env, at);
  if (first && type.aliasSymbol?.name === "Fail") return resultType(reader, [reader.checker.getNeverType(), first], env, at);
  return undefined;
}

function taggedType(reader: TypeReader, map: ts.Type, env: Environment, at: ts.Node): TaggedType {
  const kinds = new Map<bigint, Type | undefined>();
  let by: Type = u64;
  for (const property of reader.checker.getPropertiesOfType(map)) {
    const member = property.declarations?.find(ts.isPropertySignature);
    const name = member?.name;
    const key = name && ts.isComputedPropertyName(name) ? reader.evaluate(name.expression) : BigInt(property.name);
    if (name && ts.isComputedPropertyName(name))
      by = reader.shape(reader.checker.getTypeAtLocation(name.expression), env, at);
    const pointee = reader.checker.getTypeOfSymbol(property);
    kinds.set(key, pointee.flags & ts.TypeFlags.Never ? undefined : reader.shape(pointee, env, at));
  }
  return { kind: "tagged", kinds, by };
}

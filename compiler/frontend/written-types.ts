// Types as they are written, where tsc has lost what was meant: `typeof WORDS` is `number` to it when WORDS is
// computed. A generic is read as it was declared, with what its parameters stand for.

import { ts } from "#typescript";
import { throughImports } from "./constants.js";
import { tupleOf } from "./struct-types.js";
import type { Environment, TypeReader } from "./type-reader.js";
import { nullableType } from "./union-types.js";
import { pointerTo, sliceOf, type Type } from "./types.js";

/// The value of a constant, undefined where the name is none.
export type ConstantOf = (name: ts.Identifier) => bigint | undefined;

export function readWritten(reader: TypeReader, node: ts.TypeNode, env: Environment, constantOf: ConstantOf): Type {
  const again = (inner: ts.TypeNode) => readWritten(reader, inner, env, constantOf);
  const asFound = () => reader.shape(reader.checker.getTypeFromTypeNode(node), env, node);
  if (ts.isParenthesizedTypeNode(node)) return again(node.type);
  if (ts.isTypeQueryNode(node)) {
    // What was declared with a type has that.
    return reader.checker.getTypeFromTypeNode(node).flags & ts.TypeFlags.Number ? readCountWritten(reader, node, env, constantOf) : asFound();
  }
  if (ts.isArrayTypeNode(node)) return sliceOf(again(node.elementType));
  if (ts.isTypeOperatorNode(node) && ts.isArrayTypeNode(node.type)) return sliceOf(again(node.type.elementType), true);
  if (ts.isTupleTypeNode(node) && !node.elements.some((element) => ts.isRestTypeNode(element) || ts.isOptionalTypeNode(element))) {
    const parts = node.elements.map((element) => again(ts.isNamedTupleMember(element) ? element.type : element));
    for (const part of parts) reader.layouts.need(part, node);
    return tupleOf(parts);
  }
  if (ts.isFunctionTypeNode(node) && node.parameters.every(({ type }) => type))
    return { kind: "func", params: node.parameters.map(({ type }) => again(type!)), result: again(node.type), nullable: false };
  if (ts.isUnionTypeNode(node)) {
    const isNull = (part: ts.TypeNode) => ts.isLiteralTypeNode(part) && part.literal.kind === ts.SyntaxKind.NullKeyword;
    const [some, ...others] = node.types.filter((part) => !isNull(part));
    return some && others.length === 0 ? nullableType(reader, again(some), node) : asFound();
  }
  return ts.isTypeReferenceNode(node) ? (reference(reader, node, env, constantOf) ?? asFound()) : asFound();
}

/// A type argument that stands for a number.
export function readCountWritten(reader: TypeReader, node: ts.TypeNode, env: Environment, constantOf: ConstantOf): Type {
  if (ts.isParenthesizedTypeNode(node)) return readCountWritten(reader, node.type, env, constantOf);
  if (ts.isTypeQueryNode(node)) {
    const value = constantOf(ts.isIdentifier(node.exprName) ? node.exprName : node.exprName.right);
    return value === undefined ? reader.fail(node, "TM2031", node.getText()) : { kind: "constant", value };
  }
  const alias = ts.isTypeReferenceNode(node) && !node.typeArguments ? declarationOf(reader.checker, node)?.declaration : undefined;
  return alias && ts.isTypeAliasDeclaration(alias) && !alias.getSourceFile().isDeclarationFile
    ? readCountWritten(reader, alias.type, new Map(), constantOf)
    : reader.count(reader.checker.getTypeFromTypeNode(node), env, node);
}

/// The generic or alias that a name stands for.
function declarationOf(checker: ts.TypeChecker, node: ts.TypeReferenceNode) {
  const symbol = throughImports(checker, checker.getSymbolAtLocation(node.typeName));
  const declaration = symbol?.declarations?.find((one) => ts.isClassDeclaration(one) || ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one));
  return symbol && declaration && { symbol, declaration };
}

/// `Pool<Thread, typeof MAX>`, `Ptr<…>`, or the name of such a type.
function reference(reader: TypeReader, node: ts.TypeReferenceNode, env: Environment, constantOf: ConstantOf): Type | undefined {
  const { checker } = reader;
  const found = declarationOf(checker, node);
  if (!found) return undefined;
  const { symbol, declaration } = found;
  const { typeParameters: parameters = [] } = declaration;
  const given = node.typeArguments ?? [];
  if (parameters.length === 0) return ts.isTypeAliasDeclaration(declaration) ? readWritten(reader, declaration.type, new Map(), constantOf) : undefined;
  if (given.length < parameters.length) return undefined;
  const args = given.map((argument, index) => {
    const parameter = parameters[index];
    return (parameter && reader.counts.isCount(parameter) ? readCountWritten : readWritten)(reader, argument, env, constantOf);
  });
  if (symbol.name === "Ptr" && declaration.getSourceFile().isDeclarationFile) return pointerTo(args[0]!);
  const inner = new Map(parameters.map((parameter, index) => [checker.getSymbolAtLocation(parameter.name)!, args[index]!] as const));
  return reader.shape(checker.getDeclaredTypeOfSymbol(symbol), inner, node);
}

// Type parameters that stand for a number: `class Bitmap<N extends number> { words: Arr<u64, N> }`. To tsc a `const N:
// u64` is no more than a u64, so which parameters need the value is read off the generic: an Arr's length, the argument
// of valueof, and what is passed on to such a parameter.

import { ts } from "#typescript";
import { throughImports } from "./constants.js";

type Generic = ts.Declaration & { readonly typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> };

export class Counts {
  private readonly known = new Map<ts.TypeParameterDeclaration, boolean>();

  constructor(private readonly checker: ts.TypeChecker) {}

  isCount(parameter: ts.TypeParameterDeclaration): boolean {
    if (!parameter.constraint) return false;
    const known = this.known.get(parameter);
    if (known !== undefined) return known;
    // A generic that only passes it to itself needs no number.
    this.known.set(parameter, false);
    const found = this.isCountIn(parameter.parent, parameter);
    this.known.set(parameter, found);
    return found;
  }

  private isCountIn(generic: ts.Node, parameter: ts.TypeParameterDeclaration): boolean {
    if (generic.getSourceFile().isDeclarationFile) return parameter.name.text === "N";
    const visit = (node: ts.Node): boolean => this.passes(node, parameter) || (ts.forEachChild(node, (child) => visit(child) || undefined) ?? false);
    return visit(generic);
  }

  /// It gives the parameter to one that is a count.
  private passes(node: ts.Node, parameter: ts.TypeParameterDeclaration): boolean {
    const given = ts.isTypeReferenceNode(node) || ts.isCallExpression(node) ? (node.typeArguments ?? []) : [];
    return given.some((one, at) => one.getText() === parameter.name.text && this.isCountAt(node as ts.TypeReferenceNode | ts.CallExpression, at));
  }

  private isCountAt(node: ts.TypeReferenceNode | ts.CallExpression, index: number): boolean {
    const name = ts.isTypeReferenceNode(node) ? node.typeName : ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
    const symbol = throughImports(this.checker, this.checker.getSymbolAtLocation(name));
    return symbol?.declarations?.some((one) => this.isCountOf(one as Generic, index)) ?? false;
  }
  private isCountOf({ typeParameters }: Generic, index: number): boolean {
    const parameter = typeParameters?.[index];
    return parameter !== undefined && this.isCount(parameter);
  }
}

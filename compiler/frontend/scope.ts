// What names mean while a program is elaborated, and how a mistake is told.

import { ts } from "ts-morph";
import { diagnosticAt, type Code, type Diagnostic } from "./diagnostics.js";
import type { Global, Local } from "./tree.js";
import { TypeReader, type Type } from "./types.js";

export interface Signature {
  readonly name: string;
  readonly params: readonly Type[];
  readonly result: Type;
}

/// Thrown by `fail`, caught where the next statement starts.
export class Refused extends Error {}

export class Scope {
  readonly locals = new Map<ts.Symbol, Local>();
  readonly globals = new Map<ts.Symbol, Global>();
  readonly functions = new Map<ts.Symbol, Signature>();
  readonly diagnostics: Diagnostic[] = [];
  /// Names whose declaration was refused: their uses are not mistakes of their own.
  readonly poisoned = new Set<ts.Symbol>();
  readonly types: TypeReader;

  constructor(readonly checker: ts.TypeChecker) {
    this.types = new TypeReader(checker, (node) => this.fail(node, "TM1002", node.getText()));
  }

  fail(node: ts.Node, code: Code, detail: string): never {
    this.diagnostics.push(diagnosticAt(node, code, detail));
    throw new Refused(detail);
  }

  /// Runs `work`; a mistake in it is recorded and the rest of the program goes on.
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  symbolOf(node: ts.Identifier): ts.Symbol {
    return this.checker.getSymbolAtLocation(node) ?? this.fail(node, "TM1001", node.text);
  }

  /// The literal that a name stands for: `const N = 24` without a type.
  literalOf(node: ts.Identifier): ts.Expression | undefined {
    const declaration = this.checker.getSymbolAtLocation(node)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || declaration.type) return undefined;
    const isConst = (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
    return isConst && declaration.initializer && this.isLiteral(declaration.initializer)
      ? declaration.initializer
      : undefined;
  }

  /// An expression of literals only: it takes its type from where it stands.
  isLiteral(node: ts.Expression): boolean {
    if (ts.isNumericLiteral(node)) return true;
    if (ts.isParenthesizedExpression(node)) return this.isLiteral(node.expression);
    if (ts.isPrefixUnaryExpression(node)) return this.isLiteral(node.operand);
    if (ts.isBinaryExpression(node)) return this.isLiteral(node.left) && this.isLiteral(node.right);
    return ts.isIdentifier(node) && this.literalOf(node) !== undefined;
  }
}

// Syntax that the dialect leaves out, found before any type is looked at: a walk over each file with a
// table by kind of node. What tsc says about the same place is then left out (tsc-words.ts), since it has less to say.

import { ts } from "#typescript";
import type { Code } from "./codes.js";
import { isAsConst } from "./constants.js";
import { diagnosticAt, type Diagnostic } from "./diagnostics.js";

const { SyntaxKind } = ts;
/// The code for a node of this kind, or undefined where this one is fine.
type Row = Code | ((node: ts.Node) => Code | undefined);

const hasModifier = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);

const ofFunction: Row = (node) => {
  if (hasModifier(node, SyntaxKind.AsyncKeyword)) return "TM1004";
  return "asteriskToken" in node && node.asteriskToken ? "TM1005" : undefined;
};
const ofVariables: Row = (node) => {
  const list = node as ts.VariableDeclarationList;
  if ((list.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) return "TM1004";
  return (list.flags & ts.NodeFlags.BlockScoped) === 0 && !isAmbient(node) ? "TM1022" : undefined;
};
const isAmbient = (node: ts.Node): boolean => hasModifier(node.parent, SyntaxKind.DeclareKeyword);

const rows: Partial<Record<ts.SyntaxKind, Row>> = {
  [SyntaxKind.TryStatement]: "TM1003",
  [SyntaxKind.ThrowStatement]: "TM1003",
  [SyntaxKind.AwaitExpression]: "TM1004",
  [SyntaxKind.YieldExpression]: "TM1005",
  [SyntaxKind.GetAccessor]: (node) => (ts.isClassDeclaration(node.parent) && !hasModifier(node, SyntaxKind.StaticKeyword) ? undefined : "TM1006"),
  [SyntaxKind.SetAccessor]: "TM1006",
  [SyntaxKind.NewExpression]: "TM1007",
  [SyntaxKind.Constructor]: "TM1008",
  [SyntaxKind.HeritageClause]: (node) => (ts.isClassDeclaration(node.parent) && (node as ts.HeritageClause).token === SyntaxKind.ExtendsKeyword ? "TM1009" : undefined),
  [SyntaxKind.BigIntLiteral]: "TM1012",
  [SyntaxKind.RegularExpressionLiteral]: "TM1013",
  [SyntaxKind.TypeOfExpression]: "TM1015",
  [SyntaxKind.ForInStatement]: "TM1016",
  [SyntaxKind.SpreadElement]: "TM1018",
  [SyntaxKind.DeleteExpression]: "TM1020",
  [SyntaxKind.VoidExpression]: "TM1024",
  [SyntaxKind.ModuleDeclaration]: "TM1027",
  [SyntaxKind.ExportAssignment]: "TM1028",
  [SyntaxKind.ImportKeyword]: (node) => (ts.isCallExpression(node.parent) ? "TM1029" : undefined),
  // At the beginning of a line it is C's or Rust's.
  [SyntaxKind.PrivateIdentifier]: (node) => (ts.isPropertyAccessExpression(node.parent) || ts.isClassElement(node.parent) || ts.isBinaryExpression(node.parent) ? "TM1035" : undefined),
  [SyntaxKind.DebuggerStatement]: "TM1037",
  [SyntaxKind.AnyKeyword]: "TM2007",
  [SyntaxKind.WithStatement]: "TM1001",
  [SyntaxKind.ClassExpression]: "TM1001",
  [SyntaxKind.MetaProperty]: "TM1029",
  [SyntaxKind.FunctionDeclaration]: (node) => (!ts.isSourceFile(node.parent) ? "TM1036" : hasModifier(node, SyntaxKind.DefaultKeyword) ? "TM1028" : ofFunction(node)),
  [SyntaxKind.ClassDeclaration]: (node) => (hasModifier(node, SyntaxKind.DefaultKeyword) ? "TM1028" : undefined),
  [SyntaxKind.FunctionExpression]: ofFunction,
  [SyntaxKind.ArrowFunction]: ofFunction,
  [SyntaxKind.MethodDeclaration]: ofFunction,
  [SyntaxKind.VariableDeclarationList]: ofVariables,
  [SyntaxKind.PropertyDeclaration]: (node) =>
    hasModifier(node, SyntaxKind.StaticKeyword)
      ? "TM1031"
      : (node as ts.PropertyDeclaration).initializer
        ? "TM1008"
        : undefined,
  [SyntaxKind.Parameter]: (node) =>
    (node as ts.ParameterDeclaration).dotDotDotToken && !ts.isFunctionTypeNode(node.parent) ? "TM1018" : undefined,
  [SyntaxKind.QuestionDotToken]: "TM1019",
  [SyntaxKind.ExportDeclaration]: (node) =>
    (node as ts.ExportDeclaration).exportClause === undefined ? "TM1001" : undefined,
  [SyntaxKind.BinaryExpression]: ofOperator,
  [SyntaxKind.TemplateExpression]: (node) => (isAssembly(node) ? undefined : "TM1014"),
  [SyntaxKind.AsExpression]: (node) => (isAsConst(node) ? undefined : "TM1038"),
  [SyntaxKind.TypeAssertionExpression]: "TM1038",
  [SyntaxKind.CallExpression]: ofCall,
  [SyntaxKind.PropertyAccessExpression]: (node) =>
    ["prototype", "__proto__", "constructor"].includes((node as ts.PropertyAccessExpression).name.text)
      ? "TM1010"
      : undefined,
};

function ofOperator(node: ts.Node): Code | undefined {
  const { operatorToken, parent } = node as ts.BinaryExpression;
  switch (operatorToken.kind) {
    case SyntaxKind.EqualsEqualsToken:
    case SyntaxKind.ExclamationEqualsToken:
      return "TM1011";
    case SyntaxKind.InKeyword:
      return "TM1016";
    case SyntaxKind.InstanceOfKeyword:
      return "TM1017";
    case SyntaxKind.CommaToken:
      return ts.isForStatement(parent) ||
        (ts.isBinaryExpression(parent) && parent.operatorToken.kind === SyntaxKind.CommaToken)
        ? undefined
        : "TM1026";
    default:
      return undefined;
  }
}

/// `a << (b) > (c)` is parsed as the call `a << (b) > (c)` with type arguments.
function ofCall(node: ts.Node): Code | undefined {
  const call = node as ts.CallExpression;
  return call.typeArguments && ts.isBinaryExpression(call.expression) ? "TM1039" : undefined;
}

/// Text for assembly, or for a function that makes some: a tag's template, or the body of an arrow function.
function isAssembly(node: ts.Node): boolean {
  return (
    ts.isTaggedTemplateExpression(node.parent) || ts.isArrowFunction(node.parent) || ts.isTemplateSpan(node.parent)
  );
}

/// The refusals of a file, in the order of its text.
export function refusals(file: ts.SourceFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  const visit = (node: ts.Node): void => {
    const row = rows[node.kind];
    const code = typeof row === "function" ? row(node) : row;
    if (code) found.push(diagnosticAt(spanOf(node), code, ""));
    else if (ts.isIdentifier(node) && node.text === "arguments" && ts.isExpression(node))
      found.push(diagnosticAt(node, "TM1033", ""));
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/// Where to point: at the word that is refused, not at all that it holds.
function spanOf(node: ts.Node): ts.Node {
  if (ts.isBinaryExpression(node)) return node.operatorToken;
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) && node.name)
    return node.name;
  return ts.isTryStatement(node) || ts.isForInStatement(node) ? node.getChildAt(0) : node;
}

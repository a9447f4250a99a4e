// Syntax that the dialect leaves out, found before any type is looked at: a walk over each file with a
// table by kind of node. What tsc says about the same place is then left out, since it has less to say.

import { ts } from "#typescript";
import { codes, type Code } from "./codes.js";
import { diagnosticAt, diagnosticFromTsc, placeOf, type Diagnostic } from "./diagnostics.js";
import { globals, methods } from "./javascript.js";
import { helpForName, helpForSizeof } from "./other-languages.js";

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
  [SyntaxKind.GetAccessor]: "TM1006",
  [SyntaxKind.SetAccessor]: "TM1006",
  [SyntaxKind.NewExpression]: "TM1007",
  [SyntaxKind.Constructor]: "TM1008",
  [SyntaxKind.HeritageClause]: (node) => (ts.isClassDeclaration(node.parent) && (node as ts.HeritageClause).token === SyntaxKind.ExtendsKeyword ? "TM1009" : undefined),
  [SyntaxKind.BigIntLiteral]: "TM1012",
  [SyntaxKind.RegularExpressionLiteral]: "TM1013",
  [SyntaxKind.TypeOfExpression]: "TM1015",
  [SyntaxKind.ForInStatement]: "TM1016",
  [SyntaxKind.SpreadElement]: "TM1018",
  [SyntaxKind.SpreadAssignment]: "TM1018",
  [SyntaxKind.DeleteExpression]: "TM1020",
  [SyntaxKind.VoidExpression]: "TM1024",
  [SyntaxKind.ModuleDeclaration]: "TM1027",
  [SyntaxKind.ExportAssignment]: "TM1028",
  [SyntaxKind.ImportKeyword]: (node) => (ts.isCallExpression(node.parent) ? "TM1029" : undefined),
  [SyntaxKind.PrivateIdentifier]: "TM1035",
  [SyntaxKind.DebuggerStatement]: "TM1037",
  [SyntaxKind.AnyKeyword]: "TM2007",
  [SyntaxKind.WithStatement]: "TM1001",
  [SyntaxKind.ClassExpression]: "TM1001",
  [SyntaxKind.MetaProperty]: "TM1029",
  [SyntaxKind.FunctionDeclaration]: (node) => (ts.isSourceFile(node.parent) ? ofFunction(node) : "TM1036"),
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
  [SyntaxKind.AsExpression]: (node) => ((node as ts.AsExpression).type.getText() === "const" ? undefined : "TM1038"),
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

/// tsc's findings that ours do not already explain, in our words where we have better ones.
export function othersOfTsc(findings: readonly ts.Diagnostic[], ours: readonly Diagnostic[]): Diagnostic[] {
  const known = [...ours];
  return findings.flatMap((found) => {
    const diagnostic = diagnosticFromTsc(found);
    const explained = known.some((one) => one.file === diagnostic.file && one.line === diagnostic.line);
    if (explained || diagnostic.code === "TS2318") return [];
    const words = inOurWords(diagnostic, found.file);
    // A callback of a method that there is none of has parameters without a type.
    if (words.code === "TM1021") known.push(words);
    return [words];
  });
}

function inOurWords(diagnostic: Diagnostic, file: ts.SourceFile | undefined): Diagnostic {
  const name = file?.text.slice(diagnostic.start, diagnostic.end) ?? "";
  const { code, message, source } = diagnostic;
  const lines = message.split("\n");
  const [firstLine = ""] = lines;
  const global = Object.hasOwn(globals, name) ? globals[name] : undefined;
  if (/^TS(2304|2552|258[0-9]|2591|2693)$/.test(code) && global !== undefined)
    return { ...diagnostic, ...describe("TM1021", name), ...(global && { help: global }) };
  const foreign = /^TS(2304|2552)$/.test(code) && helpForName(name);
  if (foreign) return { ...diagnostic, help: foreign };
  const callee = (code === "TS2554" || code === "TS2769") && file && calleeAt(file, diagnostic.start);
  if (callee === "asm") return { ...diagnostic, message: firstLine, help: "write it as a template: asm`nop`" };
  if (callee && /^(sizeof|alignof|valueof)$/.test(callee)) return { ...diagnostic, help: helpForSizeof(callee, name) };
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (/^TS(2339|255[01])$/.test(code) && file && method)
    return { ...diagnostic, ...describe("TM1021", `.${name}`), help: method.replaceAll(/\bxs\b/g, receiverAt(file, diagnostic.start)) };
  // `<<` before a parenthesis opens type arguments when a `>` follows.
  if (code === "TS1005" && /<<?\s*\(.*\)\s*>/.test(source)) return { ...diagnostic, ...describe("TM1039", "") };
  if ((code === "TS2322" || code === "TS2345") && message.includes("'__int'")) {
    const pair = (line: string | undefined) => [...(line ?? "").matchAll(/'([^']+)'/g)].map((match) => match[1] ?? "");
    // Of a struct, the field that differs, where it is an integer.
    const differs = lines.findIndex((line) => line.includes("'__int'")) - 2;
    const [, field] = / of (?:property )?'(?:[\w.]+\.)?(\w+)' are incompatible/.exec(lines[differs - 1] ?? "") ?? [];
    const [from = "", to = ""] = pair(lines[field ? differs : 0]);
    const mixes = /^[iu]\d+$/.test(from) && /^[iu]\d+$/.test(to) && from[0] !== to[0];
    const converted = /^[iu]\d+$/.test(to) ? { help: `convert it: ${to}(x) wraps, ${to}.checked(x) panics where it does not fit` } : {};
    const place = field ? atField(diagnostic, file, field) : atValue(diagnostic, file);
    return { ...place, ...describe(mixes ? "TM2001" : "TM2003", `${from}, needed ${to}${field ? `, in ${field}` : ""}`), ...converted };
  }
  if (
    /^TS(2531|18047|18049)$/.test(code) ||
    (/^TS(2322|2345)$/.test(code) && message.includes("'null' is not assignable"))
  )
    return {
      ...diagnostic,
      message: firstLine,
      help: "test for null first (`if (p === null) …`), or write p! where it cannot be",
    };
  if (code === "TS2678" || code === "TS2367") return { ...diagnostic, help: comparisonHelp(message, name) };
  const query = code === "TS2475" && file && ts.findAncestor(nodeAt(file, diagnostic.start), ts.isTypeQueryNode);
  if (query) return { ...diagnostic, help: `write \`${query.exprName.getText()}\` without typeof: a member is a type too` };
  if (code === "TS2693" && file && isTypeParameter(file, diagnostic.start))
    return { ...diagnostic, help: `write valueof<${name}>(), the number that it stands for` };
  if (code === "TS2345" && /^Argument of type '.*\b(Ptr|PtrOps|Many)</.test(message) && message.includes("parameter of type 'number | boolean'")) return { ...diagnostic, help: `its address is \`u64.of(${name})\`` };
  const known = (code === "TS2322" || code === "TS2345" || code === "TS2353") && helpForTypes(message, name);
  if (known) return { ...diagnostic, message: firstLine, help: known };
  if (/^TS(236[2-5]|2356)$/.test(code) && message.includes("Atomic")) return { ...diagnostic, help: "write x.load(), x.store(value), x.fetchAdd(1)" };
  // Arithmetic has a result that is a number to tsc.
  if (code === "TS2322" && message.startsWith("Type 'number' is not assignable to type") && message.includes("constraint"))
    return { ...diagnostic, message: firstLine, help: "write the function for one type, or take the operation as a parameter: `add: (a: T, b: T) => T`" };
  const first = { ...diagnostic, message: lines.slice(0, 3).join("\n") };
  // In a loop, what a name is depends on what it was.
  return code === "TS7022" ? { ...first, help: "write the type on the declaration" } : first;
}

/// The innermost node at a place.
function nodeAt(file: ts.SourceFile, start: number): ts.Node {
  const at = (node: ts.Node): ts.Node => ts.forEachChild(node, (child) => (child.getStart() <= start && start < child.end ? at(child) : undefined)) ?? node;
  return at(file);
}

/// Where the statement around a place has one literal with that field, its value.
function atField(diagnostic: Diagnostic, file: ts.SourceFile | undefined, name: string): Diagnostic {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && node.name.getText() === name) found.push(ts.isPropertyAssignment(node) ? node.initializer : node.name);
    ts.forEachChild(node, visit);
  };
  const statement = file && ts.findAncestor(nodeAt(file, diagnostic.start), ts.isStatement);
  if (statement) visit(statement);
  const [value, other] = found;
  return value && !other ? { ...diagnostic, ...placeOf(value.getSourceFile(), value.getStart(), value.end) } : diagnostic;
}

/// What is called with the argument at a place, or is called there.
function calleeAt(file: ts.SourceFile, start: number): string | undefined {
  return ts.findAncestor(nodeAt(file, start), ts.isCallExpression)?.expression.getText();
}

/// Of an assignment, where tsc points at the place, the value.
function atValue(diagnostic: Diagnostic, file: ts.SourceFile | undefined): Diagnostic {
  for (let node = file && nodeAt(file, diagnostic.start); node && node.getStart() === diagnostic.start; node = node.parent)
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsToken && node.left.end === diagnostic.end)
      return { ...diagnostic, ...placeOf(node.getSourceFile(), node.right.getStart(), node.right.end) };
  return diagnostic;
}

/// What to write where these two types do not go together.
function helpForTypes(message: string, text: string): string | undefined {
  const [, whole] = /'Ptr<this>' is not assignable to type '.*?\bPtr<([\w<>, ]+)>/.exec(message) ?? [];
  if (whole) return `write the type: \`ref<${whole}>(this)\``;
  if (/to type '(Reg|WoReg)</.test(message)) return "a device register is written by a call: `x.write(value)`";
  if (message.includes("to type 'Atomic<")) return "an atomic is written by a call: `x.store(value)`";
  if (/^Type 'string' is not assignable to type '[iu]\d+'|^Argument of type 'string' is not assignable to parameter of type '[iu]\d+'/.test(message)) return letterHelp(text);
  if (message.includes("type 'FieldsOf<")) return "tsc does not know the fields of a type parameter: write `const x = zeroed<T>()`, then its fields";
  return undefined;
}

/// A letter is no byte to tsc; a constant is the one number it is.
function comparisonHelp(message: string, text: string): string {
  if (!/string|"/.test(message)) return "it is known here which value this is: write the type, as in `const n: u64 = 4`, or leave out what cannot be";
  return letterHelp(text);
}

function letterHelp(text: string): string {
  const [, letter = ""] = /["'](\\?[\x20-\x7e])["']/.exec(text) ?? [];
  const code = letter.length === 2 ? { "\\n": 10, "\\r": 13, "\\t": 9, "\\0": 0, "\\\\": 92 }[letter] : letter.charCodeAt(0);
  return code !== undefined && code >= 0 ? `an element of a string is a byte: write 0x${code.toString(16)}, or "${letter}"[0]` : "an element of a string is a byte: compare it with a number";
}

const isTypeParameter = (file: ts.SourceFile, start: number): boolean => {
  const node = nodeAt(file, start);
  const name = node.getText();
  return ts.findAncestor(node, (outer) => "typeParameters" in outer && ((outer.typeParameters as readonly ts.TypeParameterDeclaration[] | undefined)?.some((one) => one.name.text === name) ?? false)) !== undefined;
};

/// What the method at a place was called on, where that is a short text.
function receiverAt(file: ts.SourceFile, start: number): string {
  const { parent } = nodeAt(file, start);
  const text = ts.isPropertyAccessExpression(parent) ? parent.expression.getText() : "";
  return /^[\w.[\]()"$]{1,24}$/.test(text) ? text : "xs";
}

const describe = (code: Code, detail: string) => ({
  code,
  message: detail ? `${codes[code].message}: ${detail}` : codes[code].message,
  help: codes[code].help,
});

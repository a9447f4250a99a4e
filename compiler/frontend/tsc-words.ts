// What tsc found, in our words where we have better ones, and with a help.

import { ts } from "#typescript";
import { codes, type Code } from "./codes.js";
import { diagnosticFromTsc, placeOf, type Diagnostic } from "./diagnostics.js";
import { helpForLine } from "./foreign-syntax.js";
import { globals, methods } from "./javascript.js";
import { helpForName, helpForSizeof } from "./other-languages.js";

/// Ours, and those of tsc that ours do not already explain, in our words where we have better ones.
export function withThoseOfTsc(ours: readonly Diagnostic[], findings: readonly ts.Diagnostic[], files: readonly ts.SourceFile[]): Diagnostic[] {
  const told = findings.map((found) => ({ found, diagnostic: diagnosticFromTsc(found) }));
  const isSameLine = (a: Diagnostic, b: Diagnostic) => a.file === b.file && a.line === b.line;
  // What the parser could not read is no list.
  const own = ours.filter((one) => one.code !== "TM1026" || !told.some(({ diagnostic }) => isSyntax(diagnostic) && isSameLine(one, diagnostic)));
  const known = [...own];
  const others = told.flatMap(({ found, diagnostic }) => {
    if (diagnostic.code === "TS2318" || known.some((one) => isSameLine(one, diagnostic))) return [];
    const words = inOurWords(diagnostic, found.file, files);
    // A callback of a method that there is none of has parameters without a type, and a line of another language has
    // more that the parser stops at.
    if (words.code === "TM1021" || (isSyntax(words) && words.help)) known.push(words);
    return [words];
  });
  return [...own, ...others];
}

/// The parser's own findings.
const isSyntax = ({ code }: Diagnostic): boolean => /^TS(1\d{3}|18016)$/.test(code);

function inOurWords(diagnostic: Diagnostic, file: ts.SourceFile | undefined, files: readonly ts.SourceFile[]): Diagnostic {
  const name = file?.text.slice(diagnostic.start, diagnostic.end) ?? "";
  const { code, message, source } = diagnostic;
  const lines = message.split("\n");
  const [firstLine = ""] = lines;
  const global = Object.hasOwn(globals, name) ? globals[name] : undefined;
  if (/^TS(2304|2552|258[0-9]|2591|2693)$/.test(code) && global !== undefined)
    return { ...diagnostic, ...describe("TM1021", name), ...(global && { help: global }) };
  const foreign = /^TS(2304|2552|2693)$/.test(code) && helpForName(name);
  if (foreign) return { ...diagnostic, help: foreign };
  const callee = (code === "TS2554" || code === "TS2769") && file && calleeAt(file, diagnostic.start);
  if (callee === "asm") return { ...diagnostic, message: firstLine, help: "write it as a template: asm`nop`" };
  if (callee && /^(sizeof|alignof|valueof)$/.test(callee)) return { ...diagnostic, help: helpForSizeof(callee, name) };
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (/^TS(2339|255[01])$/.test(code) && file && method)
    return { ...diagnostic, ...describe("TM1021", `.${name}`), help: method.replaceAll(/\bxs\b/g, receiverAt(file, diagnostic.start)) };
  // `<<` before a parenthesis opens type arguments when a `>` follows.
  if (code === "TS1005" && /<<?\s*\(.*\)\s*>/.test(source)) return { ...diagnostic, ...describe("TM1039", "") };
  const foreignLine = isSyntax(diagnostic) ? helpForLine(source) : undefined;
  if (foreignLine) return { ...diagnostic, help: foreignLine };
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
  const node = file && nodeAt(file, diagnostic.start);
  const own = node && helpForNode(code, firstLine, node, files);
  if (own) return { ...diagnostic, message: firstLine, help: own };
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
  const known = (code === "TS2322" || code === "TS2345" || code === "TS2353") && helpForTypes(message, (node && declarationAt(node)?.initializer?.getText()) ?? name);
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
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && node.left.end === diagnostic.end)
      return { ...diagnostic, ...placeOf(node.getSourceFile(), node.right.getStart(), node.right.end) };
  return diagnostic;
}

/// Helps that need to see what stands there.
function helpForNode(code: string, message: string, node: ts.Node, files: readonly ts.SourceFile[]): string | undefined {
  const { parent } = node;
  switch (code) {
    case "TS2307":
    case "TS2591":
      return ts.isStringLiteral(node) ? "an import names a file of the program, with `.js`: `./file.js` is file.ts beside this one" : undefined;
    case "TS2314":
      return message.includes("'Result'") ? `write what a failure says too, an enum: \`${parent.getText().replace(/>$/, "")}, E>\`` : undefined;
    case "TS2355":
    case "TS2366":
    case "TS7030":
      return "write `return x;` on each way to the end: a function has no value but what it returns";
    case "TS2339": {
      if (/on type 'Many</.test(message)) return "a Many does not know its length: `m.slice(n)` is a slice of n elements";
      const access = ts.findAncestor(node, ts.isIndexedAccessTypeNode);
      return access && `write \`Arr<${access.objectType.getText()}, ${access.indexType.getText()}>\``;
    }
    case "TS2356":
    case "TS2365":
    case "TS7053":
      return message.includes("PtrOps<") ? "a Ptr points at one: `Many<T>` has `m[i]` and `m.add(n)`, and `unsafe.many<T>(u64.of(p))` is one of a pointer" : undefined;
    case "TS2739":
    case "TS2740":
    case "TS2741":
      return helpForMissing(message, files);
    case "TS2322":
    case "TS2345": {
      const [, pointee] = /^(?:Type|Argument of type) 'Ptr<\{.*' is not assignable to (?:type|parameter of type) 'Ptr<(\w[\w<>, ]*)>(?: \| null)?'/.exec(message) ?? [];
      if (pointee && /^ref\(\{/.test((declarationAt(node)?.initializer ?? node.parent).getText())) return `write the type: \`ref<${pointee}>({ … })\``;
      if (!/^(Type|Argument of type) 'null' is not assignable/.test(message)) return undefined;
      const declared = declarationAt(node);
      return declared?.type ? `write the type as \`${declared.type.getText()} | null\`` : "write the type as `T | null` where it is declared, for null is none of its values";
    }
    default:
      return undefined;
  }
}

const declarationAt = (node: ts.Node): ts.VariableDeclaration | ts.ParameterDeclaration | undefined =>
  ts.isVariableDeclaration(node.parent) || ts.isParameter(node.parent) ? node.parent : undefined;

/// Of a literal without the methods of its class.
function helpForMissing(message: string, files: readonly ts.SourceFile[]): string | undefined {
  const [, one, type, other, list] = /^Property '(.+?)' is missing in type .* but required in type '(.+?)'\.$|from type '(.+?)': (.+)$/s.exec(message) ?? [];
  const of = type ?? other ?? "";
  const found = files.flatMap(({ statements }) => statements).find((statement) => ts.isClassDeclaration(statement) && statement.name?.text === of.replace(/<.*/, ""));
  const methods = found && ts.isClassDeclaration(found) ? found.members.flatMap((member) => (ts.isMethodDeclaration(member) || ts.isGetAccessor(member) ? [member.name.getText()] : [])) : [];
  const missing = one === undefined ? (list ?? "").split(", ") : [one];
  const fields = missing.filter((name) => !methods.includes(name));
  if (fields.length > 0) return found && !/^(.*\[\]|Arr<)/.test(message) ? `write each field: \`${fields.slice(0, 3).map((name) => `${name}: …`).join(", ")}\`; \`zeroed<${of}>()\` is one of zeros` : undefined;
  return methods.length > 0 ? `write \`make<${of}>({ … })\`: tsc misses the methods in a bare literal` : undefined;
}

/// What to write where these two types do not go together.
function helpForTypes(message: string, value: string): string | undefined {
  const [, whole] = /'Ptr<this>' is not assignable to type '.*?\bPtr<([\w<>, ]+)>/.exec(message) ?? [];
  if (whole) return `write the type: \`ref<${whole}>(this)\``;
  if (/to type '(Reg|WoReg)</.test(message)) return "a device register is written by a call: `x.write(value)`";
  if (message.includes("to type 'Atomic<")) return "an atomic is written by a call: `x.store(value)`";
  if (/^Type 'string' is not assignable to type '[iu]\d+'|^Argument of type 'string' is not assignable to parameter of type '[iu]\d+'/.test(message)) return letterHelp(value);
  const [, missing] = /type 'FieldsOf<[\s\S]*Property '(\w+)' is missing in type/.exec(message) ?? [];
  if (missing) return `write the field too: \`${missing}: …\``;
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

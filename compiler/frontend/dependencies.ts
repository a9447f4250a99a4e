// What the elaboration of a function depends on, as one text: its own source, and of each name in it what others
// see of the declaration, with all that this names in turn. Of a function others see its signature, of a class all
// but the bodies of its methods. While the text stays, so does what elaboration makes of the function. Names are
// compared by spelling: a local that is called as a declaration counts as a use of it, which costs time at most.

import { ts } from "#typescript";
import { Digest } from "../ir/digest.js";

interface Summary {
  readonly digest: string;
  readonly names: readonly string[];
}
/// What is known of a file by itself: it holds while the file does.
interface FileSummary {
  /// As others see them; several declarations of one name are one.
  readonly declared: ReadonlyMap<string, Summary>;
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly exports: ReadonlyMap<string, { readonly from: string | undefined; readonly name: string }>;
  /// `export * from`.
  readonly stars: readonly string[];
  /// Digest of all this.
  readonly all: string;
}
/// Of `import * as`.
const ALL = "*";

const summaries = new WeakMap<ts.SourceFile, FileSummary>();
const wholes = new WeakMap<ts.Node, Summary>();

export class Dependencies {
  private readonly files: ReadonlyMap<string, ts.SourceFile>;
  /// By `path#name`: digest of all that can be reached.
  private readonly closures = new Map<string, string>();

  /// `resolve` names the file that an import in another means.
  constructor(
    files: readonly ts.SourceFile[],
    private readonly resolve: (from: string, name: string) => string | undefined,
  ) {
    this.files = new Map(files.map((file) => [file.fileName, file]));
  }

  /// Of all declarations as others see them, and of who imports what: where it stays, so does what a file that did
  /// not change depends on.
  get interfaces(): string {
    this.known ??= this.summarizeAll();
    return this.known;
  }
  private known: string | undefined;
  private summarizeAll(): string {
    const digest = new Digest();
    for (const path of this.files.keys()) {
      digest.add(path);
      const summary = this.summary(path)!;
      digest.add(summary.all);
    }
    return digest.toString();
  }

  has(file: ts.SourceFile): boolean {
    return this.files.get(file.fileName) === file;
  }

  /// The declaration of that name at the top level of a file as it is now.
  find(path: string, name: string): ts.Statement | undefined {
    return this.files.get(path)?.statements.find((node) => nameOf(node) === name && !(ts.isFunctionDeclaration(node) && !node.body));
  }

  findVariable(path: string, name: string): ts.VariableDeclaration | undefined {
    const lists = this.files.get(path)?.statements.flatMap((node) => (ts.isVariableStatement(node) ? node.declarationList.declarations : [])) ?? [];
    return lists.find((node) => ts.isIdentifier(node.name) && node.name.text === name);
  }

  /// Of the whole declaration at the top level that a node is in.
  fingerprint(node: ts.Node): string {
    const top = topLevelOf(node);
    const file = top.getSourceFile();
    const whole = wholes.get(top) ?? summarize([top], true);
    wholes.set(top, whole);
    return this.withNames(file.fileName, whole).toString();
  }

  /// Of a declaration as others see it.
  closure(path: string, name: string): string {
    const id = `${path}#${name}`;
    if (!this.closures.has(id)) this.close(id);
    return this.closures.get(id)!;
  }

  private withNames(path: string, { digest, names }: Summary): Digest {
    const all = new Digest().add(digest);
    for (const name of names) for (const id of this.declarations(path, name)) all.add(name).add(this.closures.get(id) ?? (this.close(id), this.closures.get(id)!));
    return all;
  }

  /// Tarjan's algorithm: declarations that lead to each other have one digest.
  private close(start: string): void {
    const [index, low, stack] = [new Map<string, number>(), new Map<string, number>(), [] as string[]];
    const visit = (id: string) => {
      index.set(id, index.size);
      low.set(id, index.get(id)!);
      stack.push(id);
      for (const next of this.uses(id)) {
        if (this.closures.has(next)) continue;
        if (!index.has(next)) visit(next);
        low.set(id, Math.min(low.get(id)!, low.get(next)!));
      }
      if (low.get(id) !== index.get(id)) return;
      const members = stack.splice(stack.indexOf(id)).sort();
      const inside = new Set(members);
      const digest = new Digest();
      for (const member of members) {
        digest.add(member).add(this.summaryOf(member).digest);
        for (const next of this.uses(member)) if (!inside.has(next)) digest.add(this.closures.get(next)!);
      }
      for (const member of members) this.closures.set(member, digest.toString());
    };
    visit(start);
  }

  private summaryOf(id: string): Summary {
    const [path, name] = split(id);
    return this.summary(path)?.declared.get(name) ?? nothing;
  }
  private uses(id: string): string[] {
    const [path, name] = split(id);
    if (name === ALL) return [...(this.summary(path)?.declared.keys() ?? [])].map((other) => `${path}#${other}`);
    return this.summaryOf(id).names.flatMap((other) => this.declarations(path, other));
  }

  /// What a name in a file stands for, through imports; none where it is the library's or no declaration's.
  private declarations(path: string, name: string): readonly string[] {
    const summary = this.summary(path);
    if (!summary) return [];
    if (summary.declared.has(name)) return [`${path}#${name}`];
    const imported = summary.imports.get(name);
    if (!imported) return [];
    const target = this.resolve(path, imported.from);
    if (target === undefined) return [];
    return imported.name === ALL ? [`${target}#${ALL}`] : this.exported(target, imported.name, new Set());
  }
  private exported(path: string, name: string, seen: Set<string>): readonly string[] {
    const summary = this.summary(path);
    if (!summary || seen.has(path)) return [];
    seen.add(path);
    const known = summary.exports.get(name);
    if (known?.from !== undefined) {
      const target = this.resolve(path, known.from);
      return target === undefined ? [] : known.name === ALL ? [`${target}#${ALL}`] : this.exported(target, known.name, seen);
    }
    const own = this.declarations(path, known?.name ?? name);
    if (own.length > 0) return own;
    return summary.stars.flatMap((from) => this.exported(this.resolve(path, from) ?? "", name, seen));
  }

  private summary(path: string): FileSummary | undefined {
    const file = this.files.get(path);
    if (!file) return undefined;
    const known = summaries.get(file) ?? summarizeFile(file);
    summaries.set(file, known);
    return known;
  }
}

const nothing: Summary = { digest: "", names: [] };
const split = (id: string): [string, string] => [id.slice(0, id.lastIndexOf("#")), id.slice(id.lastIndexOf("#") + 1)];

export function topLevelOf(node: ts.Node): ts.Node {
  while (!ts.isSourceFile(node.parent)) node = node.parent;
  return node;
}
const nameOf = (node: ts.Statement): string | undefined =>
  ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ? node.name?.text : undefined;

function summarizeFile(file: ts.SourceFile): FileSummary {
  const nodes = new Map<string, ts.Node[]>();
  const imports = new Map<string, { from: string; name: string }>();
  const exports = new Map<string, { from: string | undefined; name: string }>();
  const stars: string[] = [];
  const add = (name: string | undefined, node: ts.Node) => name !== undefined && nodes.set(name, [...(nodes.get(name) ?? []), node]);
  for (const node of file.statements) {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) readImport(node, node.moduleSpecifier.text, imports);
    else if (ts.isExportDeclaration(node)) {
      const from = node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
      const { exportClause: clause } = node;
      if (!clause && from !== undefined) stars.push(from);
      else if (clause && ts.isNamespaceExport(clause)) exports.set(clause.name.text, { from, name: ALL });
      else if (clause && ts.isNamedExports(clause)) for (const { name, propertyName } of clause.elements) exports.set(name.text, { from, name: (propertyName ?? name).text });
    } else if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) for (const one of namesOf(name)) add(one, node);
    } else add(nameOf(node), node);
  }
  const declared = new Map([...nodes].map(([name, all]) => [name, summarize(all, false)] as const));
  const all = JSON.stringify([[...declared].map(([name, { digest }]) => [name, digest]), [...imports], [...exports], stars]);
  return { declared, imports, exports, stars, all };
}

function readImport({ importClause: clause }: ts.ImportDeclaration, from: string, imports: Map<string, { from: string; name: string }>): void {
  const bindings = clause?.namedBindings;
  if (clause?.name) imports.set(clause.name.text, { from, name: "default" });
  if (bindings && ts.isNamespaceImport(bindings)) imports.set(bindings.name.text, { from, name: ALL });
  if (bindings && ts.isNamedImports(bindings)) for (const { name, propertyName } of bindings.elements) imports.set(name.text, { from, name: (propertyName ?? name).text });
}

const namesOf = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));

/// The words of some declarations and the names among them, as others see them or whole.
function summarize(nodes: readonly ts.Node[], isWhole: boolean): Summary {
  const digest = new Digest();
  const names = new Set<string>();
  for (const node of nodes) {
    const text = node.getSourceFile().text;
    const visit = (part: ts.Node): void => {
      if (ts.isIdentifier(part)) names.add(part.text);
      ts.forEachChild(part, visit);
    };
    const hidden = isWhole ? [] : hiddenParts(node);
    let at = node.getStart();
    for (const part of [...hidden, undefined]) {
      digest.add(text.slice(at, part?.getStart() ?? node.end));
      at = part?.end ?? at;
    }
    const seen = (part: ts.Node): void => {
      if (hidden.includes(part)) return;
      if (ts.isIdentifier(part)) names.add(part.text);
      ts.forEachChild(part, hidden.length > 0 ? seen : visit);
    };
    seen(node);
  }
  return { digest: digest.toString(), names: [...names].sort() };
}

/// Bodies, but where they say what the function's result is, or that a type parameter stands for a number (counts.ts).
function hiddenParts(node: ts.Node): ts.Node[] {
  if (ts.isClassDeclaration(node)) return isConstrained(node) ? [] : node.members.flatMap(hiddenBody);
  return hiddenBody(node);
}
function hiddenBody(node: ts.Node): ts.Node[] {
  return (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.type && node.body && !isConstrained(node) ? [node.body] : [];
}
const isConstrained = ({ typeParameters }: ts.DeclarationWithTypeParameterChildren): boolean => typeParameters?.some(({ constraint }) => constraint) ?? false;

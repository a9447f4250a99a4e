// Lists by index, in what is shipped: `for…of` over an array, and a pattern that takes one apart, become reads of its
// elements. A process that compiles once runs most of its code before V8 optimised it, and there both go by an iterator
// that makes an object per element (docs/adr/0016). What an array's iterator gives is just this: the element at each
// index below the length that the array has then. Types tell what is an array.

import { resolve } from "node:path";
import type { Plugin } from "esbuild";
import ts from "typescript";

const { factory } = ts;

/// For esbuild: the sources of a configuration, rewritten.
export function listsByIndex(configFile: string): Plugin {
  const { fileNames, options } = ts.parseJsonConfigFileContent(ts.readConfigFile(configFile, ts.sys.readFile).config, ts.sys, resolve("."));
  const program = ts.createProgram(fileNames, options);
  const sources = new Set(fileNames.map((name) => resolve(name)));
  return {
    name: "lists by index",
    setup: (build) => build.onLoad({ filter: /\.ts$/ }, ({ path }) => (sources.has(path) ? { contents: rewriteFile(program, path), loader: "ts" } : undefined)),
  };
}

/// The text of a file of a program, which need not be free of errors.
export function rewriteFile(program: ts.Program, name: string): string {
  const { transformed } = ts.transform(program.getSourceFile(name)!, [rewriter(program.getTypeChecker())]);
  return ts.createPrinter().printFile(transformed[0]!);
}

const rewriter = (checker: ts.TypeChecker) => (context: ts.TransformationContext) => {
  return (file: ts.SourceFile): ts.SourceFile => ts.visitNode(file, visit) as ts.SourceFile;

  function visit(node: ts.Node): ts.Node {
    if (ts.isForOfStatement(node) && !node.awaitModifier && ts.isVariableDeclarationList(node.initializer)) {
      if (isList(node.expression)) return visitLoop(node, node.initializer);
      if (node.initializer.declarations.some(isTaken)) return visitIterated(node, node.initializer);
    }
    if (ts.isVariableStatement(node) && !node.modifiers) {
      const declarations = node.declarationList.declarations.flatMap((declaration) => bind(declaration) ?? [visitEach(declaration)]);
      return factory.updateVariableStatement(node, undefined, factory.updateVariableDeclarationList(node.declarationList, declarations));
    }
    if ((ts.isArrowFunction(node) || ts.isFunctionDeclaration(node)) && node.body && node.parameters.some(isTaken)) return visitFunction(node, node.body);
    return visitEach(node);
  }

  function visitEach<N extends ts.Node>(node: N): N {
    return ts.visitEachChild(node, visit, context);
  }

  /// `for (let at = 0, list = EXPRESSION; at < list.length; at++) { const NAME = list[at]; … }`
  function visitLoop(loop: ts.ForOfStatement, initializer: ts.VariableDeclarationList): ts.Statement {
    const [at, list] = [factory.createUniqueName("at"), factory.createUniqueName("list")];
    return factory.createForStatement(
      factory.createVariableDeclarationList([declared(at, factory.createNumericLiteral(0)), declared(list, visit(loop.expression) as ts.Expression)], ts.NodeFlags.Let),
      factory.createLessThan(at, factory.createPropertyAccessExpression(list, "length")),
      factory.createPostfixIncrement(at),
      bodyWith(initializer, factory.createElementAccessExpression(list, at), loop.statement),
    );
  }

  /// `for (const list of EXPRESSION) { const NAME = list[0]; … }`, of what is no list but gives lists.
  function visitIterated(loop: ts.ForOfStatement, initializer: ts.VariableDeclarationList): ts.Statement {
    const list = factory.createUniqueName("list");
    const each = factory.createVariableDeclarationList([factory.createVariableDeclaration(list)], ts.NodeFlags.Const);
    return factory.updateForOfStatement(loop, undefined, each, visit(loop.expression) as ts.Expression, bodyWith(initializer, list, loop.statement));
  }

  function bodyWith({ declarations: [declaration], flags }: ts.VariableDeclarationList, value: ts.Expression, statement: ts.Statement): ts.Block {
    const each = factory.createVariableStatement(undefined, factory.createVariableDeclarationList(taken(declaration!.name, value), flags & ts.NodeFlags.BlockScoped));
    const body = visit(statement) as ts.Statement;
    return factory.createBlock(ts.isBlock(body) ? [each, ...body.statements] : [each, body]);
  }

  /// Parameters that were patterns are taken apart where the body begins.
  function visitFunction(node: ts.ArrowFunction | ts.FunctionDeclaration, body: ts.ConciseBody): ts.Node {
    const names = node.parameters.map((parameter) => (isTaken(parameter) ? factory.createUniqueName("list") : undefined));
    const first = node.parameters.flatMap(({ name }, index) => (names[index] ? taken(name, names[index]) : []));
    const parameters = node.parameters.map((parameter, index) => (names[index] ? factory.createParameterDeclaration(undefined, undefined, names[index]) : visitEach(parameter)));
    const inner = visit(body) as ts.ConciseBody;
    const block = factory.createBlock([
      factory.createVariableStatement(undefined, factory.createVariableDeclarationList(first, ts.NodeFlags.Let)),
      ...(ts.isBlock(inner) ? inner.statements : [factory.createReturnStatement(inner)]),
    ]);
    return ts.isArrowFunction(node)
      ? factory.updateArrowFunction(node, node.modifiers, node.typeParameters, parameters, node.type, node.equalsGreaterThanToken, block)
      : factory.updateFunctionDeclaration(node, node.modifiers, node.asteriskToken, node.name, node.typeParameters, parameters, node.type, block);
  }

  function isTaken({ name, initializer }: ts.ParameterDeclaration | ts.VariableDeclaration): boolean {
    return !initializer && ts.isArrayBindingPattern(name) && isPlain(name);
  }

  /// What a declaration with a pattern becomes; undefined where it has none, or takes apart what may be no array.
  function bind({ name, initializer }: ts.VariableDeclaration): ts.VariableDeclaration[] | undefined {
    return initializer && ts.isArrayBindingPattern(name) && isList(initializer) ? taken(name, visit(initializer) as ts.Expression) : undefined;
  }

  /// Declarations that give a name, or the names of a pattern, their values.
  function taken(name: ts.BindingName, value: ts.Expression): ts.VariableDeclaration[] {
    if (!ts.isArrayBindingPattern(name) || !isPlain(name)) return [declared(visit(name) as ts.BindingName, value)];
    const list = factory.createUniqueName("list");
    const elements = name.elements.flatMap((element, index) => {
      if (ts.isOmittedExpression(element)) return [];
      const rest = () => factory.createCallExpression(factory.createPropertyAccessExpression(list, "slice"), undefined, [factory.createNumericLiteral(index)]);
      return taken(element.name, element.dotDotDotToken ? rest() : factory.createElementAccessExpression(list, index));
    });
    return [declared(list, value), ...elements];
  }

  function declared(name: ts.BindingName, value: ts.Expression): ts.VariableDeclaration {
    return factory.createVariableDeclaration(name, undefined, undefined, value);
  }

  /// A pattern without defaults, that takes arrays apart, as those in it do.
  function isPlain(pattern: ts.ArrayBindingPattern): boolean {
    return (
      isListType(checker.getTypeAtLocation(pattern)) &&
      pattern.elements.every((element) => ts.isOmittedExpression(element) || (!element.initializer && (!ts.isArrayBindingPattern(element.name) || isPlain(element.name))))
    );
  }

  function isList(expression: ts.Expression): boolean {
    return isListType(checker.getTypeAtLocation(expression));
  }

  function isListType(type: ts.Type): boolean {
    if (type.isUnion()) return type.types.every(isListType);
    return checker.isArrayType(type) || checker.isTupleType(type) || /^(Big)?(Ui|I|Floa)n?t\d+Array$/.test(type.symbol?.name ?? "") || isListInterface(type);
  }

  /// TypeScript's own lists are interfaces that extend an array's.
  function isListInterface(type: ts.Type): boolean {
    const { target } = type as ts.TypeReference;
    return Boolean(target?.isClassOrInterface() && checker.getBaseTypes(target).some(isListType));
  }
};

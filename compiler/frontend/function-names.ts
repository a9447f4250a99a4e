// In which function of the source a node stands, as a panic says it.

import { ts } from "#typescript";

const known = new WeakMap<ts.Node, string>();

/// Undefined at the top level. An arrow function that has no name of its own belongs to the function around it.
export function functionAround(node: ts.Node): string | undefined {
  for (let at = node; at; at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    const name = known.get(at) ?? nameOf(at);
    if (name === undefined) continue;
    known.set(at, name);
    return name;
  }
  return undefined;
}

function nameOf(node: ts.SignatureDeclaration): string | undefined {
  const { parent } = node;
  if ((ts.isMethodDeclaration(node) || ts.isGetAccessor(node)) && ts.isClassDeclaration(parent)) return `${parent.name?.text ?? ""}.${node.name.getText()}`;
  if (node.name) return node.name.getText();
  return (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && ts.isIdentifier(parent.name) ? parent.name.text : undefined;
}

// String literals as bytes: UTF-8, where `\xNN` is the byte NN itself.

import type { ts } from "#typescript";
import type { Scope } from "./scope.js";

const simple: Record<string, number> = { n: 10, r: 13, t: 9, b: 8, f: 12, v: 11, "0": 0 };

export function stringBytes(scope: Scope, node: ts.StringLiteral | ts.NoSubstitutionTemplateLiteral): Uint8Array {
  const source = node.getText().slice(1, -1);
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (let at = 0; at < source.length; ) {
    const character = String.fromCodePoint(source.codePointAt(at)!);
    if (character !== "\\") {
      bytes.push(...encoder.encode(character));
      at += character.length;
      continue;
    }
    const rest = source.slice(at);
    const byte = /^\\x([\da-fA-F]{2})/.exec(rest);
    const unicode = /^\\u(?:\{([\da-fA-F]+)\}|([\da-fA-F]{4}))/.exec(rest);
    if (byte) {
      bytes.push(Number.parseInt(byte[1]!, 16));
      at += 4;
    } else if (unicode) {
      const code = Number.parseInt(unicode[1] ?? unicode[2]!, 16);
      if (code > 0x10ffff) scope.fail(node, "TM2002", unicode[0]);
      bytes.push(...encoder.encode(String.fromCodePoint(code)));
      at += unicode[0].length;
    } else {
      const next = String.fromCodePoint(source.codePointAt(at + 1) ?? 92);
      if (next !== "\n") bytes.push(...(next in simple ? [simple[next]!] : encoder.encode(next)));
      at += 1 + next.length;
    }
  }
  return Uint8Array.from(bytes);
}

// Lines of C, C++, Rust, Zig, Go and Python that TypeScript's parser cannot read, with what to write for each. A row is
// tried on the line where the parser stopped; what stands there is kept in the rewrite, where it is short.

import { helpForName, types } from "./other-languages.js";

type Row = readonly [line: RegExp, help: (...groups: string[]) => string];

/// The dialect's name for another language's type.
const typeOf = (name: string): string => {
  const bare = name.replaceAll(/\b(const|static|mut|volatile|unsigned|struct)\s+|[*&?\s]/g, "");
  const signed = Object.hasOwn(types, bare) ? types[bare]![0] : bare || "i32";
  const own = /\bunsigned\b/.test(name) ? signed.replace(/^i/, "u") : signed;
  return /[*&]/.test(name) ? `Ptr<${own}>` : own;
};
const typeName = String.raw`(?:(?:const|static|volatile|unsigned|struct)\s+)*[A-Za-z_]\w*(?:\s*\*+)?`;
const notWords = String.raw`(?!(?:const|let|var|return|else|export|import|function|class|enum|type|interface|case|using|declare|new|fn|func|def|pub|struct|union|trait|impl|use|mod|match|typedef|defer|goto|static|extern|inline|unsafe|comptime)\b)`;

const isType = (name: string): boolean => Object.hasOwn(types, name) || /^[iu](8|16|32|64|size)$|^f(32|64)$/.test(name);

/// `x: u32, *p` of a parameter list as the dialect writes it.
function parametersOf(list: string): string {
  return list
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one && one !== "void" && !/^&?(mut )?self$/.test(one))
    .map((one) => {
      const [, named, after] = /^(?:mut\s+)?(\w+)\s*:\s*(.+)$/.exec(one) ?? [];
      if (named && after) return `${named}: ${typeOf(after)}`;
      const [, before, name] = /^(.*[\s*&])(\w+)$/.exec(one) ?? [];
      if (!before || !name) return `${one}: u64`;
      return isType(name) ? `${before.trim()}: ${typeOf(name)}` : `${name}: ${typeOf(before)}`;
    })
    .join(", ");
}
const functionOf = (name: string, parameters: string, result: string) => `write \`function ${name}(${parametersOf(parameters)}): ${result ? typeOf(result) : "void"} { … }\``;

/// The first that fits says it.
const rows: readonly Row[] = [
  [/^\s*#\s*define\s+(\w+)\s+([\w.]+)\s*$/, (name, value) => `write \`const ${name} = ${value};\`: a constant takes its type where it is used`],
  [/^\s*#\s*define\s+(\w+)\s*\(/, (name) => `write \`function ${name}(x: u64): u64 { return x; }\`: small functions become part of their callers`],
  [/^\s*#\s*(?:if|ifdef|ifndef|else|elif|endif|define|undef|pragma)\b/, () => 'write `const DEBUG = false;` and `if (DEBUG) print("…");`: what a constant rules out is not in the image'],
  [/^\s*#\s*include\b/, () => 'write `import { name } from "./file.js";` for what file.ts exports'],
  [/^\s*#!?\[/, () => "leave it out: structs lie as in C; `@packed class T { … }` and `@align(16) class U { … }` say otherwise"],
  [/^\s*(?:pub\s+)?use\s+|^\s*(?:pub\s+)?mod\s+\w+\s*;/, () => 'write `import { name } from "./file.js";` for what file.ts exports'],
  [/^\s*impl\b/, () => "write the functions into the class, as methods: `class T { x: u64; get(): u64 { return this.x; } }`"],
  [/^\s*(?:pub\s+)?trait\s+(\w+)/, (name) => `write \`interface ${name} { size(): u64; }\`, and \`<T extends ${name}>\` where it is asked for`],
  [/^\s*template\s*</, () => "write `function f<T>(x: T): T { return x; }`: it is made anew for each type"],
  [/^\s*func\s*\(\s*(\w+)\s+\*?\s*(\w+)\s*\)\s*(\w+)\s*\(/, (_receiver, of, name) => `write the method into the class: \`class ${of} { ${name}(): void { … } }\``],
  [/^\s*(?:pub(?:\(\w+\))?\s+|export\s+|static\s+|inline\s+|extern\s+|async\s+|const\s+|unsafe\s+)*(?:fn|func|def)\s+(\w+)\s*(?:<[^>]*>)?\s*\(([^)]*)\)\s*(?:->\s*)?([\w*&]*)/, functionOf],
  [/^\s*typedef\s+(?:struct|union)\b.*?(\w*)\s*;?\s*$/, (name) => `write \`class ${name || "T"} { x: u32; }\``],
  [/^\s*typedef\s+enum\b/, () => "write `enum E { A, B }`"],
  [new RegExp(String.raw`^\s*typedef\s+((?:unsigned\s+)?${typeName})\s*\b(\w+)\s*;`), (type, name) => `write \`type ${name} = ${typeOf(type)};\``],
  [/^\s*(?:pub\s+|export\s+)?struct\s+(\w+)\s*[{(;]/, (name) => `write \`class ${name} { x: u32; }\`: its fields lie as in C`],
  [/^\s*(?:pub\s+)?union\s+(\w+)/, (name) => `write a class for each member, told apart by a field \`readonly kind: Kind.A\`, and \`type ${name} = A | B\`; the same bytes as another type are unsafe.cast<T>(p)`],
  [/^\s*enum\s+\w+\s*\{[^}]*;/, () => "write commas between the members: `enum E { A = 1, B = 2 }`"],
  [/^\s*(?:pub\s+)?enum\s+\w+\s*\{[^}]*\w\(/, () => "write a class for each member, `class A { readonly kind: Kind.A; x: u32; }`, and `type E = A | B`"],
  [/^\s*(?:pub\s+)?static\s+(?:mut\s+)?(\w+)\s*:\s*([\w*]+)/, (name, type) => `write \`let ${name}: ${typeOf(type)} = …\` at the top level`],
  [/\b(?:let|var)\s+mut\s+(\w+)\s*(?::\s*([\w*]+))?/, (name, type) => `write \`let ${name}: ${type ? typeOf(type) : "u64"} = …\`: let may change, const may not`],
  [/^\s*(?:else\s+)?(?:match|switch)\s+([\w.]+)\s*\{/, (value) => `write \`switch (${value}) { case 1: … break; default: … }\``],
  [/(?:^|[{;])\s*loop\s*\{/, () => "write `while (true) { … }`"],
  [/(?:^|[{;=])\s*unsafe\s*\{/, () => "leave `unsafe` out: `unsafe.ptr<T>(address)` and its kin say it where it is"],
  [/(?:^|[{;])\s*comptime\s*\{/, () => "write `const x = comptime(() => { … return table; });`"],
  [/(?:^|[{;])\s*(?:err)?defer\b/, () => "write `using x = …` with a class that has `[Symbol.dispose](): void { … }`"],
  [/^\s*goto\s+(\w+)/, () => "write a labelled loop, `again: while (true) { … continue again; }`, or leave a labelled block by `break`"],
  [/\belif\b/, () => "write `else if (…) { … }`"],
  [/\b(?:if|while)\s+([^({][^{]*?)\s*\{/, (condition) => `write parentheses around the condition: \`(${condition})\``],
  [/^\s*(?:if|while|for)\s+[^(]*:\s*$/, () => "write parentheses around the condition, and braces around the body"],
  [/\bfor\s*\(?\s*(\w+)\s+in\s+(\w+)\.\.=?(\w+)/, (name, from, to) => `write \`for (let ${name}: u64 = ${from}; ${name} < ${to}; ${name}++)\``],
  [/=\s*if\b/, () => "write `condition ? a : b`"],
  [/\)\s*\?\s*;/, () => "write `const r = f(); if (!r.ok) return r;`"],
  [/\)\s*->\s*([\w*&]+)\s*\{/, (result) => `write the result's type after a colon: \`): ${typeOf(result)} {\``],
  [/\b([\w.[\]]+)->(\w+)/, (pointer, field) => `write \`${pointer}.${field}\`: fields are behind a pointer as in a struct`],
  [/\b([A-Za-z_]\w*)::(\w+)/, (left, right) => `write \`${left}.${right}\``],
  [/\b(\w+)\s*:=\s*([^;]+)/, (name, value) => `write \`const ${name}: u64 = ${value}\`, or let where it changes`],
  [/:\s*\[\s*(\w+)\s*\]\s*(\w+)/, (length, type) => `write \`Arr<${typeOf(type)}, ${length}>\``],
  [/:\s*\[\s*(\w+)\s*;\s*(\w+)\s*\]/, (type, length) => `write \`Arr<${typeOf(type)}, ${length}>\``],
  [/:\s*&?(?:mut\s+)?\[\s*\]\s*(?:const\s+)?(\w+)/, (type) => `write \`${typeOf(type)}[]\``],
  [/:\s*\?\s*\*\s*(?:const\s+|mut\s+)?(\w+)/, (type) => `write \`Ptr<${typeOf(type)}> | null\``],
  [/:\s*\*\s*(?:const\s+|mut\s+|volatile\s+)?(\w+)/, (type) => `write \`Ptr<${typeOf(type)}>\`, which is never null, or \`Ptr<${typeOf(type)}> | null\``],
  [/:\s*volatile\s+(\w+)|^\s*volatile\s+\w+\s*\*?\s*(\w+)|\bvolatile\s+(\w+)\s*:/, () => "write the field of a device as `x: Reg<u32>`, which is read by `x.read()` and written by `x.write(value)`; between harts `Atomic<u32>`"],
  [/\b((?:0[xX][\da-fA-F_]+|\d[\d_]*)(?:\.\d+)?)(?:[uU]?[lL]{1,2}|[uU]|f|[iu](?:8|16|32|64|size|128)|f(?:32|64))\b/, (number) => `write \`${number}\`: its type is that of where it stands`],
  [/\bb?'(\\?.)'/, (letter) => `an element of a string is a byte: write \`"${letter === '"' ? '\\"' : letter}"[0]\``],
  [/\b[br]#*"([^"]*)"/, (text) => `write \`"${text}"\`: strings are bytes; of a file \`embed("name")\``],
  [/\b(and|or)\b/, (word) => `write \`${word === "and" ? "&&" : "||"}\``],
  [/\bnot\s+(\w+)/, (value) => `write \`!${value}\``],
  [/<\s*(\w+)\s*:\s*(\w+)\s*>\s*\(/, (name, bound) => `write \`<${name} extends ${bound}>\``],
  [/[=(,]\s*\|([\w\s:,]*)\|\s*(.*?);?\s*$/, (parameters, body) => `write \`(${parametersOf(parameters)}) => ${body}\``],
  [/\[[&=]?\]\s*\(/, () => "write `(x: u32) => x + 1`"],
  [/\(\s*((?:unsigned\s+|struct\s+)?\w+)\s*\*+\s*\)\s*(\w+)/, (type, value) => helpForName(value) ?? `write \`unsafe.cast<${typeOf(type)}>(${value})\`; of an address \`unsafe.ptr<${typeOf(type)}>(${value})\``],
  [/\(\s*([iu](?:8|16|32|64)|\w+_t|int|char|short|long|unsigned)\s*\)\s*(\w+)/, (type, value) => `write \`${typeOf(type)}(${value})\``],
  [new RegExp(String.raw`^\s*(?:extern\s+|inline\s+)+(${typeName})\s*\b(\w+)\s*\(([^)]*)\)\s*;`), (type, name, parameters) => `write \`declare function ${name}(${parametersOf(parameters)}): ${typeOf(type)};\``],
  [new RegExp(String.raw`^\s*(?:extern\s+|static\s+|inline\s+)*${notWords}(${typeName})\s*\b(\w+)\s*\(([^)]*)\)\s*\{`), (type, name, parameters) => functionOf(name, parameters, type)],
  [new RegExp(String.raw`^\s*(?:extern\s+|static\s+)*${notWords}(${typeName})\s*\b(\w+)\s*\[\s*(\w+)\s*\]`), (type, name, length) => `write \`const ${name} = zeroed<Arr<${typeOf(type)}, ${length}>>();\``],
  [new RegExp(String.raw`^\s*(?:extern\s+|static\s+|register\s+)*${notWords}(${typeName})\s*\b(\w+)\s*(?:=\s*([^;,]+))?;`), (type, name, value) => `write \`let ${name}: ${typeOf(type)} = ${value ?? "…"};\``],
  [/^\s*(?:inline|extern|volatile)\s+(.*)/, () => "leave the first word out; `attr({ inline: \"always\" })` is a function's first statement"],
  [new RegExp(String.raw`[(,]\s*${notWords}([a-z]\w*(?:\s*\*)?)\s+(\w+)\s*[,)]`), (type, name) => (isType(type) || type.endsWith("*") ? `write the name first: \`${name}: ${typeOf(type)}\`` : `write a colon between the name and the type: \`${type}: ${typeOf(name)}\``)],
  [/(?:[=(,]|return)\s*&(\w[\w.[\]]*)/, (place) => `write \`ref(${place})\``],
  [/(?:^|[=(,;]|return)\s*\*(\w+)/, (pointer) => `write \`${pointer}.$\``],
];

/// For a line that the parser stopped at; undefined where no row knows it.
export function helpForLine(line: string): string | undefined {
  for (const [pattern, help] of rows) {
    const found = pattern.exec(line);
    if (found) return help(...found.slice(1).map((group) => group ?? ""));
  }
  return undefined;
}

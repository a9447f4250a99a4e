// What a help says to write for a name of another language compiles, and the help comes where tsc cannot find the name.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse, formatDiagnostics } from "../../../compiler/frontend/index.js";
import { helpForName, types, values } from "../../../compiler/frontend/other-languages.js";

const before = "class T { field: u64; }\ntype N = 4;\nconst used = zeroed<Arr<boolean, 4>>();\n";
const parameters = "x: u8, xs: u8[], n: u64, i: u64, to: u8[], from: readonly u8[], a: string, b: string, p: Ptr<u64>";
const findings = (text: string) => analyse("/x.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/x.ts", text]]))).diagnostics;

test("each type that is to be written is one", () => {
  const codes = [...new Set(Object.values(types).map(([code]) => code))];
  expect(formatDiagnostics(findings(`${before}${codes.map((code, index) => `function f${index}(x: Ptr<${code}>): Ptr<${code}> { return x; }`).join("\n")}\nexport function main(): void {}\n`))).toBe("");
});

test("each statement and value that is to be written compiles", () => {
  const codes = [...new Set(Object.values(values).map(([code]) => code))];
  const texts = codes.map((code, index) => {
    // A method, for `this`.
    if (code === "this") return `class C${index} { y: u64; get(): u64 { return this.y; } }`;
    if (code === "null") return "let none: Ptr<T> | null = null;";
    if (code.startsWith("const ")) return code.replace("const pool", `const pool${index}`);
    return `function f${index}(${parameters}): void { ${/^(x|xs\.length|true|false|a === b|sizeof.*|alignof.*)$/.test(code) ? `print(${code});` : code} }`;
  });
  expect(formatDiagnostics(findings(`${before}${texts.join("\n")}\nexport function main(): void {}\n`))).toBe("");
});

test("the help stands with tsc's own words", () => {
  const names = [...Object.keys(types), ...Object.keys(values)];
  const text = names.map((name, index) => (Object.hasOwn(types, name) ? `let x${index}: ${name} = zeroed();` : `print(${name});`)).join("\n");
  const told = findings(`export function main(): void {\n${text}\n}\n`).map(({ code, help }) => `${code.replace(/TS2552|TS2693/, "TS2304")} ${help}`);
  expect(told).toEqual(names.map((name) => `TS2304 ${helpForName(name)}`));
});

test("help for a name, a call of sizeof and of asm", () => {
  const text = 'export function main(): void {\n  let x: int = 5;\n  printf("a");\n  print(sizeof(uint8_t));\n  print(sizeof(u64));\n  print(sizeof(x));\n  asm("nop");\n  const p: u64 = len("a");\n}\n';
  expect(findings(text).map(({ code, line, help }) => `${code} ${line} ${help}`)).toEqual([
    "TS2304 2 write `i32`: or u32 where it is never negative",
    'TS2552 3 write `print(x, "\\n")`: strings and numbers, one after the other',
    "TS2304 4 write `u8`",
    "TS2554 4 write `sizeof<u8>()`",
    "TS2554 5 write `sizeof<u64>()`",
    "TS2554 6 write `sizeof<typeof x>()`",
    "TS2769 7 write it as a template: asm`nop`",
    "TS2552 8 write `xs.length`",
  ]);
});

test("a name that the program declares is the program's", () => {
  expect(findings("type int = i32;\nfunction len(x: int): u64 { return u64(x); }\nexport function main(): void { print(len(4)); }\n")).toEqual([]);
});

// What the parser cannot read since it is another language's: the help shows what is written here, and that compiles.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse, formatDiagnostics } from "../../../compiler/frontend/index.js";

const findings = (text: string) => analyse("/x.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/x.ts", text]]))).diagnostics;

/// A line (in a function where it is indented), its help, and a program with what the help says.
const rows: readonly (readonly [line: string, help: string, rewritten: string])[] = [
  ["fn main() {}", "write `function main(): void { … }`", "export function main(): void {}"],
  ["pub fn add(a: u32, b: &mut u32) -> u32 { return a; }", "write `function add(a: u32, b: Ptr<u32>): u32 { … }`", "export function add(a: u32, b: Ptr<u32>): u32 { return a; }"],
  ["int add(unsigned a, const char *b) { return a; }", "write `function add(a: u32, b: Ptr<u8>): i32 { … }`", "export function add(a: u32, b: Ptr<u8>): i32 { return 1; }"],
  ["func add(a u32) u32 { return a; }", "write `function add(a: u32): u32 { … }`", "export function add(a: u32): u32 { return a; }"],
  ["struct Foo { int x; };", "write `class Foo { x: u32; }`: its fields lie as in C", "class Foo { x: u32; }"],
  ["typedef struct { int x; } foo_t;", "write `class foo_t { x: u32; }`", "class foo_t { x: u32; }"],
  ["typedef unsigned long word;", "write `type word = u64;`", "type word = u64;"],
  ["impl Foo {}", "write the functions into the class, as methods: `class T { x: u64; get(): u64 { return this.x; } }`", "class T { x: u64; get(): u64 { return this.x; } }"],
  ["trait Sized { fn x(); }", "write `interface Sized { size(): u64; }`, and `<T extends Sized>` where it is asked for", "interface Sized { size(): u64; }\nclass A { x: u64; size(): u64 { return 1; } }\nfunction f<T extends Sized>(x: Ptr<T>): u64 { return x.size(); }"],
  ["template<typename T> T f(T x) { return x; }", "write `function f<T>(x: T): T { return x; }`: it is made anew for each type", "function f<T>(x: T): T { return x; }"],
  ["#include <stdio.h>", 'write `import { name } from "./file.js";` for what file.ts exports', "export {};"],
  ["#define PAGE 4096", "write `const PAGE = 4096;`: a constant takes its type where it is used", "const PAGE = 4096;"],
  ["#define MIN(a, b) ((a) < (b) ? (a) : (b))", "write `function MIN(x: u64): u64 { return x; }`: small functions become part of their callers", "function MIN(x: u64): u64 { return x; }"],
  ["#ifdef DEBUG", 'write `const DEBUG = false;` and `if (DEBUG) print("…");`: what a constant rules out is not in the image', 'const DEBUG = false;\nfunction f(): void { if (DEBUG) print("…"); }'],
  ["#[repr(C)]", "leave it out: structs lie as in C; `@packed class T { … }` and `@align(16) class U { … }` say otherwise", "@packed class T { x: u32; }\n@align(16) class U { x: u32; }"],
  ["static mut COUNT: u32 = 0;", "write `let COUNT: u32 = …` at the top level", "let COUNT: u32 = 0;"],
  ["  let mut x: u32 = 5;", "write `let x: u32 = …`: let may change, const may not", "function f(): void { let x: u32 = 5; }"],
  ["  int x = 5;", "write `let x: i32 = 5;`", "let x: i32 = 5;"],
  ["  char line[80];", "write `const line = zeroed<Arr<u8, 80>>();`", "const line = zeroed<Arr<u8, 80>>();"],
  ["  let p: *mut u8 = q;", "write `Ptr<u8>`, which is never null, or `Ptr<u8> | null`", "class A { p: Ptr<u8>; q: Ptr<u8> | null; }"],
  ["  let a: [u8; 10] = x;", "write `Arr<u8, 10>`", "let a: Arr<u8, 10> = zeroed();"],
  ["  let a: [10]u8 = x;", "write `Arr<u8, 10>`", "let a: Arr<u8, 10> = zeroed();"],
  ["  let a: []const u8 = x;", "write `u8[]`", "let a: u8[] = zeroed();"],
  ["  let p = &y;", "write `ref(y)`", "let y: u32 = 5;\nfunction f(): void { const p = ref(y); }"],
  ["  *p = 5;", "write `p.$`", "function f(p: Ptr<u32>): void { p.$ = 5; }"],
  ["  p->next->id = 5;", "write `p.next`: fields are behind a pointer as in a struct", "class N { next: Ptr<N>; id: u32; }\nfunction f(p: Ptr<N>): void { p.next.id = 5; }"],
  ["  x = (uint32_t)y;", "write `u32(y)`", "function f(y: u64): u32 { return u32(y); }"],
  ["  x = 100UL;", "write `100`: its type is that of where it stands", "const x: u64 = 100;"],
  ["  x = b'a';", 'an element of a string is a byte: write `"a"[0]`', 'const x: u8 = "a"[0];'],
  ["  x := 5;", "write `const x: u64 = 5`, or let where it changes", "const x: u64 = 5;"],
  ["  if x === 5 { y = 6; }", "write parentheses around the condition: `(x === 5)`", "function f(x: u32): void { if (x === 5) print(x); }"],
  ["  while x < 5 {}", "write parentheses around the condition: `(x < 5)`", "function f(x: u32): void { while (x < 5) x++; }"],
  ["  loop { x(); }", "write `while (true) { … }`", "function f(): void { while (true) { print(1); } }"],
  ["  match x {", "write `switch (x) { case 1: … break; default: … }`", "function f(x: u32): void { switch (x) { case 1: print(x); break; default: print(0); } }"],
  ["  for i in 0..n { print(i); }", "write `for (let i: u64 = 0; i < n; i++)`", "function f(n: u64): void { for (let i: u64 = 0; i < n; i++) print(i); }"],
  ["  for (let i in xs) print(i);", "write `for (const [i, x] of xs.entries())`, or an enum's members one by one", "function f(xs: u8[]): void { for (const [i, x] of xs.entries()) print(i, x); }"],
  ["  unsafe { f(); }", "leave `unsafe` out: `unsafe.ptr<T>(address)` and its kin say it where it is", "class T { x: u32; }\nfunction f(address: u64): Ptr<T> { return unsafe.ptr<T>(address); }"],
  ["  defer close(x);", "write `using x = …` with a class that has `[Symbol.dispose](): void { … }`", "class A { x: u32; [Symbol.dispose](): void { print(1); } }\nfunction f(): void { using x = make<A>({ x: 1 }); }"],
  ["  if (a and b) f();", "write `&&`", "function f(a: boolean, b: boolean): boolean { return a && b; }"],
  ["  const f = |x: u32| x + 1;", "write `(x: u32) => x + 1`", "const f = (x: u32) => x + 1;"],
  ["  const x = g()?;", "write `const r = f(); if (!r.ok) return r;`", "enum E { A }\nfunction f(): Result<u32, E> { return ok(5); }\nfunction g(): Result<u32, E> { const r = f(); if (!r.ok) return r; return ok(1); }"],
  ["enum E { A = 1; B = 2; }", "write commas between the members: `enum E { A = 1, B = 2 }`", "enum E { A = 1, B = 2 }"],
  ["enum E { A(u32), B }", "write a class for each member, `class A { readonly kind: Kind.A; x: u32; }`, and `type E = A | B`", "enum Kind { A, B }\nclass A { readonly kind: Kind.A; x: u32; }\nclass B { readonly kind: Kind.B; }\ntype E = A | B;"],
  ["function f(x: u32) -> u32 { return x; }", "write the result's type after a colon: `): u32 {`", "function f(x: u32): u32 { return x; }"],
  ["function f<T: Foo>(x: T): void {}", "write `<T extends Foo>`", "interface Foo { x: u32; }\nclass A { x: u32; }\nfunction f<T extends Foo>(x: Ptr<T>): void { print(x.x); }"],
];

test.each(rows)("%s", (line, help) => {
  const first = findings(line.startsWith(" ") ? `export function f(): void {\n${line}\n}\n` : `${line}\n`).find(({ code }) => code !== "TM3007");
  expect(first?.help).toBe(help);
});

test("one finding for a line that is another language's", () => {
  const text = "export function f(): void {}\npub fn add(a: u32) -> u32 { return a; }\nint x = 5;\n";
  expect(findings(text).map(({ line, help }) => `${line} ${help}`)).toEqual(["2 write `function add(a: u32): u32 { … }`", "3 write `let x: i32 = 5;`"]);
});

test("what is to be written compiles, and is what the help says", () => {
  for (const [, help, rewritten] of rows) {
    const codes = [...help.matchAll(/`([^`…]+)(?:…[^`]*)?`/g)].map(([, code = ""]) => code.trim());
    for (const code of codes) if (!/^(unsafe|type E = A \| B|import .*)$/.test(code)) expect(rewritten).toContain(code);
    expect(formatDiagnostics(findings(`${rewritten}\nexport {};\n`)), rewritten).toBe("");
  }
});

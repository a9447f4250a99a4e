// Helps in the words of the place: each shows what to write instead, and that compiles.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse, formatDiagnostics } from "../../../compiler/frontend/index.js";

const findings = (text: string) => analyse("/x.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/x.ts", text]]))).diagnostics;
const before = "export class A { x: u32; list: Arr<u8, 4>; next: Ptr<A> | null; }\nexport class M { x: u32; get(): u32 { return this.x; } }\nenum E { A, B }\n";

/// What is refused, the code and help, and what is written instead.
const rows: readonly (readonly [refused: string, help: string, rewritten: string])[] = [
  ["const m: M = { x: 5 };", "TS2741 write `make<M>({ … })`: tsc misses the methods in a bare literal", "const m = make<M>({ x: 5 });"],
  ["class P { x: u32; y: u32; }\nconst p: P = { x: 5 };", "TS2741 write each field: `y: …`; `zeroed<P>()` is one of zeros", "class P { x: u32; y: u32; }\nconst p: P = { x: 5, y: 1 };\nconst q = zeroed<P>();"],
  ["class G { x: u32; y: u32; get sum(): u32 { return this.x + this.y; } }\nconst g = make<G>({ x: 1 });", "TS2345 write the field too: `y: …`", "class G { x: u32; y: u32; get sum(): u32 { return this.x + this.y; } }\nconst g = make<G>({ x: 1, y: 2 });"],
  ["const a: Ptr<A> = ref({ x: 5, list: [1, 2, 3, 4], next: null });", "TS2322 write the type: `ref<A>({ … })`", "const a: Ptr<A> = ref<A>({ x: 5, list: [1, 2, 3, 4], next: null });"],
  ['type Why = "late" | "not-there";\nclass W { why: Why; }', "TM2006 write an enum: `enum E { Late, Not_there }`", "enum Why { Late, Not_there }\nclass W { why: Why; }"],
  ["class S { static count: u32 = 4; }", "TM1031 write it at the top level, outside the class: `let count: u32 = 4;`", "let count: u32 = 4;"],
  ["function f(...more: u32[]): void {}", "TM1018 pass a slice: `more: readonly u32[]`, called with `[a, b, c]`", "function f(more: readonly u32[]): void {}\nfunction g(): void { f([1, 2, 3]); }"],
  ["function f(p: Ptr<A>): void { const { list } = p.$; print(list[0]); }", "TM2005 take it by itself: `const list = ref(p.$.list)` shares it, copy(…) copies it", "function f(p: Ptr<A>): void { const list = ref(p.$.list); print(list[0]); }"],
  ["class C { x: u32; me(): this { return this; } }", "TM2005 return a pointer: `: Ptr<C>` and `return ref<C>(this);`", "class C { x: u32; me(): Ptr<C> { return ref<C>(this); } }"],
  ["function f(x: i64, y: u8): i64 { return x + y; }", "TM2001 convert one side: `i64(y)`", "function f(x: i64, y: u8): i64 { return x + i64(y); }"],
  ["function f(x: i8, y: u64): u64 { return y + x; }", "TM2001 convert one side: `u64(x)`, or `i64(y)`", "function f(x: i8, y: u64): u64 { return y + u64(x); }"],
  ["function f(x: f64, n: u32): f64 { return x / n; }", "TM2003 convert the integer: `f64(n)`", "function f(x: f64, n: u32): f64 { return x / f64(n); }"],
  ["function f(p: Ptr<A>, q: Ptr<A>): boolean { return p.$ === q.$; }", "TM2014 compare what is in them, or whether they are one: `ref(p.$) === ref(q.$)`", "function f(p: Ptr<A>, q: Ptr<A>): boolean { return ref(p.$) === ref(q.$); }"],
  ["function f(xs: u8[]): u8 { return xs[1] ?? 0; }", "TM2014 leave `?? 0` out; an index that may be out of bounds is compared with the length", "function f(xs: u8[]): u8 { return xs[1]; }"],
  ["const heap = { used: 0 };\nfunction f(): void { heap.used += 1; }", "TM2012 give it a class, so that it lies in memory: `const heap: T = { … };` with `class T { … }`", "class T { used: u64; }\nconst heap: T = { used: 0 };\nfunction f(): void { heap.used += 1; }"],
  ["function f(x: u64): void { const q = { a: x }; }", "TM2010 write a class with these fields, and its name on the declaration: `const p: Point = { x: 1, y: 2 };`, or as the function's result", "class Point { x: u32; y: u32; }\nfunction f(): void { const p: Point = { x: 1, y: 2 }; }"],
  ["const f = () => { return 5; };\nfunction g(): void { f(); }", "TM2010 write the result's type: `(): u64 => …`", "const f = (): u64 => { return 5; };\nfunction g(): void { f(); }"],
  ["function f(x: u64): u64 { return 10 ** x; }", "TM1001 multiply in a loop: `for (let i: u64 = 0; i < n; i++) x *= base;`; a power of two is `1 << n`", "function f(n: u64, base: u64): u64 { let x: u64 = 1; for (let i: u64 = 0; i < n; i++) x *= base; return x; }"],
  ["function f([a = 1]: [u32, u32]): void {}", "TM1001 leave the default out, `a`: nothing is missing here", "function f([a]: [u32, u32]): void {}"],
  ["const e: E = 1;", "TM2003 write the member, `E.…`, or `unsafe.enumOf<E>(1)`", "const e: E = E.B;\nfunction f(): E { return unsafe.enumOf<E>(1); }"],
  ["function f(e: E): void { print(E[e]); }", 'TM2019 an enum has no names when it runs: write a list of them, `const names = ["A", "B"] as const;`, and `names[e]`', 'const names = ["A", "B"] as const;\nfunction f(e: E): void { print(names[e]); }'],
  ["let p: Ptr<A> = null;", "TS2322 write the type as `Ptr<A> | null`", "let p: Ptr<A> | null = null;"],
  ["function f(p: Ptr<u8>): void { p[1] = 4; }", "TS7053 a Ptr points at one: `Many<T>` has `m[i]` and `m.add(n)`, and `unsafe.many<T>(u64.of(p))` is one of a pointer", "function f(p: Ptr<u8>): void { const m = unsafe.many<u8>(u64.of(p)); m[1] = m.add(1)[0]; }"],
  ["function f(m: Many<u8>): u64 { return m.length; }", "TS2339 a Many does not know its length: `m.slice(n)` is a slice of n elements", "function f(m: Many<u8>, n: u64): u64 { return m.slice(n).length; }"],
  ["let a: u8[10];", "TS2339 write `Arr<u8, 10>`", "let a: Arr<u8, 10> = zeroed();"],
  ["function f(x: u32): u32 { x + 1; }", "TS2355 write `return x;` on each way to the end: a function has no value but what it returns", "function f(x: u32): u32 { return x; }"],
  ["function f(): Result<u32> { return ok(5); }", "TS2314 write what a failure says too, an enum: `Result<u32, E>`", "function f(): Result<u32, E> { return ok(5); }"],
  ["export default function f(): void {}", "TM1028 export by name", "export function f(): void {}"],
  ['import { x } from "./other";', "TS2307 an import names a file of the program, with `.js`: `./file.js` is file.ts beside this one", ""],
  ["const letter: u8 = 'a';", 'TS2322 an element of a string is a byte: write 0x61, or "a"[0]', 'const letter: u8 = "a"[0];'],
];

test.each(rows)("%s", (refused, help, rewritten) => {
  const [first] = findings(`${before}${refused}\n`).filter(({ code }) => code !== "TM3007");
  expect(first && `${first.code} ${first.help}`).toBe(help);
  expect(formatDiagnostics(findings(`${before}${rewritten}\n`))).toBe("");
});

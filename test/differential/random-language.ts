// Random programs over the whole language, from a seed: all integer widths and
// floats, structs with methods and bit fields, pointers and lists, slices,
// strings, enums, tagged unions, Result, options, tuples, generics, function
// values, arrow functions that capture, recursion, comptime tables, using, copies
// of structs and arrays, atomics, every kind of loop. They are
// well-typed and they end: each loop and function burns fuel. A program is a
// text whose names end in its number, so that many lie in one module; its
// `run_N(): u64` mixes all that it did into one number. A family is many small
// programs, `run_N_K`, around the same declarations: what runs by the ten
// thousands.

import { Random } from "./random-module.js";
import { placeDeclarations, placeInteger, placeNames, placeStatement } from "./random-places.js";

const integers = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;
const floats = ["f32", "f64"] as const;
type Integer = (typeof integers)[number];
type Float = (typeof floats)[number];
type Scalar = Integer | Float | "boolean" | "E";

const bitsOf = (type: string) => Number(type.slice(1));
const isFloat = (type: Scalar): type is Float => type === "f32" || type === "f64";
const isInteger = (type: Scalar): type is Integer => type !== "E" && type !== "boolean" && !isFloat(type);

interface Variable {
  readonly name: string;
  readonly type: Scalar;
}
interface Field {
  readonly name: string;
  readonly type: Scalar;
  readonly bits?: number;
}
interface Helper {
  readonly name: string;
  readonly params: readonly Scalar[];
  readonly result: Scalar;
}

const declared = new RegExp(
  `\\b(E|S|Inner|A|B|U|Box|Guard|state|list|text|table|each|pick|pair|tryHalf|burn|area|cell|atoms|Atoms|kind|same|deep|first|swap|plus|times|blend|operations|half|twist|made|${placeNames})\\$`,
  "g",
);

/// What is visible where an expression stands.
interface Scope {
  readonly variables: readonly Variable[];
  readonly writable: readonly Variable[];
  /// Places of the struct: `p.` for a pointer, `g.` for the global.
  readonly structs: readonly string[];
  readonly loops: number;
}

export function randomLanguage(seed: number): string {
  return new LanguageMaker(new Random(seed * 7919), seed).make();
}

export function randomFamily(seed: number, programs: number): { readonly text: string; readonly names: readonly string[] } {
  const names = Array.from({ length: programs }, (_, index) => `run_${seed}_${index}`);
  return { text: new LanguageMaker(new Random(seed * 7919), seed).makeFamily(names), names };
}

class LanguageMaker {
  private fields: readonly Field[] = [];
  private readonly helpers: Helper[] = [];
  private names = 0;

  constructor(
    private readonly random: Random,
    private readonly number: number,
  ) {}

  make(): string {
    return this.around(2 + this.random.below(3), () => [this.run()]);
  }

  makeFamily(names: readonly string[]): string {
    return this.around(3, () => names.map((name) => this.small(name)));
  }

  private around(helpers: number, make: () => readonly string[]): string {
    this.fields = this.makeFields();
    const parts = [this.declarations(), placeDeclarations(this.random, this.number)];
    for (let index = 0; index < helpers; index++) parts.push(this.helper(`f${index}_${this.number}`));
    parts.push(...make());
    // Names of declarations: each ends in the program's number.
    return parts.join("\n").replaceAll(declared, (_, name) => `${name}_${this.number}`);
  }

  // --- declarations

  private scalar(): Scalar {
    return this.random.pick<Scalar>([...integers, ...integers, ...floats, "boolean", "E"]);
  }

  private makeFields(): Field[] {
    const { random } = this;
    const fields: Field[] = [];
    for (let index = 0; index < 3 + random.below(4); index++) {
      const type = this.scalar();
      const bits = random.chance(4) && isInteger(type) ? { bits: 1 + random.below(bitsOf(type)) } : {};
      fields.push({ name: `m${index}`, type, ...bits });
    }
    return fields;
  }

  private typeText(type: Scalar): string {
    return type === "E" ? "E$" : type;
  }

  private declarations(): string {
    const { random, fields } = this;
    const list = fields.map(({ name, type, bits }) => `${bits ? `@bits(${bits}) ` : ""}${name}: ${this.typeText(type)};`);
    const zeros = fields.map(({ name, type }) => `${name}: ${type === "boolean" ? "false" : type === "E" ? "E$.A" : "0"}`);
    const signed = random.chance(3) ? " = -3" : "";
    const letters = Array.from({ length: 1 + random.below(12) }, () => random.pick(["a", "Z", "0", "\\n", "\\x80", "é", "~"])).join("");
    return `
enum E$ { A${signed}, B = ${4 + random.below(300)}, C }
class Inner$ { low: ${random.pick(integers)}; high: u64; }
${random.chance(4) ? "@packed " : ""}class S$ {
  ${list.join(" ")}
  bytes: Arr<u8, 4>;
  inner: Inner$;
  next: Ptr<S$> | null;
  sum(k: u64): u64 { return k * 3 + ${this.mixOf("this.")} + u64(this.inner.low) + this.inner.high + this.bytes[k & 3]; }
  bump(by: u64): void { this.inner.high += by; this.bytes[by & 3] = u8(by); if (by & 1) === 1 { this.inner.low++; } }
}
class A$ { readonly kind: E$.A; x: ${random.pick(integers)}; }
class B$ { readonly kind: E$.B; y: f64; z: u8; }
type U$ = A$ | B$;
class Box$<T, N extends number> {
  items: Arr<T, N>; count: u64;
  push(item: T): boolean { if (this.count === this.items.length) return false; this.items[this.count] = item; this.count++; return true; }
  at(index: u64): T { return this.items[index % this.items.length]; }
}
class Atoms$ { word: Atomic<u32>; wide: Atomic<u64>; }
class State$Class { fuel: u64; hash: u64; }
const state$ = zeroed<State$Class>();
const atoms$ = zeroed<Atoms$>();
const cell$: S$ = make<S$>({ ${zeros.join(", ")}, bytes: [1, 2, 3, 4], inner: { low: 1, high: 2 }, next: null });
const list$ = zeroed<Arr<S$, 5>>();
const text$: string = "${letters}";
${integers.map((type) => `const t_${type}_${this.number}: Arr<${type}, 8> = [${Array.from({ length: 8 }, () => this.literal(type)).join(", ")}];`).join("\n")}
function kind$(n: u64): E$ { return n % 3 === 0 ? E$.A : n % 3 === 1 ? E$.B : E$.C; }
function same$(e: E$): E$ { return e; }
function burn$(): boolean { if (state$.fuel === 0) return false; state$.fuel--; return true; }
function each$<T>(items: readonly T[], visit: (item: T, index: u64) => void): void { for (let i: u64 = 0; i < items.length; i++) visit(items[i], i); }
function pick$<T>(items: readonly T[], at: u64, otherwise: T): T { return at < items.length ? items[at] : otherwise; }
function pair$(a: u32, b: i64): [i64, u32, f64] { return [b - 1, a ^ 5, f64(b)]; }
function tryHalf$(x: u32): Result<u16, E$> { if (x > 131071) return fail(E$.B); if ((x & 1) === 1) return fail(E$.C); return ok(u16(x >>> 1)); }
function deep$(n: u64, sum: i64): i64 { if (n === 0 || !burn$()) return sum; return deep$(n - 1, sum * 31 - i64(n)) ^ i64(n << 3); }
function first$(bits: u64): Ptr<S$> | null { for (const item of list$) if ((item.inner.high & bits) !== 0) return ref(item); return null; }
function swap$<T>(a: Ptr<T>, b: Ptr<T>): void { const held = a.$; a.$ = b.$; b.$ = held; }
function plus$(a: u64, b: i32): u64 { return a + u64(b); }
function times$(a: u64, b: i32): u64 { return a * u64(b) - 1; }
function blend$(a: u64, b: i32): u64 { return (a >>> 7) ^ (u64(b) << 5); }
const operations$: Arr<(a: u64, b: i32) => u64, 3> = [plus$, times$, blend$];
function half$(x: u32, by: u32 = 2): u32 | null { return x % by === 0 ? x / by : null; }
function twist$(s: S$, by: u64): S$ { s.inner.high ^= by; s.bytes[by & 3] += 3; return s; }
class Guard$ { by: u64; [Symbol.dispose](): void { state$.hash = state$.hash * 5 + this.by; } }
const made$: Arr<u32, 16> = comptime(() => { const table = zeroed<Arr<u32, 16>>(); for (let i: u32 = 0; i < 16; i++) table[i] = i * ${random.below(1 << 20)} ^ (i << ${random.below(31)}); return table; });
function area$(u: Ptr<U$>): u64 { switch (u.kind) { case E$.A: return u64(u.x) + 1; case E$.B: return f64.bits(u.y) + u.z; } }
`.replaceAll("State$Class", `State_${this.number}`).replaceAll("if (by & 1) === 1 {", "if ((by & 1) === 1) {");
  }

  /// All fields of a struct in one number.
  private mixOf(place: string): string {
    return this.fields.map(({ name, type }) => this.word(`${place}${name}`, type)).join(" * 31 + ");
  }

  /// A value as 64 bits.
  private word(text: string, type: Scalar): string {
    if (type === "f64") return `f64.bits(${text})`;
    if (type === "f32") return `f32.bits(${text})`;
    return `u64(${type === "boolean" ? text : text})`;
  }

  // --- expressions

  private literal(type: Scalar): string {
    const { random } = this;
    if (type === "boolean") return random.pick(["true", "false"]);
    if (type === "E") return `kind$(${random.below(3)})`;
    if (isFloat(type)) return random.pick(["0", "1", "0.5", "-1.5", "3.25", "1e10", "-0.001", "123456.75", "1e30", "2"]);
    const size = BigInt(bitsOf(type) - (type.startsWith("i") ? 1 : 0));
    const largest = (1n << size) - 1n;
    const value = random.pick([0n, 1n, 2n, 3n, 7n, 8n, 100n, largest, 1n << (size - 1n), BigInt(random.below(1 << 30)) & largest]);
    return type.startsWith("i") && random.chance(4) ? `-${value}` : String(value);
  }

  private value(type: Scalar, scope: Scope, depth: number): string {
    if (isFloat(type)) return this.float(type, scope, depth);
    if (type === "boolean") return this.condition(scope, depth);
    if (type === "E") return this.enumValue(scope, depth);
    return this.integer(type, scope, depth);
  }

  private variable(type: Scalar, scope: Scope): string | undefined {
    const { random } = this;
    const found = scope.variables.filter((variable) => variable.type === type).map(({ name }) => name);
    for (const place of scope.structs) for (const field of this.fields) if (field.type === type) found.push(`${place}${field.name}`);
    return found.length > 0 ? random.pick(found) : undefined;
  }

  private integer(type: Integer, scope: Scope, depth: number): string {
    const { random, number } = this;
    const typed = (text: string) => `${type}(${text})`;
    if (depth <= 0) return (random.chance(3) ? undefined : this.variable(type, scope)) ?? typed(this.literal(type));
    const inner = (of: Integer = type) => this.integer(of, scope, depth - 1);
    switch (random.below(29)) {
      case 0: {
        const count = random.pick(integers);
        return `(${inner()} ${random.pick(["<<", ">>", ">>>"])} ${count}(${inner(count)}))`;
      }
      case 1:
        return `(${inner()} ${random.pick(["/", "%"])} (${inner()} | 1))`;
      case 2:
        return typed(inner(random.pick(integers)));
      case 3:
        return `(${this.condition(scope, depth - 1)} ? ${inner()} : ${inner()})`;
      case 4:
        return `t_${type}_${number}[${inner("u8")} & 7]`;
      case 5:
        return random.chance(2) ? `(~${inner()})` : `(-${inner()})`;
      case 6:
        return typed(this.float(random.pick(floats), scope, depth - 1));
      case 7:
        return `(${type}.tryFrom(${inner(random.pick(integers))}) ?? ${this.literal(type)})`;
      case 8:
        return `${type}.saturating(${inner()} ${random.pick(["+", "-", "*"])} ${inner()})`;
      case 9:
        return typed(`list$[${inner("u8")} % 5].sum(${this.integer("u64", scope, 0)})`);
      case 10:
        return typed(`pick$<${type}>(t_${type}_${number}, ${inner("u64")} & 15, ${this.literal(type)})`);
      case 11:
        return typed(random.pick([`u64.mulHigh(${inner("u64")}, ${inner("u64")})`, `u32.countLeadingZeros(${inner("u32")})`, `u16.popCount(${inner("u16")})`, `u64.countTrailingZeros(${inner("u64")})`]));
      case 12:
        return typed(`pair$(${this.integer("u32", scope, 0)}, ${this.integer("i64", scope, 0)})[${random.below(3)}]`);
      case 13:
        return typed(random.pick([`atoms$.word.fetchAdd(${inner("u32")})`, `atoms$.wide.fetchXor(${inner("u64")})`, `atoms$.word.swap(${inner("u32")})`, `atoms$.wide.cas(${inner("u64")}, ${inner("u64")})`, "atoms$.wide.load()"]));
      case 14:
        return typed(random.pick([`text$[${inner("u8")} % text$.length]`, "text$.length", `cell$.bytes[${inner("u8")} & 3]`]));
      case 15:
        return typed(this.call(scope, depth));
      case 16:
        return typed(this.condition(scope, depth - 1));
      case 17:
        return typed(this.enumValue(scope, depth - 1));
      case 18:
        return typed(`operations$[${inner("u8")} % 3](${inner("u64")}, ${inner("i32")})`);
      case 19:
        return typed(random.pick([`made$[${inner("u8")} & 15]`, `(half$(${inner("u32")}) ?? ${inner("u32")})`, `(half$(${inner("u32")}, 3) ?? 1)`, `deep$(${inner("u8")} & 7, ${inner("i64")})`]));
      case 20:
        return typed(random.pick([`t_${type}_${number}.ptr[${inner("u8")} & 7]`, `t_${type}_${number}.ptr.add(${inner("u8")} & 3).at(${inner("u8")} & 3).$`, `t_${type}_${number}.slice(${inner("u8")} & 3, 4 + (${inner("u8")} & 3)).length`]));
      case 21:
      case 22:
      case 23:
        return typed(placeInteger(random, number, inner));
      default:
        return `(${inner()} ${random.pick(["+", "-", "*", "&", "|", "^"])} ${random.chance(3) ? this.literal(type) : inner()})`;
    }
  }

  private call(scope: Scope, depth: number): string {
    const found = this.helpers.filter(({ result }) => isInteger(result) || isFloat(result));
    if (found.length === 0) return this.integer("u64", scope, depth - 1);
    const { name, params } = this.random.pick(found);
    return `${name}(${[`ref(${this.random.pick(["cell$", "list$[2]"])})`, ...params.map((type) => this.value(type, scope, Math.min(depth - 1, 1)))].join(", ")})`;
  }

  private float(type: Float, scope: Scope, depth: number): string {
    const { random } = this;
    if (depth <= 0) return (random.chance(3) ? undefined : this.variable(type, scope)) ?? `${type}(${this.literal(type)})`;
    const inner = () => this.float(type, scope, depth - 1);
    switch (random.below(10)) {
      case 0:
        return `${type}(${this.integer(random.pick(integers), scope, depth - 1)})`;
      case 1:
        return `${type}(${this.float(type === "f32" ? "f64" : "f32", scope, depth - 1)})`;
      case 2:
        return `${type}.${random.pick(["sqrt", "abs", "floor", "ceil", "trunc", "round"])}(${inner()})`;
      case 3:
        return `${type}.${random.pick(["min", "max", "copySign"])}(${inner()}, ${inner()})`;
      case 4:
        return `(${this.condition(scope, depth - 1)} ? ${inner()} : ${inner()})`;
      case 5:
        return `(-${inner()})`;
      default:
        return `(${inner()} ${random.pick(["+", "-", "*", "/"])} ${random.chance(3) ? this.literal(type) : inner()})`;
    }
  }

  /// Made by a function: tsc would know a literal, and which comparisons with it are pointless.
  private enumValue(scope: Scope, depth: number): string {
    const known = this.random.chance(2) ? this.variable("E", scope) : undefined;
    return known ?? `kind$(${this.integer("u64", scope, depth - 1)})`;
  }

  private condition(scope: Scope, depth: number): string {
    const { random } = this;
    if (depth <= 0) return (random.chance(3) ? undefined : this.variable("boolean", scope)) ?? this.literal("boolean");
    const inner = () => this.condition(scope, depth - 1);
    switch (random.below(9)) {
      case 0:
        return `(${inner()} ${random.pick(["&&", "||"])} ${inner()})`;
      case 1:
        return `(!${inner()})`;
      case 2: {
        const type = random.pick(floats);
        return `(${this.float(type, scope, depth - 1)} ${random.pick(["<", "<=", ">", ">=", "===", "!=="])} ${this.float(type, scope, depth - 1)})`;
      }
      case 3:
        return `(list$[${random.below(5)}].next ${random.pick(["===", "!=="])} null)`;
      case 4:
        return `(text$.slice(${random.below(2)}) ${random.pick(["===", "!=="])} "${random.pick(["a", "", "Z0"])}")`;
      case 5:
        return `(u64(${this.enumValue(scope, depth - 1)}) === u64(E$.${random.pick(["A", "B", "C"])}))`;
      default: {
        const type = random.pick(integers);
        const right = random.chance(2) ? this.literal(type) : `${type}(${this.integer(type, scope, depth - 1)})`;
        return `(${this.integer(type, scope, depth - 1)} ${random.pick(["<", "<=", ">", ">=", "===", "!=="])} ${right})`;
      }
    }
  }

  // --- statements

  private helper(name: string): string {
    const { random } = this;
    const params = Array.from({ length: random.below(random.chance(4) ? 12 : 5) }, () => this.scalar());
    const result = random.pick<Scalar>([...integers, ...floats]);
    const variables = params.map((type, index): Variable => ({ name: `p${index}`, type }));
    const locals = Array.from({ length: 2 + random.below(3) }, (_, index): Variable => ({ name: `v${index}`, type: this.scalar() }));
    const known: Scope = { variables, writable: [], structs: ["s.", "cell$."], loops: 0 };
    const declared = locals.map(({ name, type }) => `let ${name}: ${this.typeText(type)} = ${this.value(type, known, 1)};`);
    const scope: Scope = { ...known, variables: [...variables, ...locals], writable: locals };
    const body = this.statements(scope, 2);
    const list = [`s: Ptr<S$>`, ...variables.map(({ name, type }) => `${name}: ${this.typeText(type)}`)];
    const inline = random.chance(4) ? `attr({ inline: "${random.pick(["always", "never"])}" });\n` : "";
    const mixed = locals.map(({ name, type }) => `state$.hash = state$.hash * 31 + ${this.word(name, type)};`).join(" ");
    const text = `function ${name}(${list.join(", ")}): ${result} {\n${inline}if (!burn$()) return ${this.literal(result)};\n${declared.join(" ")}\n${body}\n${mixed}\nreturn ${this.value(result, scope, 2)};\n}`;
    this.helpers.push({ name, params, result });
    return text;
  }

  /// A few statements over a few locals.
  private small(name: string): string {
    const { random } = this;
    const locals = Array.from({ length: 4 }, (_, index): Variable => ({ name: `v${index}`, type: this.scalar() }));
    const declared = locals.map(({ name, type }) => `let ${name}: ${this.typeText(type)} = ${this.literal(type)};`).join(" ");
    const scope: Scope = { variables: locals, writable: locals, structs: ["cell$.", "local."], loops: 0 };
    const mixed = locals.map(({ name, type }) => ` * 31 + ${this.word(name, type)}`).join("");
    const body = Array.from({ length: 2 + random.below(3) }, () => this.statement(scope, random.below(2))).join("\n");
    return `export function ${name}(): u64 {\nstate$.fuel = 60; state$.hash = 7;\n${declared}\nconst local = zeroed<S$>();\n${body}\nreturn (state$.hash + local.sum(1))${mixed};\n}`;
  }

  private run(): string {
    const { random, number } = this;
    const locals = [...integers.map((type): Variable => ({ name: `v_${type}`, type })), { name: "v_f32", type: "f32" } as const, { name: "v_f64", type: "f64" } as const, { name: "v_b", type: "boolean" } as const, { name: "v_e", type: "E" } as const];
    const declared = locals.map(({ name, type }) => `let ${name}: ${this.typeText(type)} = ${this.literal(type)};`).join(" ");
    const scope: Scope = { variables: locals, writable: locals, structs: ["cell$.", "list$[1].", "local."], loops: 0 };
    const calls = this.helpers.map((helper) => `state$.hash = state$.hash * 31 + ${this.word(`${helper.name}(${["ref(local)", ...helper.params.map((type) => this.value(type, scope, 1))].join(", ")})`, helper.result)};`);
    const mixed = locals.map(({ name, type }) => `state$.hash = state$.hash * 31 + ${this.word(name, type)};`).join(" ");
    const tables = integers.map((type) => `for (const x of t_${type}_${number}) state$.hash = state$.hash * 17 + u64(x);`).join("\n");
    const links = `for (let i: u64 = 0; i < 4; i++) list$[i].next = ref(list$[i + ${1}]);`;
    return `export function run_${number}(): u64 {
state$.fuel = 400; state$.hash = ${random.below(1 << 30)};
${links}
${declared}
const local = zeroed<S$>();
${this.statements(scope, 2)}
${calls.join("\n")}
${this.statements(scope, 1)}
${mixed}
${tables}
for (const item of list$) state$.hash = state$.hash * 31 + item.sum(2);
return state$.hash * 31 + local.sum(1) + cell$.sum(3) + atoms$.word.load() + atoms$.wide.load("relaxed");
}`;
  }

  private statements(scope: Scope, depth: number): string {
    return Array.from({ length: 1 + this.random.below(4) }, () => this.statement(scope, depth)).join("\n");
  }

  private statement(scope: Scope, depth: number): string {
    const { random, number } = this;
    const inner = (more: Partial<Scope> = {}) => this.statements({ ...scope, ...more }, depth - 1);
    const name = `n${this.names++}`;
    switch (random.below(depth > 0 ? 37 : 8)) {
      case 0: {
        const type = random.pick(integers);
        return `t_${type}_${number}[${this.integer("u8", scope, 1)} & 7] ${random.pick(["=", "^=", "-=", "+=", "*="])} ${this.integer(type, scope, 2)};`;
      }
      case 1: {
        const field = random.pick(this.fields);
        return `${random.pick(scope.structs)}${field.name} = ${this.fieldValue(field, scope)};`;
      }
      case 2:
        return `list$[${this.integer("u8", scope, 1)} % 5].bump(${this.integer("u64", scope, 1)});`;
      case 3:
        return random.pick([`atoms$.word.store(${this.integer("u32", scope, 1)});`, `cell$.inner = { low: ${this.random.below(100)}, high: ${this.integer("u64", scope, 1)} };`, `list$[${random.below(5)}] = copy(cell$);`, `cell$.inner.high++;`]);
      case 8:
        return `if (${this.condition(scope, 2)}) { ${inner()} } else { ${inner()} }`;
      case 9:
      case 10: {
        const type = random.pick(integers);
        const counter: Variable = { name, type };
        const leave = random.chance(3) ? `if (${this.condition(scope, 1)}) ${random.pick(["break", "continue"])};` : "";
        return `for (let ${name}: ${type} = 0; ${name} < ${1 + random.below(10)} && burn$(); ${name}++) { ${inner({ variables: [...scope.variables, counter], loops: scope.loops + 1 })} ${leave} }`;
      }
      case 11: {
        const type = random.pick(integers);
        return `for (const ${name} of t_${type}_${number}) { if (!burn$()) break; ${inner({ variables: [...scope.variables, { name, type }] })} }`;
      }
      case 12:
        return `for (const ${name} of list$) { if (!burn$()) break; ${inner({ structs: [...scope.structs, `${name}.`] })} }`;
      case 13:
        return `for (let ${name}: Ptr<S$> | null = ref(list$[${random.below(5)}]); ${name} !== null && burn$(); ${name} = ${name}.next) { ${name}.bump(${this.integer("u64", scope, 1)}); }`;
      case 14: {
        const cases = ["A", "B", "C"].map((member) => `case E$.${member}: { ${inner()} break; }`);
        // By a function: within a case of the same variable tsc knows the member that it has.
        return `switch (same$(${this.enumValue(scope, 1)})) { ${random.chance(2) ? cases.join(" ") : `${cases[0]} default: { ${inner()} }`} }`;
      }
      case 15: {
        const type = random.pick(integers);
        const values = [...new Set(Array.from({ length: 2 + random.below(8) }, () => random.below(type.endsWith("8") ? 100 : 3000)))];
        return `switch (${this.integer(type, scope, 2)}) { ${values.map((value) => `case ${value}: { ${this.statement(scope, 0)} break; }`).join(" ")} default: { ${inner()} } }`;
      }
      case 16: {
        const type = random.pick(integers);
        const more = [...scope.variables, { name: `${name}i`, type }, { name: `${name}n`, type: "u64" as const }];
        return `each$<${type}>(t_${type}_${number}, (${name}i, ${name}n) => { ${random.chance(3) ? `if (${this.condition({ ...scope, variables: more }, 1)}) return;` : ""} ${this.statement({ ...scope, variables: more }, 0)} });`;
      }
      case 17:
        return `{ const ${name}: U$ = ${random.chance(2) ? `{ kind: E$.A, x: ${random.below(100)} }` : `{ kind: E$.B, y: ${this.float("f64", scope, 1)}, z: ${this.integer("u8", scope, 1)} }`}; state$.hash += area$(ref<U$>(${name})); }`;
      case 18: {
        const parts: Variable[] = [
          { name: `${name}a`, type: "i64" },
          { name: `${name}b`, type: "u32" },
          { name: `${name}c`, type: "f64" },
        ];
        return `{ const [${parts.map((part) => part.name).join(", ")}] = pair$(${this.integer("u32", scope, 1)}, ${this.integer("i64", scope, 1)}); ${inner({ variables: [...scope.variables, ...parts] })} }`;
      }
      case 19:
        return `{ const ${name} = tryHalf$(${this.integer("u32", scope, 2)}); if (${name}.ok) { state$.hash += ${name}.val; } else { state$.hash ^= u64(${name}.err); } }`;
      case 20: {
        const type = random.pick(integers);
        return `{ const ${name} = zeroed<Box$<${type}, ${1 + random.below(6)}>>(); for (let i: u64 = 0; i < ${1 + random.below(5)}; i++) if (!${name}.push(${this.integer(type, scope, 1)})) { state$.hash++; } state$.hash += u64(${name}.at(${this.integer("u64", scope, 1)})) + ${name}.count; }`;
      }
      case 21: {
        const label = `${name}l`;
        return `${label}: while (burn$()) { do { ${inner()} if (${this.condition(scope, 1)}) break ${label}; } while (${this.condition(scope, 1)} && burn$()); if (${this.condition(scope, 1)}) continue ${label}; break; }`;
      }
      case 22: {
        const type = random.pick(integers);
        const [from, to] = [random.below(4), 4 + random.below(5)];
        return `{ const ${name}: ${type}[] = t_${type}_${number}.slice(${from}, ${to}); for (const ${name}i of ${name}) { state$.hash ^= u64(${name}i); } ${name}[${this.integer("u8", scope, 1)} % ${to - from}] ${random.pick(["=", "+=", "^="])} ${this.integer(type, scope, 2)}; }`;
      }
      case 23: {
        // tsc knows which boolean or member a variable holds, and takes no pointer to all of them.
        const target = random.pick(scope.writable.filter((one) => isInteger(one.type) || isFloat(one.type)));
        if (!target) return ";";
        const { type } = target;
        return `{ const ${name}: Ptr<${type}> = ref(${target.name}); ${inner()} ${name}.$ = ${this.value(target.type, scope, 2)}; state$.hash += ${this.word(target.name, target.type)} ^ ${this.word(`${name}.$`, target.type)}; }`;
      }
      case 24: {
        const type = random.pick(integers);
        return `swap$<${type}>(ref(t_${type}_${number}[${this.integer("u8", scope, 1)} & 7]), ref(t_${type}_${number}[${random.below(8)}]));`;
      }
      case 25:
        return `{ const ${name}q = first$(${this.integer("u64", scope, 1)}); if (${name}q !== null) { const ${name}: Ptr<S$> = ${name}q; ${name}.bump(${this.integer("u64", scope, 1)}); ${inner({ structs: [...scope.structs, `${name}.`] })} } else { state$.hash += 7; } }`;
      case 26:
        return `{ const ${name} = twist$(copy(${random.pick(["cell$", "list$[3]"])}), ${this.integer("u64", scope, 1)}); ${inner({ structs: [...scope.structs, `${name}.`] })} state$.hash += ${name}.sum(3); }`;
      case 27:
        return `{ using ${name} = make<Guard$>({ by: ${this.integer("u64", scope, 1)} }); ${inner()} ${name}.by++; }`;
      case 28: {
        const type = random.pick(integers);
        return `{ const ${name} = copy(t_${type}_${number}); ${name}[${this.integer("u8", scope, 1)} & 7] += ${this.integer(type, scope, 1)}; for (const ${name}i of ${name}) { ${this.statement({ ...scope, variables: [...scope.variables, { name: `${name}i`, type }] }, 0)} } }`;
      }
      case 29:
      case 30:
      case 31:
      case 32:
      case 33:
        return placeStatement(random, number, (type) => this.integer(type, scope, 1), {
          inner: (...more) => inner({ variables: [...scope.variables, ...more] }),
          condition: () => this.condition(scope, 1),
          name,
        });
      default: {
        const target = random.pick(scope.writable);
        if (!target) return ";";
        if (target.type === "E" || target.type === "boolean") return `${target.name} = ${this.value(target.type, scope, 2)};`;
        const op = random.pick(isFloat(target.type) ? ["=", "+=", "*=", "-="] : ["=", "+=", "^=", "-=", "|="]);
        return `${target.name} ${op} ${this.value(target.type, scope, 3)};`;
      }
    }
  }

  /// A literal must fit a field of few bits, so there is none.
  private fieldValue({ type, bits }: Field, scope: Scope): string {
    return bits && isInteger(type) ? `t_${type}_${this.number}[${this.integer("u8", scope, 1)} & 7]` : this.value(type, scope, 2);
  }
}

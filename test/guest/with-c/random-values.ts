// Random functions over random structs, in the dialect and in C, that call each other with values of all of them: what
// a function makes of its arguments, and the result that it makes of that, are the same in both. gcc says how they travel.

import { drawsFrom } from "../../isa/random.js";

/// The fields that two members of a union have beside their tag.
const unions = [["u8", "i8"], ["u16", "f32"], ["f32", "f64"], ["u64", "u8 u8"], ["u64 u64", "f32"]];

interface Scalar {
  readonly name: string;
  readonly c: string;
}
interface Shape {
  readonly ts: string;
  /// A declaration of `name` in C.
  readonly c: (name: string) => string;
  readonly leaves: readonly { readonly ts: string; readonly c: string; readonly scalar: Scalar }[];
  /// A literal; `value` gives one scalar after the other.
  readonly make: (value: (scalar: Scalar) => string, inC: boolean) => string;
  readonly isStruct: boolean;
}

const scalars: readonly Scalar[] = [
  ...[8, 16, 32, 64].flatMap((bits) => [
    { name: `u${bits}`, c: `uint${bits}_t` },
    { name: `i${bits}`, c: `int${bits}_t` },
  ]),
  { name: "f32", c: "float" },
  { name: "f64", c: "double" },
  { name: "boolean", c: "bool" },
];
const floats = scalars.filter(({ name }) => name.startsWith("f"));
/// Structs of each class that the psABI has; the random ones come after them.
const classes = ["u8", "u32 u32", "u64 u64", "u64 u64 u64", "f32 f32", "f64", "f32 i32", "i8 f64", "f64 f64 f64", "u8 u16 u8 i32 i16"].map((text) => text.split(" "));

const shapeOf = (scalar: Scalar): Shape => ({
  ts: scalar.name,
  c: (name) => `${scalar.c} ${name}`,
  leaves: [{ ts: "", c: "", scalar }],
  make: (value) => value(scalar),
  isStruct: false,
});

const arrayOf = (of: Shape, length: number): Shape => ({
  ts: `Arr<${of.ts}, ${length}>`,
  c: (name) => of.c(`${name}[${length}]`),
  leaves: Array.from({ length }, (_, index) => of.leaves.map((leaf) => ({ ts: `[${index}]${leaf.ts}`, c: `[${index}]${leaf.c}`, scalar: leaf.scalar }))).flat(),
  make: (value, inC) => {
    const list = Array.from({ length }, () => of.make(value, inC)).join(", ");
    return inC ? `{ ${list} }` : `[${list}]`;
  },
  isStruct: true,
});

export interface Sources {
  readonly ts: string;
  readonly c: string;
  /// How many lines the program writes: "ok", or what failed.
  readonly checks: number;
}

export function randomValues(seed: number, functions: number): Sources {
  const draw = drawsFrom(seed * 2654435761 + 1);
  const pick = <T>(of: readonly T[]): T => of[draw(of.length)]!;
  const ts: string[] = [];
  const c: string[] = [];
  const structs: Shape[] = [];

  function newStruct(id: number): Shape {
    const given = classes[id];
    const favoursFloats = draw(2) === 0;
    const fieldShape = (): Shape => {
      const choice = draw(10);
      const scalar = shapeOf(pick(favoursFloats && draw(3) > 0 ? floats : scalars));
      if (choice === 0 && structs.length > 0) return pick(structs);
      if (choice === 1) return arrayOf(structs.length > 0 && draw(3) === 0 ? pick(structs) : scalar, 1 + draw(3));
      return scalar;
    };
    const name = `S${id}`;
    const isTuple = !given && draw(6) === 0;
    const drawn = () => Array.from({ length: 1 + draw(isTuple ? 3 : 4) }, (_, index) => ({ name: isTuple ? `_${index}` : `f${index}`, shape: isTuple ? shapeOf(pick(scalars)) : fieldShape(), bits: !isTuple && draw(12) === 0 ? 1 + draw(7) : 0 }));
    const fields = given?.map((type, index) => ({ name: `f${index}`, shape: shapeOf(scalars.find(({ name }) => name === type)!), bits: 0 })) ?? drawn();
    const layout = isTuple || given ? "" : pick(["", "", "", "", "", "packed", "align"]);
    for (const field of fields) if (field.bits) field.shape = shapeOf(scalars[2 * draw(4)]!);
    // What C does with bits in a packed struct is its own.
    if (layout === "packed") for (const field of fields) field.bits = 0;
    if (!isTuple)
      ts.push(`${{ packed: "@packed\n", align: "@align(16)\n", "": "" }[layout] ?? ""}class ${name} {\n${fields.map(({ name, shape, bits }) => `  ${bits ? `@bits(${bits}) ` : ""}${name}: ${shape.ts};`).join("\n")}\n}`);
    const attribute = { packed: " __attribute__((packed))", align: " __attribute__((aligned(16)))", "": "" }[layout] ?? "";
    c.push(`struct ${name} { ${fields.map(({ name, shape, bits }) => `${shape.c(name)}${bits ? `:${bits}` : ""};`).join(" ")} }${attribute};`);
    return {
      ts: isTuple ? `[${fields.map(({ shape }) => shape.ts).join(", ")}]` : name,
      c: (variable) => `struct ${name} ${variable}`,
      leaves: fields.flatMap(({ name, shape }, index) => shape.leaves.map((leaf) => ({ ts: `${isTuple ? `[${index}]` : `.${name}`}${leaf.ts}`, c: `.${name}${leaf.c}`, scalar: leaf.scalar }))),
      make: (value, inC) => {
        const values = fields.map(({ name, shape }) => `${isTuple ? "" : inC ? `.${name} = ` : `${name}: `}${shape.make(value, inC)}`).join(", ");
        return isTuple && !inC ? `[${values}]` : `{ ${values} }`;
      },
      isStruct: true,
    };
  }
  const checks: string[] = [];
  ts.push("enum Kind { A, B }");
  for (let id = 0; id < 2 * classes.length; id++) structs.push(newStruct(id));

  /// Scalars out of the word `h`.
  const values = (inC: boolean) => {
    let factor = 1;
    return ({ name, c }: Scalar): string => {
      factor += 2;
      const word = `(h * ${factor} >> 7)`;
      if (name === "boolean") return inC ? `${word} & 1` : `(${word} & 1) !== 0`;
      const isFloat = name.startsWith("f");
      if (inC) return isFloat ? `(uint16_t)${word}` : `(${c})${word}`;
      return isFloat ? `${name}(u16${word})` : `${name}${word}`;
    };
  };
  const hash = (variable: string, shape: Shape, inC: boolean): string =>
    shape.leaves
      .map((leaf) => {
        const { name } = leaf.scalar;
        const read = `${variable}${inC ? leaf.c : leaf.ts}`;
        if (inC) return `  h = h * 31 + (uint64_t)${/^[if]/.test(name) ? "(int64_t)" : ""}${read};`;
        if (name === "boolean") return `  if (${read}) h = h * 31 + 1;\n  else h *= 31;`;
        return `  h = h * 31 + u64(${/^[if]/.test(name) ? `i64(${read})` : read});`;
      })
      .join("\n");
  const literal = (shape: Shape, value: (scalar: Scalar) => string) => (shape.isStruct ? `(${shape.c("")})${shape.make(value, true)}` : shape.make(value, true));

  unions.forEach((fields, id) => {
    const [first, second] = fields.map((field) => field.split(" "));
    const cOf = (type: string) => scalars.find(({ name }) => name === type)!.c;
    const members = (name: string, types: readonly string[]) => types.map((type, index) => ({ name: `${name}${index}`, type }));
    const [a, b] = [members("a", first!), members("b", second!)];
    const u = `U${id}`;
    const tsClass = (name: string, parts: typeof a) => `class ${u}${name} {\n  readonly kind: Kind.${name};\n${parts.map((part) => `  ${part.name}: ${part.type};`).join("\n")}\n}`;
    const sum = (parts: typeof a, inC: boolean) => parts.map(({ name, type }) => (inC ? `(uint64_t)u.${name[0]}.${name}` : `u64(${type.startsWith("f") ? `i64(u.${name})` : `u.${name}`})`)).join(" + ");
    const half = (parts: typeof a, by: string) => parts.map(({ name }, index) => `${name}: ${by}${index}`).join(", ");
    ts.push(
      tsClass("A", a),
      tsClass("B", b),
      `type ${u} = ${u}A | ${u}B;`,
      `declare function c_turn_${id}(before: u32, u: ${u}): ${u};`,
      `export function ts_turn_${id}(before: u32, u: ${u}): ${u} {\n  if (u.kind === Kind.A) return { kind: Kind.B, ${half(b, "1")} };\n  return { kind: Kind.A, ${half(a, "2")} };\n}`,
      `function sum_${id}(u: ${u}): u64 {\n  switch (u.kind) {\n    case Kind.A:\n      return ${sum(a, false)};\n    case Kind.B:\n      return ${sum(b, false)} + 1000;\n  }\n}`,
      `export function ts_sum_${id}(u: ${u}): u64 {\n  return sum_${id}(copy(u)) * 100000 + sum_${id}(c_turn_${id}(9, copy(u)));\n}`,
    );
    const inC = (name: string, parts: typeof a) => `struct { uint8_t kind; ${parts.map((part) => `${cOf(part.type)} ${part.name};`).join(" ")} } ${name};`;
    const made = (name: "a" | "b", parts: typeof a, by: string) => `(union ${u}){ .${name} = { ${name === "a" ? 0 : 1}, ${parts.map((_, index) => `${by}${index}`).join(", ")} } }`;
    c.push(
      `union ${u} { ${inC("a", a)} ${inC("b", b)} };`,
      `union ${u} ts_turn_${id}(uint32_t, union ${u});\nuint64_t ts_sum_${id}(union ${u});`,
      `union ${u} c_turn_${id}(uint32_t before, union ${u} u) {\n  if (u.a.kind == 0) return ${made("b", b, "1")};\n  return ${made("a", a, "2")};\n}`,
      `static uint64_t sum_${id}(union ${u} u) {\n  return u.a.kind == 0 ? ${sum(a, true)} : ${sum(b, true)} + 1000;\n}`,
    );
    for (const one of [made("a", a, "3"), made("b", b, "4")])
      checks.push(
        `  check(ts_sum_${id}(${one}), sum_${id}(${one}) * 100000 + sum_${id}(c_turn_${id}(9, ${one})), "ts_sum_${id}");`,
        `  check(sum_${id}(ts_turn_${id}(9, ${one})), sum_${id}(c_turn_${id}(9, ${one})), "ts_turn_${id}");`,
      );
  });
  for (let id = 0; id < functions; id++) {
    const anyShape = () => (draw(3) === 0 ? shapeOf(pick(scalars)) : pick(structs));
    const params = Array.from({ length: 1 + draw(draw(2) === 0 ? 3 : 12) }, (_, index) => ({ name: `a${index}`, shape: anyShape() }));
    const result = anyShape();
    const typed = params.map(({ name, shape }) => `${name}: ${shape.ts}`).join(", ");
    const declared = params.map(({ name, shape }) => shape.c(name)).join(", ");
    const [own, foreign] = [values(false), values(true)];
    // Locals are copied: the callee's writes are its own.
    const made = params.map(({ name, shape }) => `  const ${name}: ${shape.ts} = ${shape.make(own, false)};`).join("\n");
    const given = params.map(({ name, shape }) => (shape.isStruct ? `copy(${name})` : name)).join(", ");
    const hashed = (inC: boolean) => params.map(({ name, shape }) => hash(name, shape, inC)).join("\n");
    const seen = (inC: boolean) => params.filter(({ shape }) => shape.isStruct).map(({ name, shape }) => hash(name, shape, inC)).join("\n");
    const calls = (callee: string) => `${made}\n  const r = ${callee}(${given});\n${hash("r", result, false)}\n${seen(false)}\n  return h;`;
    ts.push(
      `declare function c_${id}(${typed}): ${result.ts};`,
      `export function ts_${id}(${typed}): ${result.ts} {\n  let h: u64 = 7;\n${hashed(false)}\n  return ${result.make(values(false), false)};\n}`,
      `export function ts_call_${id}(seed: u64): u64 {\n  let h = seed;\n${calls(`c_${id}`)}\n}`,
      `export function ts_through_${id}(f: (${typed}) => ${result.ts}, seed: u64): u64 {\n  let h = seed;\n${calls("f")}\n}`,
      `export function ts_own_${id}(seed: u64): u64 {\n  return ts_through_${id}(ts_${id}, seed);\n}`,
    );
    const passed = params.map(({ name }) => name).join(", ");
    const callsInC = (callee: string) => `${params.map(({ name, shape }) => `  ${shape.c(name)} = ${literal(shape, foreign)};`).join("\n")}\n  ${result.c("r")} = ${callee}(${passed});\n${hash("r", result, true)}\n${seen(true)}\n  return h;`;
    const body = callsInC("f");
    c.push(
      `${result.c(`ts_${id}(${declared})`)};`,
      `${result.c(`__attribute__((noinline)) c_${id}(${declared})`)} {\n  uint64_t h = 7;\n${hashed(true)}\n${params.map(({ name }) => `  *(volatile char *)&${name} = 99;`).join("\n")}\n  return ${literal(result, values(true))};\n}`,
      `uint64_t ts_call_${id}(uint64_t), ts_own_${id}(uint64_t), ts_through_${id}(${result.c(`(*)(${declared})`)}, uint64_t);`,
      `static __attribute__((noinline)) uint64_t call_${id}(${result.c(`(*f)(${declared})`)}, uint64_t h) {\n${body}\n}`,
    );
    checks.push(
      ...[`call_${id}(ts_${id}, SEED)`, `ts_call_${id}(SEED)`, `ts_through_${id}(c_${id}, SEED)`, `ts_own_${id}(SEED)`].map(
        (found) => `  check(${found.replace("SEED", `${0x1234567 * (id + 3)}u`)}, call_${id}(c_${id}, ${0x1234567 * (id + 3)}u), "${found}");`,
      ),
    );
  }
  return { ts: ts.join("\n"), c: `${around}${c.join("\n")}\nvoid start(void) {\n${checks.join("\n")}\n${ending}}\n`, checks: checks.length };
}

const around = `#include <stdbool.h>
#include <stdint.h>
static volatile uint8_t *const uart = (uint8_t *)0x10000000;
static void put(const char *text) { for (; *text; text++) *uart = *text; *uart = 10; }
static void check(uint64_t value, uint64_t expected, const char *what) { put(value == expected ? "ok" : what); }
void *memcpy(void *to, const void *from, unsigned long n) { for (unsigned long i = 0; i < n; i++) ((volatile char *)to)[i] = ((const char *)from)[i]; return to; }
void *memset(void *to, int value, unsigned long n) { for (unsigned long i = 0; i < n; i++) ((volatile char *)to)[i] = value; return to; }
__attribute__((naked, section(".text.unlikely.start"))) void _start(void) {
  __asm__(".option push\\n .option norelax\\n la gp, __global_pointer$\\n .option pop\\n li sp, 0x80400000\\n li t0, 0x2000\\n csrs mstatus, t0\\n j start");
}
`;
const ending = `  *(volatile uint32_t *)0x100000 = 0x5555;
  for (;;) ;
`;

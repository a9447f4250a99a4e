// The IR as C, for any compiler that is GNU's: the sixth way to run a program,
// and one to read it by. Each operation keeps its meaning: integers wrap as
// unsigned ones do, and a helper does what C leaves undefined. Assembly and
// reserved registers have no C: reaching them traps.
//
// A trap calls `typemetal_trap(reason)`, which whoever uses the text writes and
// which does not return.

import { bitsOf, isFloat, operationOf, type Type } from "../ir/ops.js";
import { isFence, memoryBytes, type Data, type Edge, type Func, type MemoryType, type Module, type Value } from "../ir/types.js";

const types: Record<Type, string> = { i32: "u32", i64: "u64", f32: "float", f64: "double" };
const memories: Record<MemoryType, string> = {
  u8: "uint8_t",
  s8: "int8_t",
  u16: "uint16_t",
  s16: "int16_t",
  i32: "u32",
  i64: "u64",
  f32: "float",
  f64: "double",
};

/// Printed before any module.
export const prelude = `#include <stdint.h>
#include <string.h>
#include <math.h>
typedef uint32_t u32; typedef uint64_t u64; typedef int32_t s32; typedef int64_t s64;
extern void typemetal_trap(const char *reason) __attribute__((noreturn));
static u64 further[4];
#define FLOAT(T, N, W, NAN_BITS) \\
  static inline T from_##N(W bits) { T x; memcpy(&x, &bits, sizeof x); return x; } \\
  static inline W to_##N(T x) { W bits; memcpy(&bits, &x, sizeof x); return bits; } \\
  static inline T nan_##N(T x) { return x != x ? from_##N(NAN_BITS) : x; } \\
  static inline T min_##N(T a, T b) { return a != a ? nan_##N(b) : b != b ? a : a < b ? a : b < a ? b : signbit(a) ? a : b; } \\
  static inline T max_##N(T a, T b) { return a != a ? nan_##N(b) : b != b ? a : a > b ? a : b > a ? b : signbit(a) ? b : a; } \\
  static inline u32 s32_##N(T x) { return x != x || x >= 2147483648.0 ? 0x7fffffffu : x <= -2147483649.0 ? 0x80000000u : (u32)(s32)x; } \\
  static inline u32 u32_##N(T x) { return x != x || x >= 4294967296.0 ? 0xffffffffu : x <= -1.0 ? 0u : (u32)x; } \\
  static inline u64 s64_##N(T x) { return x != x || x >= 9223372036854775808.0 ? 0x7fffffffffffffffull : x < -9223372036854775808.0 ? 1ull << 63 : (u64)(s64)x; } \\
  static inline u64 u64_##N(T x) { return x != x || x >= 18446744073709551616.0 ? ~0ull : x <= -1.0 ? 0ull : (u64)x; }
FLOAT(float, f32, u32, 0x7fc00000u)
FLOAT(double, f64, u64, 0x7ff8000000000000ull)
#define INTEGER(U, S, W, WS, BITS, MIN) \\
  static inline U divs_##U(U a, U b) { return b == 0 ? (U)-1 : b == (U)-1 ? (U)0 - a : (U)((S)a / (S)b); } \\
  static inline U rems_##U(U a, U b) { return b == 0 ? a : b == (U)-1 ? 0 : (U)((S)a % (S)b); } \\
  static inline U divu_##U(U a, U b) { return b == 0 ? (U)-1 : a / b; } \\
  static inline U remu_##U(U a, U b) { return b == 0 ? a : a % b; } \\
  static inline U mulhu_##U(U a, U b) { return (U)(((W)a * b) >> BITS); } \\
  static inline U mulhs_##U(U a, U b) { return (U)(((WS)(S)a * (S)b) >> BITS); }
INTEGER(u32, s32, u64, s64, 32, 0)
INTEGER(u64, s64, unsigned __int128, __int128, 64, 0)
#define LOAD(T, address) ({ T value_; memcpy(&value_, (void *)(address), sizeof value_); value_; })
#define STORE(T, address, value) do { T value_ = (T)(value); memcpy((void *)(address), &value_, sizeof value_); } while (0)
`;

/// `prefix` keeps the names of several modules in one file apart.
export function printC(module: Module, prefix = "tm"): string {
  return new CPrinter(module, prefix).print();
}

class CPrinter {
  private readonly names: ReadonlyMap<string, string>;

  constructor(
    private readonly module: Module,
    private readonly prefix: string,
  ) {
    const all = [...module.functions, ...module.data].map(({ name }, index) => [name, `${prefix}_${index}_${name.replaceAll(/\W/g, "_")}`] as const);
    this.names = new Map(all);
  }

  print(): string {
    const { module, prefix } = this;
    const data = module.data.map((item) => this.data(item));
    const heads = module.functions.map((fn) => `${this.head(fn)};`);
    const bodies = module.functions.map((fn) => this.fn(fn));
    const relocations = module.data.flatMap(({ name, relocations }) =>
      relocations.map(({ offset, symbol, addend }) => `  STORE(u64, ${this.names.get(name)} + ${offset}, ${this.address(symbol)} + ${addend});`),
    );
    const copies = module.data.map(({ name, size, bytes }) =>
      bytes ? `  memcpy(${this.names.get(name)}, ${this.names.get(name)}_bytes, ${size});` : `  memset(${this.names.get(name)}, 0, ${size});`,
    );
    const start = `static void ${prefix}_start(void) {\n${[...copies, ...relocations].join("\n")}\n}`;
    return [...data, ...heads, start, ...bodies, ""].join("\n");
  }

  private data({ name, size, align, bytes }: Data): string {
    const own = this.names.get(name)!;
    const place = `static unsigned char ${own}[${Math.max(size, 1)}] __attribute__((aligned(${align})));`;
    return bytes ? `static const unsigned char ${own}_bytes[${Math.max(size, 1)}] = {${[...bytes].join(",")}};\n${place}` : place;
  }

  private head(fn: Func): string {
    const params = (fn.blocks[0]?.params ?? []).map((param) => `${types[param.type!]} ${nameOf(param)}`);
    return `static ${fn.results[0] ? types[fn.results[0]] : "void"} ${this.names.get(fn.name)}(${params.join(", ") || "void"})`;
  }

  private fn(fn: Func): string {
    if (fn.naked) return `${this.head(fn)} { typemetal_trap("assembly"); }`;
    const lines: string[] = [];
    const slots = new Map<string, bigint>();
    fn.blocks.forEach((block, index) => {
      if (index > 0) for (const param of block.params) lines.push(`  ${types[param.type!]} ${nameOf(param)} = 0;`);
      for (const value of block.body) {
        if (value.type && value.op !== "const") lines.push(`  ${types[value.type]} ${nameOf(value)} = 0;`);
        if (value.op === "slot") slots.set(value.symbol, value.imm);
      }
    });
    const slotNames = new Map([...slots.keys()].map((symbol, index) => [symbol, `slot${index}`]));
    for (const [symbol, size] of slots) lines.push(`  unsigned char ${slotNames.get(symbol)}[${size}] __attribute__((aligned(16))) = {0};`);
    for (const block of fn.blocks) {
      lines.push(` b${block.id}:;`);
      for (const value of block.body) {
        const text = this.value(value, slotNames);
        if (text) lines.push(`  ${text}`);
      }
      lines.push(`  ${this.end(block.end)}`);
    }
    return `${this.head(fn)} {\n${lines.join("\n")}\n}`;
  }

  private end(end: Func["blocks"][number]["end"]): string {
    switch (end.kind) {
      case "jump":
        return this.edge(end.edges[0]);
      case "branch":
        return `if (${operand(end.condition)}) { ${this.edge(end.edges[0])} } else { ${this.edge(end.edges[1])} }`;
      case "return": {
        const more = end.values.slice(1).map((value, index) => `further[${index + 1}] = ${word(value)}; `);
        return `{ ${types[end.values[0]?.type ?? "i64"]} result = ${end.values[0] ? operand(end.values[0]) : "0"}; ${more.join("")}return${end.values[0] ? " result" : ""}; }`;
      }
      case "trap":
        return `typemetal_trap(${JSON.stringify(end.reason)});`;
    }
  }

  private edge({ to, args }: Edge): string {
    const taken = args.map((arg, index) => `${types[arg.type!]} p${index} = ${operand(arg)}; `);
    const given = to.params.map((param, index) => `${nameOf(param)} = p${index}; `);
    return `{ ${taken.join("")}${given.join("")}goto b${to.id}; }`;
  }

  private address(symbol: string): string {
    const name = this.names.get(symbol);
    return name ? `(u64)(uintptr_t)&${name}` : "0";
  }

  private value(value: Value, slots: ReadonlyMap<string, string>): string {
    const [left, right] = value.args as [Value, Value];
    const result = value.type && value.op !== "const" ? `${nameOf(value)} = ` : "";
    const at = () => `(${operand(left)} + ${unsigned(value.imm, 64)})`;
    switch (value.op) {
      case "const":
      case "param":
        return "";
      case "global":
        return this.names.has(value.symbol) ? `${result}${this.address(value.symbol)} + ${unsigned(value.imm, 64)};` : `typemetal_trap(${JSON.stringify(value.symbol)});`;
      case "slot":
        return `${result}(u64)(uintptr_t)${slots.get(value.symbol)};`;
      case "load":
        return `${result}${value.memory === "s8" || value.memory === "s16" ? "(u32)(s32)" : ""}LOAD(${memories[value.memory]}, ${at()});`;
      case "store":
        return `STORE(${memories[value.memory]}, ${at()}, ${operand(right)});`;
      case "atomic":
        return this.atomic(value, at());
      case "check":
        return `if (!${operand(left)}) typemetal_trap(${JSON.stringify(value.reason)});`;
      case "call":
        return `${result}${this.names.get(value.symbol)}(${value.args.map(operand).join(", ")});`;
      case "callIndirect": {
        const args = value.args.slice(1);
        const type = `${value.type ? types[value.type] : "void"} (*)(${args.map((arg) => types[arg.type!]).join(", ")})`;
        return `${result}((${type})(uintptr_t)${operand(left)})(${args.map(operand).join(", ")});`;
      }
      case "result":
        return `${result}${fromWord(`further[${value.imm}]`, value.type!)};`;
      case "asm":
        return value.asm && isFence(value.asm) ? "" : 'typemetal_trap("assembly");';
      case "register":
        return 'typemetal_trap("assembly");';
      default:
        return `${result}${this.operation(value, left, right)};`;
    }
  }

  private atomic({ atomic, memory, args, type, id }: Value, at: string): string {
    const bits = memoryBytes[memory] * 8;
    const [, operandValue, desired] = args as [Value, Value, Value?];
    const old = `v${id}`;
    const next = {
      add: `${old} + ${operand(operandValue)}`,
      and: `${old} & ${operand(operandValue)}`,
      or: `${old} | ${operand(operandValue)}`,
      xor: `${old} ^ ${operand(operandValue)}`,
      swap: operand(operandValue),
      cas: `${old} == ${operand(operandValue)} ? ${desired ? operand(desired) : "0"} : ${old}`,
    }[atomic!];
    return `${old} = (${types[type!]})LOAD(u${bits}, ${at}); STORE(u${bits}, ${at}, ${next});`;
  }

  private operation({ op, type }: Value, left: Value, right: Value): string {
    const [a, b] = [operand(left), right ? operand(right) : ""];
    const from = left.type!;
    const own = types[from];
    const [sa, sb] = isFloat(from) ? [a, b] : [`(s${bitsOf(from)})${a}`, `(s${bitsOf(from)})${b}`];
    const count = `(${b} & ${bitsOf(from) - 1})`;
    const float = isFloat(type!) ? type! : from;
    switch (op) {
      case "add":
        return `${a} + ${b}`;
      case "sub":
        return `${a} - ${b}`;
      case "mul":
        return `${a} * ${b}`;
      case "and":
        return `${a} & ${b}`;
      case "or":
        return `${a} | ${b}`;
      case "xor":
        return `${a} ^ ${b}`;
      case "shl":
        return `${a} << ${count}`;
      case "shru":
        return `${a} >> ${count}`;
      case "shrs":
        return `(${own})(${sa} >> ${count})`;
      case "eq":
      case "feq":
        return `${a} == ${b}`;
      case "ne":
        return `${a} != ${b}`;
      case "lts":
        return `${sa} < ${sb}`;
      case "ges":
        return `${sa} >= ${sb}`;
      case "ltu":
      case "flt":
        return `${a} < ${b}`;
      case "geu":
        return `${a} >= ${b}`;
      case "fle":
        return `${a} <= ${b}`;
      case "sext8":
        return `(${own})(s${bitsOf(from)})(int8_t)${a}`;
      case "sext16":
        return `(${own})(s${bitsOf(from)})(int16_t)${a}`;
      case "zext8":
        return `(uint8_t)${a}`;
      case "zext16":
        return `(uint16_t)${a}`;
      case "sext":
        return `(u64)(s64)(s32)${a}`;
      case "zext":
        return `(u64)${a}`;
      case "trunc":
        return `(u32)${a}`;
      case "fadd":
        return `nan_${from}(${a} + ${b})`;
      case "fsub":
        return `nan_${from}(${a} - ${b})`;
      case "fmul":
        return `nan_${from}(${a} * ${b})`;
      case "fdiv":
        return `nan_${from}(${a} / ${b})`;
      case "fsqrt":
        return `nan_${from}(${from === "f32" ? "sqrtf" : "sqrt"}(${a}))`;
      case "fmin":
      case "fmax":
        return `${op.slice(1)}_${from}(${a}, ${b})`;
      case "fneg":
        return `from_${from}(to_${from}(${a}) ^ ${unsigned(1n << BigInt(bitsOf(from) - 1), bitsOf(from))})`;
      case "fabs":
        return `from_${from}(to_${from}(${a}) & ${unsigned((1n << BigInt(bitsOf(from) - 1)) - 1n, bitsOf(from))})`;
      case "fcopysign": {
        const sign = 1n << BigInt(bitsOf(from) - 1);
        return `from_${from}((to_${from}(${a}) & ${unsigned(sign - 1n, bitsOf(from))}) | (to_${from}(${b}) & ${unsigned(sign, bitsOf(from))}))`;
      }
      case "fpromote":
        return `nan_f64((double)${a})`;
      case "fdemote":
        return `nan_f32((float)${a})`;
      case "itofs":
        return `(${types[type!]})${sa}`;
      case "itofu":
        return `(${types[type!]})${a}`;
      case "ftois":
      case "ftoiu":
        return `${op === "ftois" ? "s" : "u"}${bitsOf(type!)}_${from}(${a})`;
      case "ftobits":
        return `to_${float}(${a})`;
      case "frombits":
        return `from_${float}(${a})`;
      default:
        if (!operationOf(op)) throw new Error(`no C for ${op}`);
        return `${op}_${own}(${a}, ${b})`;
    }
  }
}

const nameOf = ({ id }: Value) => `v${id}`;
const unsigned = (value: bigint, bits: number) => `${BigInt.asUintN(bits, value)}${bits === 64 ? "ull" : "u"}`;
function operand(value: Value): string {
  if (value.op !== "const") return nameOf(value);
  const bits = bitsOf(value.type!);
  const text = unsigned(value.imm, bits);
  return isFloat(value.type) ? `from_${value.type}(${text})` : text;
}
/// A further result travels as its bits.
const word = (value: Value) => (isFloat(value.type) ? `to_${value.type}(${operand(value)})` : operand(value));
const fromWord = (text: string, type: Type) => (isFloat(type) ? `from_${type}(${text})` : `(${types[type]})${text}`);

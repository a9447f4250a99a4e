// Every row of simplify's rules, exhaustively: with an i32 of 8 bits and an i64 of 16, each rule is applied to each
// operation that it names, with every constant, with operands that it looks into, and the result is compared with
// the operation itself for every value (every pair, where there are two).

import { expect, test } from "vitest";
import { bitsOf, evaluateOp, operations, withWidths, wrap, type Operation, type PureOp, type Type } from "../../../compiler/ir/ops.js";
import { newConst, newFunc, newValue, type Op, type Value } from "../../../compiler/ir/types.js";
import { rules, type Maker, type Rule } from "../../../compiler/passes/rules.js";
import { simplify } from "../../../compiler/passes/simplify.js";

const fn = newFunc("f", []);
const param = (type: Type) => newValue(fn, "param", type, []);
const constant = (type: Type, imm: bigint) => newConst(fn, type, imm);
const range = (bits: number) => Array.from({ length: 1 << bits }, (_, index) => BigInt.asIntN(bits, BigInt(index)));
const edges = [0n, 1n, 2n, 3n, 7n, 8n, 15n, 16n, 31n, 63n, 64n, 127n, -128n, -127n, -64n, -8n, -2n, -1n];

/// Constants of the operand that a rule looks into.
const inside = [0n, 1n, 3n, 7n, 12n, 127n, -128n, -1n];

/// Those around it.
const nested = new Set([...edges, 4n, 5n, 6n, 9n, 12n, 32n, 100n, -100n, 126n]);

const maker: Maker = {
  constant: (type, imm) => constant(type, wrap(type, imm)),
  make: (op, type, ...args) => simplified(newValue(fn, op, type, args)),
  makeGlobal: (symbol, imm) => simplified(newValue(fn, "global", "i64", [], { symbol, imm })),
};
const simplified = (value: Value) => simplify(value, maker) ?? value;

function applied(value: Value): { result: Value | undefined; rule: Rule | undefined } {
  let rule: Rule | undefined;
  const result = simplify(value, maker, (one) => (rule ??= one));
  return { result, rule };
}

/// What a value is, of what its parameters are.
type Row = readonly bigint[];
function evaluatorOf(value: Value, params: readonly Value[]): (row: Row) => bigint {
  const index = params.indexOf(value);
  if (index >= 0) return (row) => row[index]!;
  const { op, type, imm } = value;
  if (op === "const") return () => imm;
  const [from] = value.args.map((arg) => arg.type!);
  const [a, b] = value.args.map((arg) => evaluatorOf(arg, params));
  return b ? (row) => evaluateOp(op as PureOp, from!, type!, a!(row), b(row)) : (row) => evaluateOp(op as PureOp, from!, type!, a!(row), 0n);
}

const seen = new Set<Rule>();
/// The result equals the operation for all of these values of its parameters.
function compare(make: () => Value, params: readonly Value[], values: readonly Row[], except?: Rule): void {
  const original = make();
  const { result, rule } = applied(make());
  if (!result || !rule || rule === except) return;
  seen.add(rule);
  const [before, after] = [evaluatorOf(original, params), evaluatorOf(result, params)];
  for (const row of values) {
    const [expected, found] = [before(row), after(row)];
    if (expected !== found) throw new Error(`${rule.name}: ${original.op}(${original.args.map(({ op, imm, args }) => `${op} ${args.map((arg) => arg.imm)} ${imm}`)}) of ${row} is ${expected}, and was made ${found}`);
  }
}

const rowOf = (op: Op) => (operations as Record<string, Operation>)[op]!;
const typesOf = (op: Op): Type[] => (rowOf(op).operands === undefined || rowOf(op).operands === "integer" ? ["i32", "i64"] : [rowOf(op).operands as Type]);
const resultType = (op: Op, type: Type): Type => (rowOf(op).result === "same" ? type : (rowOf(op).result as Type));
const isInteger = (op: Op) => !["float", "f32", "f64"].includes(String(rowOf(op).operands)) && !["float", "f32", "f64"].includes(String(rowOf(op).result));
const ruled = [...new Set(rules.flatMap(({ ops }) => ops))].filter(isInteger);
const inner = (Object.keys(operations) as PureOp[]).filter(isInteger);
/// While an i32 is one.
const isByte = (type: Type) => type === "i32";
const isWide = (op: Op) => /^[sz]ext(8|16)$/.test(op);

test("every rule of integers, for all values of 8 bits", () => {
  withWidths({ i32: 8, i64: 16 }, () => {
    const all = range(8);
    const pairs = all.flatMap((x) => all.map((y) => [x, y]));
    const single = all.map((x) => [x]);
    for (const op of ruled.filter((op) => !isWide(op))) {
      for (const type of typesOf(op)) {
        const [x, y] = [param(type), param(type)];
        const result = resultType(op, type);
        const values = isByte(type) ? single : [...single, ...edges.map((edge) => [edge * 256n + 5n])];
        if (rowOf(op).arity === 1) {
          for (const within of inner.filter((one) => !isWide(one)))
            for (const from of typesOf(within).filter((one) => resultType(within, one) === type))
              for (const d of rowOf(within).arity === 1 ? [0n] : edges) {
                const source = param(from);
                const wide = isByte(from) ? single : range(16).filter((_, index) => index % 61 === 0).map((one) => [one]);
                const left = newValue(fn, within, type, rowOf(within).arity === 1 ? [source] : [source, constant(from, d)]);
                compare(() => newValue(fn, op, result, [left]), [source], wide);
              }
          for (const within of ["and", "shru", "zext8"] as const)
            for (const d of inside) {
              if (rowOf(op).operands !== "i32") continue;
              const source = param("i64");
              const lost = newValue(fn, "trunc", "i32", [newValue(fn, within, "i64", within === "zext8" ? [source] : [source, constant("i64", d)])]);
              compare(() => newValue(fn, op, result, [lost]), [source], range(16).filter((_, index) => index % 7 === 0).map((one) => [one]));
              }
          continue;
        }
        compare(() => newValue(fn, op, result, [x, x]), [x], values);
        if (type === "i32") compare(() => newValue(fn, op, result, [x, y]), [x, y], pairs);
        for (const c of isByte(type) ? all : edges) {
          const plain = () => newValue(fn, op, result, [x, constant(type, c)]);
          compare(plain, [x], values);
          if (edges.includes(c)) compare(() => newValue(fn, op, result, [constant(type, c), x]), [x], values);
          const { rule } = applied(plain());
          if (!nested.has(c)) continue;
          for (const within of inner.filter((one) => !isWide(one)))
            for (const from of typesOf(within).filter((one) => resultType(within, one) === type))
              for (const d of rowOf(within).arity === 1 ? [0n] : inside) {
                const source = param(from);
                const left = newValue(fn, within, type, rowOf(within).arity === 1 ? [source] : [source, constant(from, d)]);
                compare(() => newValue(fn, op, result, [left, constant(type, c)]), [source], single, rule);
              }
        }
      }
    }
  });
});

test("extensions of bytes, for all values of 16 bits", () => {
  withWidths({ i32: 16, i64: 32 }, () => {
    const values = range(16).filter((_, index) => index < 600 || index % 61 === 0).map((x) => [x]);
    for (const op of ["zext8", "sext8"] as const)
      for (const within of inner)
        for (const d of rowOf(within).arity === 1 ? [0n] : [...edges, 255n, 256n, 511n]) {
          if (typesOf(within)[0] !== "i32" || resultType(within, "i32") !== "i32") continue;
          const source = param("i32");
          const left = newValue(fn, within, "i32", rowOf(within).arity === 1 ? [source] : [source, constant("i32", d)]);
          compare(() => newValue(fn, op, "i32", [left]), [source], values);
        }
  });
});

test("extensions in what is extended, for values of 16 bits that differ above the byte", () => {
  withWidths({ i32: 16, i64: 32 }, () => {
    const few = range(16).filter((_, index) => index % 331 === 0 || index < 6 || (index > 0xfc && index < 0x104)).map((x) => [x]);
    const pairs = few.flatMap(([x]) => edges.map((y) => [x!, y * 3n]));
    for (const op of ["zext8", "sext8"] as const)
      for (const within of inner.filter((one) => rowOf(one).arity === 2 && resultType(one, "i32") === "i32"))
        for (const extension of ["zext8", "sext8", "zext16", "sext16"] as const) {
          const [x, y] = [param("i32"), param("i32")];
          const extended = (value: Value) => newValue(fn, extension, "i32", [value]);
          compare(() => newValue(fn, op, "i32", [newValue(fn, within, "i32", [extended(x), y])]), [x, y], pairs);
          compare(() => newValue(fn, op, "i32", [newValue(fn, within, "i32", [x, extended(y)])]), [x, y], pairs);
        }
  });
});

test("a store's value loses what the store does not keep, and no more", () => {
  for (const [memory, bits] of [["u8", 8], ["s16", 16], ["i32", 32]] as const)
    for (const extension of ["zext8", "sext16"] as const)
      for (const within of ["add", "shl", "shru", "divu"] as const) {
        const [address, x] = [param("i64"), param("i32")];
        const sum = newValue(fn, within, "i32", [newValue(fn, extension, "i32", [x]), constant("i32", 3n)]);
        const store = newValue(fn, "store", undefined, [address, sum], { memory });
        simplify(store, maker);
        for (const value of [0x1234_89f0n, -1n, 0x80n, 0xff7fn])
          expect([extension, within, memory, wrapTo(bits, evaluatorOf(store.args[1]!, [x])([value]))]).toEqual([extension, within, memory, wrapTo(bits, evaluatorOf(sum, [x])([value]))]);
        expect(store.args[1] === sum).toBe(bits > Number(extension.slice(4)) || within === "shru" || within === "divu");
      }
});
const wrapTo = (bits: number, value: bigint) => BigInt.asUintN(bits, value);

test("floats and 16-bit extensions, for values of the whole width", () => {
  const patterns = [...edges, ...range(8).map((x) => x << 55n), ...range(8).map((x) => (x << 23n) | 5n), 0x7ff8_0000_0000_0001n, 0x7fc0_0001n];
  for (const [op, within, from] of [["ftobits", "frombits", "i32"], ["frombits", "ftobits", "f32"], ["fneg", "fneg", "f64"]] as const) {
    const source = param(from);
    const type = ({ ftobits: "f32", frombits: "i32", fneg: "f64" } as const)[op];
    const left = newValue(fn, within, type, [source]);
    compare(() => newValue(fn, op, from, [left]), [source], patterns.map((bits) => [BigInt.asIntN(bitsOf(from), bits)]));
  }
  const f = param("f64");
  compare(() => newValue(fn, "fcopysign", "f64", [f, f]), [f], patterns.map((bits) => [bits]));
  for (const op of ["zext16", "sext16"] as const)
    for (const d of [0x7fffn, 0xffffn, 0x1_0000n]) {
      const source = param("i32");
      const left = newValue(fn, "and", "i32", [source, constant("i32", d)]);
      compare(() => newValue(fn, op, "i32", [left]), [source], range(16).flatMap((x) => [[x], [x | 0x1234_0000n]]));
    }
});

test("no rule was left out", () => {
  // Addresses have no value here.
  expect(rules.filter((rule) => !seen.has(rule)).map(({ name }) => name)).toEqual(["symbol + c"]);
});

test("a wrong rule is found", () => {
  const rule = rules.find(({ name }) => name === "x % 2^n")!;
  const broken: Rule = { ...rule, apply: ({ type, left, imm }, { constant, make }) => make("and", type, left, constant(type, imm)) };
  withWidths({ i32: 8, i64: 16 }, () => {
    const x = param("i32");
    const value = newValue(fn, "remu", "i32", [x, constant("i32", 8n)]);
    const wrong = broken.apply({ value, type: "i32", left: x, right: value.args[1]!, imm: 8n }, maker)!;
    const [before, after] = [evaluatorOf(value, [x]), evaluatorOf(wrong, [x])];
    expect(range(8).some((n) => before([n]) !== after([n]))).toBe(true);
  });
});

// RV64F and RV64D: one set of rows for both formats. ISA manual, volume I,
// chapters 20 and 21.
//
// Engines check mstatus.FS for every row that has an FP operand, and make it
// dirty for those that write one or set flags; and with a reserved mode in frm
// they leave. So rows say nothing about either.
//
// Host arithmetic gives most results (`m.rounded`); the float functions of
// emulator/cpu/float give the others, and all flags. A single in a register is
// boxed: its upper half is all ones, or else it reads as a NaN.

import type { FloatFunction, FloatSuffix } from "./float-functions.js";
import type { Destination, Machine } from "./machine.js";
import type { OperandValues } from "./operand.js";
import { type Row, row } from "./row.js";
import { F32, F64, I32, I64, select } from "./value.js";

type RegisterRegister = Pick<OperandValues, "frd" | "frs1" | "frs2" | "frs3" | "rm" | "rd" | "rs1">;
type Meaning = (operands: RegisterRegister, m: Machine, format: Format) => void;

/// What both formats have in common.
interface Format {
  readonly suffix: FloatSuffix;
  read(m: Machine, register: F64): F32 | F64;
  write(frd: Destination<F64>, value: F32 | F64): void;
  /// With these bits changed: the sign, if nothing else is said.
  flip(value: F32 | F64, bits?: I64): F32 | F64;
}

const formats: Readonly<Record<FloatSuffix, Format>> = {
  s: {
    suffix: "s", read: unboxed,
    write: (frd, value) => frd.set(boxed(value as F32)),
    flip: (value, bits = I64.of(SIGN_S)) => (value as F32).bits().xor(bits.wrap()).asF32(),
  },
  d: {
    suffix: "d", read: (_, register) => register,
    write: (frd, value) => frd.set(value as F64),
    flip: (value, bits = I64.of(SIGN_D)) => (value as F64).bits().xor(bits).asF64(),
  },
};

/// The sign bits; -2^63 is exact as a number, as every power of two is.
const SIGN_S = -(2 ** 31);
const SIGN_D = -(2 ** 63);

function rowsOf(suffix: FloatSuffix, fmt: string): Row[] {
  const format = formats[suffix];
  const define = (text: string, bits: string, meaning: Meaning) =>
    row(text.replace(/^\S+/, `$&.${suffix}`), bits.replace("fmt", fmt) as "frs1 frs2 frs3 rm rs1 rd frd", (operands, m) => meaning(operands as RegisterRegister, m, format));
  const arithmetic = (name: string, funct5: string, meaning: Meaning) => define(`${name} frd, frs1, frs2, rm`, `${funct5} fmt frs2 frs1 rm!=5,6 frd 1010011`, meaning);
  const register = (name: string, funct5: string, funct3: string, meaning: Meaning) => define(`${name} frd, frs1, frs2`, `${funct5} fmt frs2 frs1 ${funct3} frd 1010011`, meaning);
  const fused = (name: string, opcode: string, product: boolean, added: boolean) => define(`${name} frd, frs1, frs2, frs3, rm`, `frs3 fmt frs2 frs1 rm!=5,6 frd ${opcode}`, fma(product, added));
  const compare = (name: string, funct3: string, relation: "eq" | "lt" | "le") => define(`${name} rd, frs1, frs2`, `10100 fmt frs2 frs1 ${funct3} rd 1010011`, comparison(relation));
  const toInteger = (kind: string, field: string, limit: readonly [number, number]) =>
    row(`fcvt.${kind.toLowerCase()}.${suffix} rd, frs1, rm`, `11000 ${fmt} ${field} frs1 rm!=5,6 rd 1010011` as "frs1 rm rd", (operands, m) => conversion(`to${kind}.${suffix}` as FloatFunction, limit)(operands as RegisterRegister, m, format));
  const fromInteger = (kind: string, field: string, meaning: Meaning) =>
    row(`fcvt.${suffix}.${kind} frd, rs1, rm`, `11010 ${fmt} ${field} rs1 rm!=5,6 frd 1010011` as "rs1 rm frd", (operands, m) => meaning(operands as RegisterRegister, m, format));
  return [
    fused("fmadd",  "1000011", false, false),
    fused("fmsub",  "1000111", false, true),
    fused("fnmsub", "1001011", true,  false),
    fused("fnmadd", "1001111", true,  true),
    arithmetic("fadd",  "00000", two("sum", "add", (a, b) => a.add(b))),
    arithmetic("fsub",  "00001", two("sum", "add", (a, b) => a.sub(b), true)),
    arithmetic("fmul",  "00010", two("product", "mul", (a, b) => a.mul(b))),
    arithmetic("fdiv",  "00011", two("product", "div", (a, b) => a.div(b))),
    define("fsqrt frd, frs1, rm", "01011 fmt 00000 frs1 rm!=5,6 frd 1010011", ({ frd, frs1, rm }, m, { read, write }) => {
      const a = read(m, frs1);
      write(frd, m.rounded("sum", a.sqrt(), { name: `sqrt.${suffix}`, operands: [a], rm }));
    }),
    register("fsgnj",  "00100", "000", sign((a, b) => a.copysign(b))),
    register("fsgnjn", "00100", "001", sign((a, b) => a.copysign(b.neg()))),
    register("fsgnjx", "00100", "010", ({ frd, frs1, frs2 }, m, { read, write, flip }) => {
      const b = read(m, frs2);
      write(frd, flip(read(m, frs1), b instanceof F32 ? b.bits().and(SIGN_S).extendU() : b.bits().and(SIGN_D)));
    }),
    register("fmin",   "00101", "000", extreme("min")),
    register("fmax",   "00101", "001", extreme("max")),
    compare("feq", "010", "eq"),
    compare("flt", "001", "lt"),
    compare("fle", "000", "le"),
    define("fclass rd, frs1", "11100 fmt 00000 frs1 001 rd 1010011", ({ rd, frs1 }, m, { read }) => rd.set(m.exact(I64, { name: `class.${suffix}`, operands: [read(m, frs1)], rm: I64.of(0) }))),
    toInteger("W",  "00000", [-(2 ** 31) - 1, 2 ** 31]),
    toInteger("WU", "00001", [-1, 2 ** 32]),
    toInteger("L",  "00010", [-(2 ** 63) - 2 ** 11, 2 ** 63]),
    toInteger("LU", "00011", [-1, 2 ** 63]),
    fromInteger("w",  "00000", ({ frd, rs1, rm }, m, format) => exactlyConverted(frd, rs1.extend32S(), rm, m, format)),
    fromInteger("wu", "00001", ({ frd, rs1, rm }, m, format) => exactlyConverted(frd, rs1.and(0xffff_ffff), rm, m, format)),
    fromInteger("l",  "00010", ({ frd, rs1, rm }, m, format) => converted(frd, rs1, rm, m, format, true)),
    fromInteger("lu", "00011", ({ frd, rs1, rm }, m, format) => converted(frd, rs1, rm, m, format, false)),
  ];
}

type Arithmetic = { add(b: unknown): F32 | F64; sub(b: unknown): F32 | F64; mul(b: unknown): F32 | F64; div(b: unknown): F32 | F64 };

function two(kind: "sum" | "product", name: "add" | "mul" | "div", host: (a: Arithmetic, b: F32 | F64) => F32 | F64, negatesSecond = false): Meaning {
  return ({ frd, frs1, frs2, rm }, m, { suffix, read, write, flip }) => {
    const a = read(m, frs1), b = read(m, frs2);
    write(frd, m.rounded(kind, host(a as Arithmetic, b), { name: `${name}.${suffix}`, operands: [a, negatesSecond ? flip(b) : b], rm }));
  };
}

function fma(negatesProduct: boolean, negatesAddend: boolean): Meaning {
  return ({ frd, frs1, frs2, frs3, rm }, m, { suffix, read, write, flip }) => {
    const a = read(m, frs1), b = read(m, frs2), c = read(m, frs3);
    write(frd, m.exact<F32 | F64>(suffix === "s" ? F32 : F64, { name: `fma.${suffix}`, operands: [negatesProduct ? flip(a) : a, b, negatesAddend ? flip(c) : c], rm }));
  };
}

function sign(host: <V extends { copysign(b: V): V; neg(): V }>(a: V, b: V) => V): Meaning {
  return ({ frd, frs1, frs2 }, m, { read, write }) => {
    const a = read(m, frs1), b = read(m, frs2);
    write(frd, a instanceof F32 ? host(a, b as F32) : host(a, b as F64));
  };
}

function extreme(choice: "min" | "max"): Meaning {
  return ({ frd, frs1, frs2 }, m, { suffix, read, write }) => {
    const a = read(m, frs1), b = read(m, frs2);
    const result = m.let((a as F64)[choice](b as F64) as F32 | F64);
    write(frd, m.unless((result as F64).ne(result as F64), result, { name: `${choice}.${suffix}`, operands: [a, b], rm: I64.of(0) }));
  };
}

function comparison(relation: "eq" | "lt" | "le"): Meaning {
  return ({ rd, frs1, frs2 }, m, { suffix, read }) => {
    const a = read(m, frs1) as F64, b = read(m, frs2) as F64;
    const unordered = a.ne(a).or(b.ne(b));
    rd.set(m.unless(unordered, a[relation](b).extendU(), { name: `${relation}.${suffix}`, operands: [a, b], rm: I64.of(0) }));
  };
}

/// Between the limits host arithmetic does, where what it rounds away is nothing or need not be flagged.
function conversion(name: FloatFunction, [low, high]: readonly [number, number]): Meaning {
  return ({ rd, frs1, rm }, m, { read }) => {
    const a = read(m, frs1);
    const wide = m.let(a instanceof F32 ? a.promote() : a);
    const whole = m.let(roundedBy(rm, wide));
    const isPlain = whole.lt(F64.of(high)).and(F64.of(low).lt(whole)).and(m.roundsToNearest().or(whole.eq(wide)));
    const doubtful = rm.constant === undefined ? isPlain.and(rm.eq(TOWARD_ZERO)).eqz() : isPlain.eqz();
    const integer = select(doubtful, F64.of(0), whole).truncS();
    rd.set(m.unless(m.let(doubtful), /W/.test(name) ? integer.extend32S() : integer, { name, operands: [a], rm }));
  };
}

const TOWARD_ZERO = 1;

/// By the mode that the instruction names, which is toward zero where it is not known yet. To nearest, away from zero: no mode of WebAssembly's.
function roundedBy(rm: I64, value: F64): F64 {
  switch (rm.constant) {
    case undefined: case TOWARD_ZERO: return value.trunc();
    case 2: return value.floor();
    case 3: return value.ceil();
    case 4: return select(value.eq(value.trunc()), value, F64.of(Number.NaN));
    default: return value.nearest();
  }
}

/// Every 32-bit integer is a double.
function exactlyConverted(frd: Destination<F64>, integer: I64, rm: I64, m: Machine, format: Format): void {
  if (format.suffix === "d") frd.set(integer.convertS());
  else converted(frd, integer, rm, m, format, true);
}

function converted(frd: Destination<F64>, integer: I64, rm: I64, m: Machine, { suffix, write }: Format, signed: boolean): void {
  const value = m.let(integer);
  const host = suffix === "s" ? (signed ? value.convertF32S() : value.convertF32U()) : signed ? value.convertS() : value.convertU();
  write(frd, m.rounded("sum", host, { name: `from${signed ? "L" : "LU"}.${suffix}` as FloatFunction, operands: [value], rm }));
}

function unboxed(m: Machine, register: F64): F32 {
  const bits = m.let(register.bits());
  return m.let(select(bits.shrU(32).eq(0xffff_ffff), bits.wrap(), I32.of(0x7fc0_0000)).asF32());
}

function boxed(value: F32): F64 { return box(value.bits().extendU()); }
function box(low: I64): F64 { return low.or(-(2 ** 32)).asF64(); }

export const rv64f: readonly Row[] = [
  row("flw       frd, imm(rs1)",       "imm[11:0]         rs1  010 frd      0000111", ({ frd, rs1, imm }, m) => frd.set(box(m.load("u32", rs1.add(imm))))),
  row("fsw       frs2, imm(rs1)",      "imm[11:5]    frs2 rs1  010 imm[4:0] 0100111", ({ rs1, frs2, imm }, m) => m.store("32", rs1.add(imm), frs2.bits())),
  row("fmv.x.w   rd, frs1",            "1110000     00000 frs1 000 rd       1010011", ({ rd, frs1 }) => rd.set(frs1.bits().extend32S())),
  row("fmv.w.x   frd, rs1",            "1111000     00000 rs1  000 frd      1010011", ({ frd, rs1 }) => frd.set(box(rs1))),
  ...rowsOf("s", "00"),
];

export const rv64d: readonly Row[] = [
  row("fld       frd, imm(rs1)",       "imm[11:0]         rs1  011 frd      0000111", ({ frd, rs1, imm }, m) => frd.set(m.load("u64", rs1.add(imm)).asF64())),
  row("fsd       frs2, imm(rs1)",      "imm[11:5]    frs2 rs1  011 imm[4:0] 0100111", ({ rs1, frs2, imm }, m) => m.store("64", rs1.add(imm), frs2.bits())),
  row("fmv.x.d   rd, frs1",            "1110001     00000 frs1 000 rd       1010011", ({ rd, frs1 }) => rd.set(frs1.bits())),
  row("fmv.d.x   frd, rs1",            "1111001     00000 rs1  000 frd      1010011", ({ frd, rs1 }) => frd.set(rs1.asF64())),
  ...rowsOf("d", "01"),
  row("fcvt.s.d  frd, frs1, rm",       "0100000     00001 frs1 rm!=5,6 frd  1010011", ({ frd, frs1, rm }, m) => frd.set(boxed(m.rounded("product", frs1.demote(), { name: "narrow", operands: [frs1], rm })))),
  row("fcvt.d.s  frd, frs1, rm",       "0100001     00000 frs1 rm!=5,6 frd  1010011", ({ frd, frs1, rm }, m) => {
    const single = unboxed(m, frs1);
    frd.set(m.unless(single.ne(single), single.promote(), { name: "widen", operands: [single], rm }));
  }),
];

// The IR's operations that WebAssembly has as they are, by the operands' type.

import type { Type } from "../ir/ops.js";
import type { MemoryType } from "../ir/types.js";

export const valueTypes: Readonly<Record<Type, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/// Of i32 and i64, or of f32 and f64.
export const simple = {
  add: [0x6a, 0x7c],
  sub: [0x6b, 0x7d],
  mul: [0x6c, 0x7e],
  and: [0x71, 0x83],
  or: [0x72, 0x84],
  xor: [0x73, 0x85],
  shl: [0x74, 0x86],
  shrs: [0x75, 0x87],
  shru: [0x76, 0x88],
  eq: [0x46, 0x51],
  ne: [0x47, 0x52],
  lts: [0x48, 0x53],
  ltu: [0x49, 0x54],
  ges: [0x4e, 0x59],
  geu: [0x4f, 0x5a],
  sext8: [0xc0, 0xc2],
  sext16: [0xc1, 0xc3],
  fabs: [0x8b, 0x99],
  fneg: [0x8c, 0x9a],
  fcopysign: [0x98, 0xa6],
  feq: [0x5b, 0x61],
  flt: [0x5d, 0x63],
  fle: [0x5f, 0x65],
  ftobits: [0xbc, 0xbd],
  frombits: [0xbe, 0xbf],
} as const satisfies Record<string, readonly [number, number]>;
export const simpleOf = (op: string): readonly [number, number] | undefined => (simple as Record<string, readonly [number, number]>)[op];
/// As above; a NaN that they make is not RISC-V's yet.
export const arithmetic: Readonly<Record<string, readonly [number, number]>> = {
  fadd: [0x92, 0xa0],
  fsub: [0x93, 0xa1],
  fmul: [0x94, 0xa2],
  fdiv: [0x95, 0xa3],
  fsqrt: [0x91, 0x9f],
  fpromote: [0xbb, 0xbb],
  fdemote: [0xb6, 0xb6],
};
export const minimum = { fmin: [0x96, 0xa4], fmax: [0x97, 0xa5] } as const;
export const division = { divs: [0x6d, 0x7f], divu: [0x6e, 0x80], rems: [0x6f, 0x81], remu: [0x70, 0x82] } as const;
export const notEqual = { f32: 0x5c, f64: 0x62 } as const;

/// Between integers and floats: by the operand's type and the result's.
export const toFloat: Readonly<Record<string, number>> = {
  "itofs i32 f32": 0xb2,
  "itofu i32 f32": 0xb3,
  "itofs i64 f32": 0xb4,
  "itofu i64 f32": 0xb5,
  "itofs i32 f64": 0xb7,
  "itofu i32 f64": 0xb8,
  "itofs i64 f64": 0xb9,
  "itofu i64 f64": 0xba,
};
/// The second byte after the prefix of the saturating conversions.
export const toInteger: Readonly<Record<string, number>> = {
  "ftois f32 i32": 0,
  "ftoiu f32 i32": 1,
  "ftois f64 i32": 2,
  "ftoiu f64 i32": 3,
  "ftois f32 i64": 4,
  "ftoiu f32 i64": 5,
  "ftois f64 i64": 6,
  "ftoiu f64 i64": 7,
};

export const loads: Readonly<Record<MemoryType, number>> = {
  u8: 0x2d,
  s8: 0x2c,
  u16: 0x2f,
  s16: 0x2e,
  i32: 0x28,
  i64: 0x29,
  f32: 0x2a,
  f64: 0x2b,
};
export const stores: Readonly<Record<MemoryType, number>> = {
  u8: 0x3a,
  s8: 0x3a,
  u16: 0x3b,
  s16: 0x3b,
  i32: 0x36,
  i64: 0x37,
  f32: 0x38,
  f64: 0x39,
};
export const code = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i64Eqz: 0x50,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
  truncSaturating: 0xfc,
  noType: 0x40,
} as const;

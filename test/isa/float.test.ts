// The float unit against rational numbers: every function, every rounding mode,
// with flags, on random and edge operands.

import { expect, test } from "vitest";
import { FCSR } from "../../emulator/cpu/float/body.js";
import { FAST_LIMIT_D, FAST_LIMIT_S } from "../../emulator/cpu/float/limits.js";
import { emitFloatUnit } from "../../emulator/cpu/float/unit.js";
import { State } from "../../emulator/cpu/layout.js";
import { floatFunctions, type FloatFunction, type FloatKind, floatSignature } from "../../emulator/isa/float-functions.js";
import * as reference from "./float-reference.js";
import { xorshift } from "./random.js";

const { single, double } = reference;
const memory = new WebAssembly.Memory({ initial: 1 });
const view = new DataView(memory.buffer);
const unit = new WebAssembly.Instance(new WebAssembly.Module(emitFloatUnit()), { env: { memory } }).exports as Record<string, (...values: (number | bigint)[]) => number | bigint>;
const cases = Number(process.env.CASES ?? 300);

/// By name and operands: bits and flags.
function expected(name: FloatFunction, [x = 0n, y = 0n, z = 0n]: bigint[], mode: number): { bits: bigint; flags: number } {
  if (name === "narrow") return reference.convert(double, single, x, mode);
  if (name === "widen") return reference.convert(single, double, x, mode);
  const [operation = "", suffix] = name.split(".");
  const format = suffix === "s" ? single : double;
  const register = ({ value, flags }: { value: bigint; flags: number }, bits = 64) => ({ bits: BigInt.asUintN(64, BigInt.asIntN(bits, value)), flags });
  switch (operation) {
    case "add": return reference.add(format, x, y, mode);
    case "mul": return reference.mul(format, x, y, mode);
    case "div": return reference.div(format, x, y, mode);
    case "sqrt": return reference.sqrt(format, x, mode);
    case "fma": return reference.fma(format, x, y, z, mode);
    case "min": case "max": return reference.extreme(format, operation, x, y);
    case "eq": case "lt": case "le": return register(reference.compare(format, operation, x, y));
    case "toW": return register(reference.toInteger(format, x, -(1n << 31n), (1n << 31n) - 1n, mode), 32);
    case "toWU": return register(reference.toInteger(format, x, 0n, (1n << 32n) - 1n, mode), 32);
    case "toL": return register(reference.toInteger(format, x, -(1n << 63n), (1n << 63n) - 1n, mode));
    case "toLU": return register(reference.toInteger(format, x, 0n, (1n << 64n) - 1n, mode));
    case "fromL": return reference.fromInteger(format, BigInt.asIntN(64, x), mode);
    case "fromLU": return reference.fromInteger(format, x, mode);
    case "class": return { bits: classOf(format, x), flags: 0 };
    default: throw new Error(name);
  }
}

function classOf(format: reference.Format, bits: bigint): bigint {
  const real = reference.read(format, bits);
  if (real.kind === "nan") return real.signalling ? 256n : 512n;
  if (real.kind === "infinite") return real.negative ? 1n : 128n;
  const isNormal = (bits >> format.fraction & ((1n << format.exponent) - 1n)) !== 0n;
  const order = real.n === 0n ? 3 : isNormal ? 1 : 2;
  return 1n << BigInt(real.negative ? order : 7 - order);
}

const random = xorshift(0xf10a7);
const edges: Record<FloatKind, readonly bigint[]> = {
  s: [0n, 0x3f80_0000n, 0x7f80_0000n, 0x7fc0_0000n, 0x7f80_0001n, 1n, 0x007f_ffffn, 0x0080_0000n, 0x0080_0001n, 0x7f7f_ffffn, 0x4f00_0000n, 0x4eff_ffffn, 0x5f00_0000n, 0x5f7f_ffffn, 0x3f00_0000n, 0x3fc0_0000n, 0x3eff_ffffn, 0x4b80_0001n],
  d: [0n, 0x3ff0n << 48n, 0x7ff0n << 48n, 0x7ff8n << 48n, (0x7ff0n << 48n) + 1n, 1n, (1n << 52n) - 1n, 1n << 52n, (1n << 52n) + 1n, (0x7ff0n << 48n) - 1n, 0x41e0n << 48n, 0x43e0n << 48n, 0x43f0n << 48n, (0x43e0n << 48n) - 1n, 0x3fe0n << 48n, 0x3ff8n << 48n, 0x380fn << 48n, 0x47ef_ffff_f000_0000n, 0x3810n << 48n, 0x36a0n << 48n, 0x41df_ffff_ffe0_0000n],
  x: [0n, 1n, (1n << 24n) + 1n, (1n << 53n) + 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, 0xffff_ffff_8000_0000n],
};

function operand(kind: FloatKind): bigint {
  const choice = random() >>> 0;
  const [fraction, exponent] = kind === "s" ? [23n, 8n] : [52n, 11n];
  const raw = (BigInt(random() >>> 0) << 32n) | BigInt(random() >>> 0);
  if (kind === "x") return choice & 1 ? (edges.x[(choice >>> 2) % edges.x.length] as bigint) : raw >> BigInt((choice >>> 1) & 63);
  const sign = BigInt((choice >>> 31) & 1) << (fraction + exponent);
  if ((choice & 3) === 0) return (edges[kind][(choice >>> 2) % edges[kind].length] as bigint) | sign;
  if ((choice & 3) === 1) return BigInt.asUintN(Number(fraction + exponent) + 1, raw);
  // Close to one another, with few bits, so that sums cancel and halves occur.
  const middle = (1n << (exponent - 1n)) - 1n + BigInt(((choice >>> 4) & 63) - 32);
  const bits = BigInt.asUintN(Number(fraction), raw) >> BigInt((choice >>> 10) & 31) << BigInt((choice >>> 10) & 31);
  return sign | (middle << fraction) | bits;
}

test.each(floatFunctions)("%s", (name) => {
  const { operands, result } = floatSignature(name);
  const run = unit[name] as (typeof unit)[string];
  const wrong: string[] = [];
  for (let index = 0; index < cases && wrong.length < 5; index++) {
    const values = operands.map(operand);
    if (values.length > 1 && (random() & 15) === 0) values[1] = (values[0] as bigint) ^ (random() & 1 ? 0n : 1n << (operands[0] === "s" ? 31n : 63n));
    for (const mode of [0, 1, 2, 3, 4]) {
      const want = expected(name, values, mode);
      // Once by the instruction's own mode; once by the dynamic one, where inexact is set and host arithmetic may do.
      for (const [rm, fcsr] of [[mode, 0], [7, (mode << 5) | 1]] as const) {
        view.setUint32(FCSR, fcsr, true);
        const settled = fcsr === 1;
        view.setInt32(State.floatLimitS, settled ? FAST_LIMIT_S : 0, true);
        view.setBigInt64(State.floatLimitD, settled ? BigInt(FAST_LIMIT_D) : 0n, true);
        const got = BigInt.asUintN(result === "s" ? 32 : 64, BigInt(run(...operands.map((kind, at) => (kind === "s" ? Number(values[at]) : (values[at] as bigint))), rm, 0)));
        const flags = view.getUint32(FCSR, true) & 31;
        if (got !== want.bits || flags !== (want.flags | (fcsr & 1))) wrong.push(`${values.map((value) => value.toString(16)).join(" ")} mode ${mode} rm ${rm}: ${got.toString(16)} flags ${flags}, wanted ${want.bits.toString(16)} flags ${want.flags}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

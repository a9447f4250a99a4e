// Floats as decimal text: the fewest digits that read back as the same number (Steele and White, 1990), in the
// form that JavaScript writes them. Exact, with integers of as many bits as the exponent asks for.
import { printText, printUnsigned } from "./console.js";

const LIMBS = 40;
/// Little-endian, of 1280 bits: the largest here is 10^309 times a few.
class Big {
  limbs: Arr<u32, 40>;
}

function multiply(big: Ptr<Big>, by: u64): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < LIMBS; i++) {
    carry += u64(big.limbs[i]) * by;
    big.limbs[i] = u32(carry);
    carry = carry >>> 32;
  }
}

function shiftLeft(big: Ptr<Big>, bits: u64): void {
  for (let rest = bits; rest > 0; ) {
    const step: u64 = rest < 31 ? rest : 31;
    multiply(big, u64(1) << step);
    rest -= step;
  }
}

/// -1, 0 or 1 as a + b is less than, equal to or more than c.
function compareSum(a: Ptr<Big>, b: Ptr<Big>, c: Ptr<Big>): i64 {
  let borrow: i64 = 0;
  let isEqual = true;
  // Upwards: the last difference decides the sign, and any difference that they are not equal.
  for (let i: usize = 0; i < LIMBS; i++) {
    const sum = i64(a.limbs[i]) + i64(b.limbs[i]) - i64(c.limbs[i]) + borrow;
    if (u32(sum) !== 0) isEqual = false;
    borrow = sum >> 32;
  }
  return borrow < 0 ? -1 : isEqual && borrow === 0 ? 0 : 1;
}

/// a -= b, which is not more than a.
function subtract(a: Ptr<Big>, b: Ptr<Big>): void {
  let borrow: i64 = 0;
  for (let i: usize = 0; i < LIMBS; i++) {
    const difference = i64(a.limbs[i]) - i64(b.limbs[i]) + borrow;
    a.limbs[i] = u32(difference);
    borrow = difference >> 32;
  }
}

/// Writes the digits of significand * 2^exponent; how many, and where the point is: the number is 0.DIGITS * 10^point.
function findDigits(significand: u64, exponent: i64, isBoundary: boolean, digits: u8[]): [usize, i64] {
  const [value, scale, above, below] = [zeroed<Big>(), zeroed<Big>(), zeroed<Big>(), zeroed<Big>()];
  const nothing = zeroed<Big>();
  const up = exponent > 0 ? u64(exponent) : 0;
  const down = exponent < 0 ? u64(-exponent) : 0;
  value.limbs[0] = u32(significand);
  value.limbs[1] = u32(significand >>> 32);
  scale.limbs[0] = above.limbs[0] = below.limbs[0] = 1;
  // Half of the way to the neighbours: of the lower one, a quarter where a power of two begins.
  const half: u64 = isBoundary ? 2 : 1;
  shiftLeft(ref(value), up + half);
  shiftLeft(ref(scale), down + half);
  shiftLeft(ref(above), up + half - 1);
  shiftLeft(ref(below), up);
  // To even: the ends of the interval read back as this number too.
  const isEven = (significand & 1) === 0;
  let point: i64 = 0;
  for (;;) {
    const order = compareSum(ref(value), ref(above), ref(scale));
    if (order < 0 || (order === 0 && !isEven)) break;
    multiply(ref(scale), 10);
    point++;
  }
  for (;;) {
    multiply(ref(value), 10);
    multiply(ref(above), 10);
    multiply(ref(below), 10);
    const order = compareSum(ref(value), ref(above), ref(scale));
    if (order > 0 || (order === 0 && isEven)) break;
    point--;
  }
  let count: usize = 0;
  for (;;) {
    let digit: u8 = 0;
    while (compareSum(ref(value), ref(nothing), ref(scale)) >= 0) {
      subtract(ref(value), ref(scale));
      digit++;
    }
    const low = compareSum(ref(value), ref(nothing), ref(below));
    const high = compareSum(ref(value), ref(above), ref(scale));
    const isLow = low < 0 || (low === 0 && isEven);
    const isHigh = high > 0 || (high === 0 && isEven);
    if (isLow || isHigh) {
      const isUp = isHigh && (!isLow || compareSum(ref(value), ref(value), ref(scale)) >= 0);
      digits[count] = 48 + digit + (isUp ? u8(1) : 0);
      return [count + 1, point];
    }
    digits[count] = 48 + digit;
    count++;
    multiply(ref(value), 10);
    multiply(ref(above), 10);
    multiply(ref(below), 10);
  }
}

function printZeros(count: i64): void {
  for (let i: i64 = 0; i < count; i++) printText("0");
}

function printNumber(isNegative: boolean, significand: u64, exponent: i64, isBoundary: boolean): void {
  if (isNegative) printText("-");
  if (significand === 0) return printText("0");
  const buffer = arr<u8, 24>();
  const [count, point] = findDigits(significand, exponent, isBoundary, buffer);
  const digits = unsafe.text(buffer.slice(0, count));
  const places = i64(count);
  if (point > 21 || point <= -6) {
    printText(digits.slice(0, 1));
    if (count > 1) printText(".");
    printText(digits.slice(1));
    printText(point > 0 ? "e+" : "e-");
    printUnsigned(u64(point > 0 ? point - 1 : 1 - point));
  } else if (point <= 0) {
    printText("0.");
    printZeros(-point);
    printText(digits);
  } else if (places <= point) {
    printText(digits);
    printZeros(point - places);
  } else {
    printText(digits.slice(0, u64(point)));
    printText(".");
    printText(digits.slice(u64(point)));
  }
}

function printParts(sign: u64, exponent: u64, largest: u64, fraction: u64, implied: u64, bias: i64): void {
  if (exponent === largest) {
    if (fraction !== 0) return printText("NaN");
    return printText(sign !== 0 ? "-Infinity" : "Infinity");
  }
  const significand = exponent === 0 ? fraction : fraction | implied;
  const power = i64(exponent === 0 ? u64(1) : exponent) - bias;
  printNumber(sign !== 0, significand, power, fraction === 0 && exponent > 1);
}

/// The bits of an f64.
export function printDouble(bits: u64): void {
  printParts(bits >>> 63, (bits >>> 52) & 0x7ff, 0x7ff, bits & 0xf_ffff_ffff_ffff, 1 << 52, 1075);
}

/// The bits of an f32.
export function printSingle(bits: u64): void {
  printParts((bits >>> 31) & 1, (bits >>> 23) & 0xff, 0xff, bits & 0x7f_ffff, 1 << 23, 150);
}

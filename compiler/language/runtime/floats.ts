// Rounding to integers, for an f64. From 2^52 on every number is one.

const ALL_INTEGERS: f64 = 4503599627370496;

/// Toward zero; keeps the sign of a zero.
export function truncFloat(x: f64): f64 {
  if (!(f64.abs(x) < ALL_INTEGERS)) return x;
  return f64.copySign(f64(i64(x)), x);
}

export function floorFloat(x: f64): f64 {
  const whole = truncFloat(x);
  return whole > x ? whole - 1 : whole;
}

export function ceilFloat(x: f64): f64 {
  const whole = truncFloat(x);
  return whole < x ? f64.copySign(whole + 1, x) : whole;
}

/// Halves to the even one: what adding 2^52 leaves of the fraction.
export function roundFloat(x: f64): f64 {
  if (!(f64.abs(x) < ALL_INTEGERS)) return x;
  const size = f64.abs(x) + ALL_INTEGERS - ALL_INTEGERS;
  return f64.copySign(size, x);
}

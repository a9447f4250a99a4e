// Numbers of many limbs: product, division by a small number, decimal digits.
class Big {
  length: u64;
  limbs: Arr<u32, 64>;
}
const a = zeroed<Big>();
const b = zeroed<Big>();
const c = zeroed<Big>();
const digits = zeroed<Arr<u8, 700>>();

function set(x: Ptr<Big>, value: u32): void {
  x.length = 1;
  x.limbs[0] = value;
}
function multiplySmall(x: Ptr<Big>, by: u32): void {
  let carry: u64 = 0;
  for (let i: u64 = 0; i < x.length; i++) {
    const t = u64(x.limbs[i]) * by + carry;
    x.limbs[i] = u32(t);
    carry = t >>> 32;
  }
  if (carry !== 0) x.limbs[x.length++] = u32(carry);
}
function add(to: Ptr<Big>, from: Ptr<Big>): void {
  let carry: u64 = 0;
  const n = to.length > from.length ? to.length : from.length;
  for (let i: u64 = 0; i < n; i++) {
    const t = (i < to.length ? u64(to.limbs[i]) : 0) + (i < from.length ? from.limbs[i] : 0) + carry;
    to.limbs[i] = u32(t);
    carry = t >>> 32;
  }
  to.length = n;
  if (carry !== 0) to.limbs[to.length++] = u32(carry);
}
function multiply(result: Ptr<Big>, x: Ptr<Big>, y: Ptr<Big>): void {
  for (let i: u64 = 0; i < x.length + y.length; i++) result.limbs[i] = 0;
  for (let i: u64 = 0; i < x.length; i++) {
    let carry: u64 = 0;
    for (let j: u64 = 0; j < y.length; j++) {
      const t = u64(x.limbs[i]) * y.limbs[j] + result.limbs[i + j] + carry;
      result.limbs[i + j] = u32(t);
      carry = t >>> 32;
    }
    result.limbs[i + y.length] = u32(carry);
  }
  result.length = x.length + y.length;
  while (result.length > 1 && result.limbs[result.length - 1] === 0) result.length--;
}
function divideSmall(x: Ptr<Big>, by: u32): u32 {
  let rest: u64 = 0;
  for (let i = x.length; i > 0; i--) {
    const t = (rest << 32) | x.limbs[i - 1];
    x.limbs[i - 1] = u32(t / by);
    rest = t % by;
  }
  while (x.length > 1 && x.limbs[x.length - 1] === 0) x.length--;
  return u32(rest);
}
function toDecimal(x: Ptr<Big>, to: u8[]): u64 {
  let n: u64 = 0;
  while (x.length > 1 || x.limbs[0] !== 0) {
    let part = divideSmall(x, 1000000000);
    for (let k: u32 = 0; k < 9; k++) {
      to[n++] = u8(48 + (part % 10));
      part /= 10;
    }
  }
  while (n > 1 && to[n - 1] === 48) n--;
  for (let i: u64 = 0, j = n - 1; i < j; i++, j--) {
    const t = to[i];
    to[i] = to[j];
    to[j] = t;
  }
  return n;
}

export function run(): u64 {
  set(ref(a), 1);
  set(ref(b), 1);
  for (let i: u32 = 2; i <= 60; i++) multiplySmall(ref(a), i);
  for (let i: u32 = 0; i < 150; i++) {
    add(ref(b), ref(a));
    multiplySmall(ref(b), 3 + (i & 1));
  }
  let h: u64 = 0;
  for (let round: u32 = 0; round < 6; round++) {
    multiply(ref(c), ref(a), ref(b));
    add(ref(c), ref(a));
    const n = toDecimal(ref(c), digits);
    for (let i: u64 = 0; i < n; i++) h = h * 31 + digits[i];
    multiplySmall(ref(a), 12345 + round);
  }
  return h;
}

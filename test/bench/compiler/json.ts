// A scanner of JSON, with numbers to doubles.
enum Kind { End, Open, Close, List, Tsil, Colon, Comma, Text, Number, Word, Bad }

class Scanner {
  text: string;
  at: u64;
  kind: Kind;
  from: u64;
  to: u64;
  number: f64;
}
const source =
  '{"name": "kernel", "sizes": [1, 20, 300.25, -4e3, 0.0625], "nested": {"ok": true, "none": null, "text": "a \\"quoted\\" word", "list": [[], [false], {"x": -12.5E-2, "y": 123456789}]}, "last": 7}';

function isSpace(c: u8): boolean {
  return c === 32 || c === 10 || c === 9 || c === 13;
}
function isDigit(c: u8): boolean {
  return c >= 48 && c <= 57;
}
function power(exponent: u32): f64 {
  let result: f64 = 1;
  let base: f64 = 10;
  for (let n = exponent; n !== 0; n >>>= 1) {
    if ((n & 1) !== 0) result *= base;
    base *= base;
  }
  return result;
}
function number(s: Ptr<Scanner>): f64 {
  const minus = s.text[s.at] === 45;
  if (minus) s.at++;
  let digits: u64 = 0;
  let scale: i32 = 0;
  while (s.at < s.text.length && isDigit(s.text[s.at])) digits = digits * 10 + (s.text[s.at++] - 48);
  if (s.at < s.text.length && s.text[s.at] === 46) {
    s.at++;
    while (s.at < s.text.length && isDigit(s.text[s.at])) {
      digits = digits * 10 + (s.text[s.at++] - 48);
      scale--;
    }
  }
  if (s.at < s.text.length && (s.text[s.at] | 32) === 101) {
    s.at++;
    let down = false;
    if (s.at < s.text.length && (s.text[s.at] === 45 || s.text[s.at] === 43)) down = s.text[s.at++] === 45;
    let exponent: i32 = 0;
    while (s.at < s.text.length && isDigit(s.text[s.at])) exponent = exponent * 10 + i32(s.text[s.at++] - 48);
    scale += down ? -exponent : exponent;
  }
  let value = f64(digits);
  value = scale < 0 ? value / power(u32(-scale)) : value * power(u32(scale));
  return minus ? -value : value;
}
function single(s: Ptr<Scanner>, kind: Kind): Kind {
  s.at++;
  s.kind = kind;
  return kind;
}
function next(s: Ptr<Scanner>): Kind {
  while (s.at < s.text.length && isSpace(s.text[s.at])) s.at++;
  if (s.at >= s.text.length) {
    s.kind = Kind.End;
    return Kind.End;
  }
  const c = s.text[s.at];
  s.from = s.at;
  switch (c) {
    case 123:
      return single(s, Kind.Open);
    case 125:
      return single(s, Kind.Close);
    case 91:
      return single(s, Kind.List);
    case 93:
      return single(s, Kind.Tsil);
    case 58:
      return single(s, Kind.Colon);
    case 44:
      return single(s, Kind.Comma);
    case 34:
      s.from = ++s.at;
      while (s.at < s.text.length && s.text[s.at] !== 34) s.at += s.text[s.at] === 92 ? 2 : 1;
      s.to = s.at;
      return single(s, Kind.Text);
  }
  if (c === 45 || isDigit(c)) {
    s.number = number(s);
    s.kind = Kind.Number;
    return Kind.Number;
  }
  while (s.at < s.text.length && s.text[s.at] >= 97 && s.text[s.at] <= 122) s.at++;
  s.to = s.at;
  s.kind = s.to === s.from ? Kind.Bad : Kind.Word;
  return s.kind;
}

export function run(): u64 {
  let h: u64 = 0;
  for (let round: u32 = 0; round < 20; round++) {
    const s: Scanner = { text: source, at: 0, kind: Kind.End, from: 0, to: 0, number: 0 };
    let depth: u32 = 0;
    while (next(ref(s)) !== Kind.End) {
      h = h * 31 + s.kind;
      switch (s.kind) {
        case Kind.Open:
        case Kind.List:
          depth++;
          break;
        case Kind.Close:
        case Kind.Tsil:
          depth--;
          break;
        case Kind.Text:
        case Kind.Word:
          for (let i = s.from; i < s.to; i++) h = (h ^ s.text[i]) * 1099511628211;
          break;
        case Kind.Number:
          h += u64(i64(s.number * 64));
          break;
        default:
          h += depth;
      }
    }
    h += s.at;
  }
  return h;
}

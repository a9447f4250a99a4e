// What random-language.ts draws around places: indices behind guards that forget a side, whose checks may trap;
// loops downwards, from both ends and in steps; fields far from their base; rows of rows; pointers that walk; set
// bits one by one; patterns; tagged pointers; struct literals in the frame; locals that are written on each way; entries;
// slices that were found while compiling; shifts by literals; assignments by what is there; spreads, getters and rests.

import type { Random } from "./random-module.js";

const integers = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;
type Integer = (typeof integers)[number];

/// Text of an integer expression of a type.
export type Draw = (type: Integer) => string;

const guards = ["i < 8", "i <= 7", "i >= 0 && i < 8", "!(i >= 8)", "i < n && n <= 8", "i !== n && i < 8", "i > n && i < 8", "(i & 64) === 0 && i < 8", "i - 1 < 7", "i < 8 && i > 2"];
const indices = ["i", "i", "i", "i - 1", "i >>> 1", "7 - i"];

/// The names are completed by the caller: each `NAME$` ends in the program's number.
export const placeNames = "Far|far|Two|two|grid|guard0|guard1|guard2|guarded0|guarded1|guarded2|parts|soon|early|Mark|tail|bitsOf|Point|points|turn|found|spread|shifted|filled|moved|rest";

export function placeDeclarations(random: Random, number: number): string {
  const types = [0, 1, 2].map(() => random.pick(integers));
  const guarded = types.map(
    (type, index) =>
      `function guarded${index}$(i: i64, n: i64): u64 { return guard${index}$(${type}(i), ${type}(n)); }
function guard${index}$(i: ${type}, n: ${type}): u64 { if (${random.pick(guards)}) return u64(t_${random.pick(integers)}_${number}[${random.pick(indices)}]); ${random.chance(2) ? `if (n < 4) return u64(t_u16_${number}[${random.pick(["n", "i"])} ${random.pick(["& 7", "% 8", ""])}]);` : ""} return u64(i); }`,
  );
  const [step, from] = [random.pick(integers), random.below(4)];
  const spread = random.pick(integers);
  return `
class Far$ { head: u32; first: Arr<u16, ${1 + random.below(4000)}>; count: u64; second: Arr<u8, ${1 + random.below(3000)}>; last: i32; bytes: Arr<i8, 8>; get all(): u64 { return this.count ^ u64(this.last) << 7; } }
const far$ = zeroed<Far$>();
class Two$<A, B> { a: A; b: B; }
const two$ = zeroed<Two$<Two$<u16, Arr<i32, 3>>, Box$<u8, 5>>>();
class Point$ { readonly x: i16; readonly y: u64; }
const grid$ = zeroed<Arr<Arr<u16, 5>, 4>>();
type Mark$ = { 1: Point$; 2: Inner$ };
const points$ = zeroed<Arr<Point$, 2>>();
${guarded.join("\n")}
function parts$({ x, y }: Point$, [a, b]: [u32, i64]): u64 { return u64(x) * 3 + y + a ^ u64(b); }
function turn$(p: Point$): Point$ { return { x: i16(p.y), y: u64(p.x) + 1 }; }
function early$(n: i64): u64 { return soon$(${step}(n)); }
function soon$(n: ${step}): u64 { let sum: u64 = ${from}; for (let i: ${step} = n & 15; i > 0; i--) { if (i === 9) continue; sum = sum * 3 + u64(i); } return sum; }
function tail$(s: readonly u16[]): u64 { let sum: u64 = 0; let rest = s; while (rest.length > ${random.below(3)}) { sum = sum * 7 + rest[0]; rest = rest.slice(${1 + random.below(3)}${random.chance(3) ? ", rest.length" : ""}); } return sum; }
function bitsOf$(set: u64): u64 { let sum: u64 = 0; for (let rest = set; rest !== 0; rest &= rest - 1) { const bit = u64.countTrailingZeros(rest); sum = sum * 5 + bit; if (bit > 40) break; } return sum; }
const found$: readonly ${spread}[] = comptime((): readonly ${spread}[] => { const all = zeroed<Arr<${spread}, 12>>(); let count: u64 = 0; for (const [i, x] of all.entries()) if (i % ${2 + random.below(4)} !== 0) { all[count] = x + ${spread}(i * ${1 + random.below(9)}); count++; } return all.slice(${random.below(3)}, count); });
function spread$(from: u64): u64 { const by = ${spread}(from); let sum: u64 = 0; for (const [i, x] of found$.entries()) { if (x === by) continue; sum = sum * 5 + i * u64(x ^ by); if (i > ${3 + random.below(4)}) break; } return sum; }
function filled$(n: u64, m: u64): u64 { let v: ${spread} | null = n > ${random.below(99)} ? ${spread}(n) : null; if (m > 3 || v !== null) v! ${random.pick(["+=", "^=", "<<="])} ${random.below(7)}; v ??= ${spread}(m); let b = n > m; b ${random.pick(["||=", "&&="])} (n & 1) === 0; b ${random.pick(["||=", "&&="])} u64(v) > 9; return u64(v) * 5 + (b ? u64(1) : 0); }
function moved$(p: Point$): u64 { const q: Point$ = { ...p, ${random.pick(["x: i16(p.y)", "y: u64(p.x)"])} }; return q.y * 5 + u64(q.x) ^ (p.y << 3); }
function rest$(s: readonly u16[]): u64 { const [first, second, ...rest] = s; return u64(first) * 3 + u64(second) + (rest.length > 0 ? u64(rest[0]) : rest.length); }
function shifted$(from: u64): u64 { const x = ${step}(from); return u64(${shift(random, `(${shift(random, "x", step)} ${random.pick(["&", "^", "|"])} ${shift(random, "x", step)})`, step)}) + u64(${shift(random, "u64(x)", "u64")}); }
`;
}

/// By a literal, less than the width.
function shift(random: Random, value: string, type: Integer): string {
  return `(${value} ${random.pick(["<<", ">>", ">>>"])} ${random.below(Number(type.slice(1)))})`;
}

/// An expression that u64 or the like takes.
export function placeInteger(random: Random, number: number, draw: Draw): string {
  switch (random.below(13)) {
    case 0:
    case 1:
      return `guarded${random.below(3)}$(${draw("i64")} ${random.pick(["& 7", "& 15", "% 12", "% 5"])}, ${draw("i64")} & 7)`;
    case 2:
      return `far$.${random.pick(["count", "all", "last", "head", `bytes[${draw("u8")} & 7]`])}`;
    case 3:
      return `grid$[${draw("u8")} & 3][${draw("u8")} % 5]`;
    case 4:
      return `two$.${random.pick(["a.a", `a.b[${draw("u8")} % 3]`, `b.at(${draw("u64")})`, "b.count"])}`;
    case 5:
      return `parts$({ x: ${draw("i16")}, y: ${draw("u64")} }, [${draw("u32")}, ${draw("i64")}])`;
    case 6:
      return random.pick([`early$(${draw("i64")})`, `tail$(t_u16_${number}.slice(${draw("u8")} & 3))`, `bitsOf$(${draw("u64")})`]);
    case 7:
      return `unsafe.container<S$>(ref(cell$.inner), "inner").${random.pick(["sum(2)", "inner.high"])}`;
    case 8:
      return `turn$(turn$({ x: ${draw("i16")}, y: ${draw("u64")} })).${random.pick(["x", "y"])}`;
    case 9: {
      const type = random.pick(integers);
      return shift(random, draw(type), type);
    }
    case 10:
    case 11:
      return random.pick([`spread$(${draw("u64")})`, `u64(found$[${draw("u8")} % found$.length])`, "found$.length", `shifted$(${draw("u64")})`, `filled$(${draw("u64")} & 127, ${draw("u64")})`, `moved$({ x: ${draw("i16")}, y: ${draw("u64")} })`, `rest$(t_u16_${number}.slice(${draw("u8")} % 10))`]);
    default:
      return random.pick(["offsetof<Far$>(\"last\")", "sizeof<Far$>()", `unsafe.enumOf<E$>(u64(kind$(${draw("u64")})))`, `u64.checked(${draw("u32")})`, `i64(ref(grid$[3]).ptr.diff(ref(grid$[3]).ptr.add(${draw("u8")} & 3)))`]);
  }
}

export interface Statements {
  /// Statements inside, with more variables.
  readonly inner: (...more: { readonly name: string; readonly type: Integer }[]) => string;
  readonly condition: () => string;
  readonly name: string;
}

export function placeStatement(random: Random, number: number, draw: Draw, { inner, condition, name }: Statements): string {
  const type = random.pick(integers);
  const table = `t_${type}_${number}`;
  switch (random.below(20)) {
    case 0: {
      const signed = random.pick(["i8", "i16", "i32", "i64"] as const);
      return `for (let ${name}: ${signed} = ${3 + random.below(5)}; ${name} >= 0 && burn$(); ${name}${random.pick(["--", " -= 2", " -= 1"])}) { ${table}[${name}] ${random.pick(["+=", "^=", "=", "<<=", ">>=", "|="])} ${draw(type)}; ${inner({ name, type: signed })} }`;
    }
    case 1:
      return `for (let ${name}: u64 = 0, ${name}j: u64 = 7; ${name} < ${name}j; ${name}++, ${name}j--) { const held = ${table}[${name}]; ${table}[${name}] = ${table}[${name}j]; ${table}[${name}j] = held; }`;
    case 2:
      return `for (let ${name}: u64 = ${random.below(3)}; ${name} < (${draw("u64")} & 7); ${name} += ${1 + random.below(3)}) { if (!burn$()) break; if (${name} > 0) ${table}[${name} - 1] += ${table}[${name}]; ${inner({ name, type: "u64" })} }`;
    case 3:
      return `far$.count += ${draw("u64")}; far$.last ^= ${draw("i32")}; far$.bytes[${draw("u8")} & 7] = ${draw("i8")}; far$.head = ${draw("u32")};`;
    case 4:
      return `for (let ${name}: u64 = 0; ${name} < 4; ${name}++) for (let ${name}j: u64 = 0; ${name}j < 5; ${name}j++) { if (!burn$()) break; grid$[${name}][${name}j] ${random.pick(["=", "+=", "*="])} ${draw("u16")}; ${inner({ name, type: "u64" }, { name: `${name}j`, type: "u64" })} }`;
    case 5:
      return `for (const ${name} of grid$) { if (!burn$()) break; for (const ${name}x of ${name}) state$.hash = state$.hash * 3 + ${name}x; ${name}[${draw("u8")} % 5]++; }`;
    case 6:
      return `{ let ${name}: ${type}; if (${condition()}) { ${name} = ${draw(type)}; ${inner()} } else ${name} = ${draw(type)}; ${inner({ name, type })} }`;
    case 7:
      return `{ const { low: ${name}a, high: ${name}b } = ref<Inner$>({ low: ${random.below(100)}, high: ${draw("u64")} }); state$.hash ^= u64(${name}a) + ${name}b; ${inner({ name: `${name}b`, type: "u64" })} }`;
    case 8:
      return `{ let ${name}: Many<${type}> = ${table}.ptr.add(${random.below(3)}); for (let i: u64 = 0; i < ${1 + random.below(5)}; i++) { ${name}[0] ${random.pick(["=", "-="])} ${draw(type)}; ${name} = ${name}.add(1); } ${name}.sub(1).at(0).$ ^= 1; }`;
    case 9:
      return `{ const ${name} = ${condition()} ? tagged.of<Mark$, 1>(1, ref(points$[1])) : ${condition()} ? tagged.of<Mark$, 2>(2, ref(list$[1].inner)) : tagged.none<Mark$>(); switch (tagged.kind(${name})) { case 1: state$.hash += u64(tagged.as(${name}, 1).y) ^ ${draw("u64")}; break; case 2: tagged.as(${name}, 2).high += ${draw("u64")}; break; default: state$.hash++; } }`;
    case 10:
      return `{ let ${name}: u64 = ${draw("u64")}; let ${name}k: u64 = ${draw("u64")}; [${name}, ${name}k] = [${name}k, ${name} ^ ${name}k]; state$.hash += ${random.pick([`${name}++ * 3`, `--${name}k`, `++${name}`])} + ${name}; ${name} ${random.pick(["<<=", ">>>=", "/=", "%="])} ${1 + random.below(9)}; ${inner({ name, type: "u64" }, { name: `${name}k`, type: "u64" })} }`;
    case 11:
    case 15:
    case 16:
      return `for (const [${name}, ${name}x] of ${random.pick([table, `${table}.slice(${random.below(3)}, ${3 + random.below(6)})`])}.entries()) { if (!burn$()) break; state$.hash = state$.hash * 3 + ${name} ^ u64(${name}x); ${random.chance(3) ? `if (${condition()}) continue; ` : ""}${table}[${name}] ${random.pick(["+=", "^=", "<<=", ">>="])} ${random.below(Number(type.slice(1)))}; ${inner({ name, type: "u64" }, { name: `${name}x`, type })} }`;
    case 12:
    case 17:
      return `for (const [${name}, ${name}x] of ${random.pick(["list$", "list$.slice(1)"])}.entries()) { if (!burn$()) break; ${name}x.inner.high += ${name} << ${random.below(40)}; ${inner({ name, type: "u64" })} state$.hash ^= ${name}x.inner.high; }`;
    case 13:
    case 18:
      return `for (const [${name}, ${name}x] of ${random.pick(["text$", "text$.bytes()", "found$", "grid$[1]"])}.entries()) { if (!burn$()) break; state$.hash = state$.hash * 7 + (${name} << ${random.below(64)}) + u64(${name}x); ${inner({ name, type: "u64" })} }`;
    default:
      return `two$.a.a ${random.pick(["=", "+="])} ${draw("u16")}; two$.a.b[${draw("u8")} % 3] = ${draw("i32")}; if (!two$.b.push(${draw("u8")})) two$.b.count = ${random.below(3)};`;
  }
}

// JavaScript's own library: names and methods that people reach for, with what stands for each here. In a
// help, `xs` is what the method was called on.

const growing = "a slice's length stays: keep an Arr and a count beside it";
const search = "search in a loop: `for (const [i, x] of xs.entries()) if (x === wanted) return i;`";
const walk = "walk over the bytes: `xs[i]` is one, `xs.slice(from, to)` a part";
const inPlace = "write the loop: `for (let i: u64 = 0; i < xs.length; i++) xs[i] = …`";
const digits = "print(x) writes it; for its digits as bytes, divide by ten in a loop";

/// By method of arrays, strings and numbers: the help.
export const methods: Readonly<Record<string, string>> = {
  push: `${growing}, \`items[count++] = x\``,
  pop: `${growing}, \`items[--count]\` is the last`,
  shift: `${growing}, and an index of the first`,
  unshift: `${growing}, and an index of the first`,
  splice: `${growing}, and move the rest in a loop`,
  concat: "fill an Arr that holds both, in two loops",
  flat: "fill an Arr in two loops",
  flatMap: "fill an Arr in two loops",
  map: "fill an array in a loop: `for (const [i, x] of xs.entries()) result[i] = …;`",
  filter: "write the condition into the loop: `for (const x of xs) if (…) …;`, and `kept[count++] = x` keeps some",
  forEach: "write the loop: `for (const x of xs) …`, or `for (const [i, x] of xs.entries()) …`",
  reduce: "write the loop: `let sum: u64 = 0; for (const x of xs) sum += x;`",
  some: search,
  every: search,
  find: search,
  findIndex: search,
  indexOf: search,
  lastIndexOf: search,
  includes: search,
  sort: "sort in place in a function of your own: `[xs[i], xs[j]] = [xs[j], xs[i]]` swaps two",
  reverse: "swap in a loop: `[xs[i], xs[j]] = [xs[j], xs[i]]`",
  fill: inPlace,
  join: "print(…) each in a loop",
  keys: "count: `for (let i: u64 = 0; i < xs.length; i++)`, or `for (const [i, x] of xs.entries())`",
  values: "go over it as it is: `for (const x of xs)`",
  at: "write the index: `xs[i]`, the last is `xs[xs.length - 1]`",
  charAt: "take a part: `xs.slice(i, i + 1)`, or the byte `xs[i]`",
  charCodeAt: "write `xs[i]`: the byte at i, for a string is UTF-8",
  codePointAt: "write `xs[i]`: the byte at i, for a string is UTF-8; decode what is above 0x7f",
  substring: "write `xs.slice(from, to)`",
  substr: "write `xs.slice(from, from + length)`",
  split: walk,
  trim: walk,
  replace: walk,
  startsWith: "compare a part: `xs.length >= n && xs.slice(0, n) === start`",
  endsWith: "compare a part: `xs.length >= n && xs.slice(xs.length - n) === end`",
  padStart: "print(…) the padding first, in a loop",
  padEnd: "print(…) the padding in a loop",
  toUpperCase: "convert byte by byte: `b >= 0x61 && b <= 0x7a ? b - 0x20 : b`",
  toLowerCase: "convert byte by byte: `b >= 0x41 && b <= 0x5a ? b + 0x20 : b`",
  repeat: "print(…) it in a loop",
  toString: digits,
  toFixed: digits,
};

const typedArray = (type: string) => `write ${type}[] for a slice, Arr<${type}, N> for N of them`;
const table = "keep keys and values in an Arr, and search it or hash into it";
const conversion = "convert with the type's name: u64(x), f64(x), or u8.tryFrom(x)";
const alone = "there is no event loop: a program runs from main to its end";

/// By global name: the help, or "" where no better one is known than that of TM1021.
export const globals: Readonly<Record<string, string>> = {
  console: "write print(…): strings and numbers, one after the other",
  Map: table,
  Set: table,
  WeakMap: table,
  WeakSet: table,
  Promise: alone,
  setTimeout: alone,
  setInterval: alone,
  queueMicrotask: alone,
  Math: "f64 has sqrt, abs, min, max, floor, ceil, trunc, round; of integers write `a < b ? a : b`",
  JSON: "print(…) the fields",
  Date: "csr.time.read() is the machine's clock, in ticks",
  Error: "return a Result<T, E> with ok(…) or fail(…), or panic(…)",
  RegExp: "walk over the bytes",
  BigInt: "write u64: literals are exact to 64 bits",
  Number: conversion,
  Boolean: "compare: `x !== 0`",
  parseInt: "walk over the digits: `n = n * 10 + (text[i] - 0x30)`",
  parseFloat: "walk over the digits",
  isNaN: "write f64.isNaN(x)",
  NaN: "write f64.NAN",
  Infinity: "write f64.INFINITY",
  Uint8Array: typedArray("u8"),
  Uint16Array: typedArray("u16"),
  Uint32Array: typedArray("u32"),
  Int8Array: typedArray("i8"),
  Int16Array: typedArray("i16"),
  Int32Array: typedArray("i32"),
  Float32Array: typedArray("f32"),
  Float64Array: typedArray("f64"),
  ArrayBuffer: typedArray("u8"),
  DataView: "write a class with the fields, and unsafe.cast<T>(p) of the bytes' pointer",
  Proxy: "",
  Reflect: "",
  eval: "",
  globalThis: "",
  window: "",
  process: "",
  require: "import at the top of the file",
  module: "export by name: `export function f(): void {}`",
  exports: "export by name: `export function f(): void {}`",
  Buffer: typedArray("u8"),
  structuredClone: "write copy(x)",
  fetch: "",
};

// Every mistake the front end knows, one row each: docs/diagnostics.md has a section for each code and
// test/golden/diagnostics a program that shows it.

export interface CodeRow {
  readonly message: string;
  readonly help: string;
}
const row = (message: string, help: string): CodeRow => ({ message, help });

export const codes = {
  // 1000: syntax that the dialect leaves out
  TM1001: row("this syntax is not in the dialect", "see docs/dialect.md for what is"),
  TM1002: row("a function value cannot capture", "pass it as a parameter, or keep it in a struct that both reach"),
  TM1003: row("there are no exceptions", "return a Result<T, E> with ok(…) or fail(…), or panic(…)"),
  TM1004: row("there is no async", "write a loop over events, or a thread"),
  TM1005: row("there are no generators", "fill a slice, or take a function that is called with each element"),
  TM1006: row("of accessors there are getters that only read", "write a method"),
  TM1007: row("there is no garbage collector, so no new", "write an object literal, zeroed<T>(), or take from a pool"),
  TM1008: row("structs have no constructor", "write a function that returns an object literal"),
  TM1009: row("structs do not inherit", "embed the other struct as a field"),
  TM1010: row("there are no prototypes", "call the function or the method directly"),
  TM1011: row("`==` converts its operands", "write === or !=="),
  TM1012: row("there are no big integers", "write u64: literals are exact to 64 bits"),
  TM1013: row("there are no regular expressions", "walk over the bytes"),
  TM1014: row("template strings are for asm only", "print(…) takes several parts; write the bytes otherwise"),
  TM1015: row("typeof asks at run time for what the compiler knows", "give the types apart by an enum field"),
  TM1016: row("`in` and `for…in` look fields up by name", "use for…of over a slice, or an enum field"),
  TM1017: row("instanceof needs prototypes", "give each class a field of a literal enum type, and switch on it"),
  TM1018: row("a list is not spread, and there are no rest parameters", "write the elements out, or pass a slice"),
  TM1019: row("there is no optional chaining", "test for null first: `if (p) p.f()`"),
  TM1020: row("delete needs dynamic objects", "assign null or a flag"),
  TM1021: row(
    "this name of JavaScript's library is not in the dialect",
    "core.d.ts has what there is: Arr, slices, print(…)",
  ),
  TM1022: row("there is no var", "write let or const"),
  TM1023: row("there is no undefined", "write null, with a type `T | null`"),
  TM1024: row("void as an operator has no use", "leave it out"),
  TM1025: row("a property's name is not a constant", "use an enum-indexed array, or switch"),
  TM1026: row("the comma operator is only for the head of a for", "write two statements"),
  TM1027: row("namespaces are only in core.d.ts", "use a module: one file, its exports"),
  TM1028: row("there are no default exports", "export by name"),
  TM1029: row("a program does not load code", "import at the top of the file"),
  TM1030: row("an attribute must be the function's first statement", "move attr({…}) to the top of the body"),
  TM1031: row("a static field is a global", "write a top-level const or let"),
  TM1033: row("there is no arguments object", "name the parameters"),
  TM1034: row("this statement does not run at the top level", "put it into a function"),
  TM1035: row("private names need run-time support", "leave the # out"),
  TM1036: row("a function in a function", "move it to the top level, or write an arrow function"),
  TM1037: row("there is no debugger statement", "write asm`ebreak`"),
  TM1038: row("an assertion changes no value", "convert: u32(x), unsafe.cast<T>(p), unsafe.enumOf<E>(x)"),
  TM1039: row("this is read as the type arguments of a call", "put parentheses around the shift or the comparison"),
  TM1040: row("there is no such file", "look at the path"),

  // 2000: types
  TM2001: row("signed and unsigned are mixed", "convert one side: i64(x) or u64(x)"),
  TM2002: row("the literal is out of range", "use a wider type, or convert: u8(0x1ff) wraps"),
  TM2003: row(
    "the type is not the one that is needed here",
    "convert it: narrowing and changes of sign are written out, as in u32(x)",
  ),
  TM2004: row("the literal has no type here", "write the type: `let n: u64 = 5`"),
  TM2005: row("a struct or an array is not copied implicitly", "take ref(x), which shares it, or write copy(x)"),
  TM2006: row(
    "this type is not in the dialect",
    "use an integer type, boolean, Ptr, Many, Arr, T[], an enum, a class, or a union of classes that an enum field tells apart",
  ),
  TM2007: row("any has no size", "write the type; Ptr and unsafe.cast<T>(p) where it is not known"),
  TM2008: row("a condition is a boolean or a pointer", "compare it: `x !== 0`"),
  TM2009: row("a local has no value", "write one: zeroed<T>() for a struct or an array"),
  TM2010: row("the type cannot be inferred", "write it: f<T>(…), or a type on the declaration"),
  TM2011: row("a switch on this does not cover every case", "add the missing cases, or a default"),
  TM2012: row("this has no address", "put it into a variable first: let x = …; a constant number, a length and a field of @bits are none"),
  TM2013: row("this field is not there", "see the class for its fields"),
  TM2014: row(
    "operands of this type have no such operator",
    "convert to an integer, or compare the fields; strings have ===, and print(a, b) writes one after the other",
  ),
  TM2015: row("the value is not a constant", "use literals, consts, sizeof and enums; or comptime(() => …)"),
  TM2016: row(
    "the members of this union cannot be told apart",
    "give each class a first field of a literal enum type: `readonly kind: Kind.A`",
  ),
  TM2017: row("a struct contains itself", "write Ptr<T> for the field"),
  TM2018: row("constants depend on each other in a circle", "write one of them out"),
  TM2019: row("this is not a value", "call it, or take a member of it"),
  TM2020: row("a field or an argument is missing", "write it; zeroed<T>() gives all zeros"),
  TM2021: row("a fraction where an integer is needed", "use f64 or f32, or a whole number"),
  TM2022: row("case labels are constants", "use literals or enum members; if … else otherwise"),
  TM2023: row("the number has no width", "write u8 … u64 or i8 … i64; as a constant a literal, or `typeof N` of a `const N`"),
  TM2025: row(
    "the layout of this struct does not work",
    "look at @at, @size, @align and @bits: fields overlap nothing and fit",
  ),
  TM2026: row("a device register or an atomic means something only where it is", "read it: x.read(), x.load(); or take ref(x)"),
  TM2027: row("this lies in the function's frame, which is gone when it returns", "return the values (a tuple, a struct, an Arr), or fill what the caller passes"),
  TM2028: row("an element of a tuple cannot be written alone: a tuple is a value, and its copies share nothing", "write the whole, `t = [1, t[1]]`, or use a struct"),
  TM2029: row("the numbers in this list have no type here", "write the list's: `const sizes: Arr<u64, 4> = [16, 32, 64, 128]`, or of a tuple `[u32, u8]`"),
  TM2030: row("entries() has a meaning only in the head of a for…of", "take index and element at once: `for (const [i, x] of xs.entries())`"),
  TM2031: row("the number is not known here", "write a literal, an enum's member, or `typeof N` of a `const N = …` of literals, constants at the top of a file and sizeof"),
  TM2032: row("a shift by the whole width or more", "widen what is shifted first: `u32(byte) << 24`; a shift has its left operand's type"),

  // 3000: the machine and compile time
  TM3001: row(
    "this has no meaning in a naked body",
    "use constants, functions, offsetof, asm.list; values belong into registers",
  ),
  TM3002: row("this operand of asm does not work", "use integers, pointers, out(place) or { a0: x }"),
  TM3003: row("the message is not a literal", "write the text: it is stored once, beside the code"),
  TM3004: row("the file to embed is not there", "write its path relative to this file, or give it to the compiler"),
  TM3005: row("an atomic has 32 or 64 bits", "use Atomic<u32> or Atomic<u64>"),
  TM3006: row("comptime failed", "it must end, and use nothing but its own values, constants and functions"),
  TM3007: row("the program has no main", "export function main(), or say layout({ entry: … })"),
  TM3008: row("this is no protocol", "write an interface of operations: `open: Op<1, (path: string) => u64>`, each with its own number"),
  TM3009: row("naked is the whole body of a function", "write `function f(): never { return naked({…})`…`; }`"),
  TM3010: row(
    "a kernel leaves the FP registers to its threads",
    "use integers, in fixed point where fractions are needed",
  ),
  TM3011: row(
    "this is declared only",
    "write it out, or build with --emit obj and link the object that defines it",
  ),
  TM3012: row("C passes no arrays by value", "pass a pointer, Many<T> here and T * in C, or a class with the array as a field"),
  TM3013: row("the program does not say how a protocol's messages travel", "import userland/lib/protocol.js, or write the function"),
  TM3014: row("this does not travel in a message", "send integers, floats, booleans, enums, strings, slices of u8, and structs of these"),
} as const satisfies Record<string, CodeRow>;
export type Code = keyof typeof codes;

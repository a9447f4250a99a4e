// Names of C, C++, Rust, Zig, Go and Python that tsc cannot find here, with what to write for each. In what stands
// there, T is a type, N a number, `x`, `xs`, `n` and the like are the user's own.

/// What to write, as code that compiles, and what else is to be said.
export type Name = readonly [code: string, why?: string];

const many = (names: string, row: Name): Record<string, Name> => Object.fromEntries(names.split(" ").map((name) => [name, row]));

const sized = Object.fromEntries(
  [8, 16, 32, 64].flatMap((bits): [string, Name][] => [
    [`int${bits}`, [`i${bits}`]],
    [`int${bits}_t`, [`i${bits}`]],
    [`s${bits}`, [`i${bits}`]],
    [`uint${bits}`, [`u${bits}`]],
    [`uint${bits}_t`, [`u${bits}`]],
    [`__u${bits}`, [`u${bits}`]],
  ]),
);
const slice: Name = ["T[]", "a pointer and a length; `readonly T[]` where nobody writes it"];
const option: Name = ["T | null", "T itself where there is one"];
const box: Name = ["Ptr<T>", "there is no heap: it points at a global, or at a place in an Arr"];

export const types: Readonly<Record<string, Name>> = {
  ...sized,
  int: ["i32", "or u32 where it is never negative"],
  short: ["i16"],
  long: ["i64"],
  char: ["u8", "an element of a string is a byte"],
  ...many("uchar byte", ["u8"]),
  ushort: ["u16"],
  ...many("uint unsigned rune", ["u32"]),
  ...many("ulong size_t uintptr uintptr_t", ["usize", "which is u64"]),
  ...many("ssize_t ptrdiff_t intptr_t", ["isize", "which is i64"]),
  ...many("u128 i128 __int128", ["u64", "the widest; u64.mulHigh(a, b) is the upper half of a product"]),
  ...many("bool Bool _Bool", ["boolean"]),
  ...many("float float32", ["f32"]),
  ...many("double float64", ["f64"]),
  ...many("str string_view", ["string", "bytes in UTF-8 that nobody writes"]),
  ...many("Slice Span span", slice),
  ...many("Vec vector ArrayList List", ["Arr<T, N>", "and a count beside it: nothing grows"]),
  ...many("Pointer NonNull", ["Ptr<T>", "or `Ptr<T> | null`"]),
  ...many("Box Rc Arc unique_ptr shared_ptr", box),
  ...many("Option Optional", option),
  Self: ["T", "the class's own name"],
  ...many("AtomicBool AtomicU32", ["Atomic<u32>"]),
  ...many("AtomicU64 AtomicUsize", ["Atomic<u64>"]),
};

const out: Name = ['print(x, "\\n")', "strings and numbers, one after the other"];
const allocated: Name = ["const pool = zeroed<Arr<T, N>>();", "there is no heap: hand out its places by ref(pool[i]), with a list of free ones"];
const assembly: Name = ["asm`nop`", `operands stand in it as \`\${x}\``];
const copied: Name = ["for (let i: u64 = 0; i < n; i++) to[i] = from[i];", "of a struct or an Arr `to = copy(from)`"];

export const values: Readonly<Record<string, Name>> = {
  ...many("NULL nullptr nil None", ["null"]),
  Ok: ["ok(x)"],
  Err: ["fail(x)", "of an enum that says what went wrong"],
  Some: ["x", "`T | null` takes it as it is"],
  True: ["true"],
  False: ["false"],
  self: ["this"],
  ...many("printf println printk puts fmt", out),
  putchar: ["print(unsafe.text(xs.slice(0, 1)))"],
  ...many("malloc calloc realloc kmalloc kalloc alloc", allocated),
  ...many("free kfree dealloc", ["used[i] = false;", "there is no heap: give the place back to whom it came from"]),
  ...many("memcpy memmove", copied),
  memset: ["for (let i: u64 = 0; i < n; i++) to[i] = x;", "of zeros `to = zeroed<T>()`"],
  ...many("memcmp strcmp", ["a === b", "strings compare by what is in them; slices in a loop"]),
  ...many("strlen len", ["xs.length"]),
  range: ["for (let i: u64 = 0; i < n; i++) print(i);"],
  size_of: ["sizeof<T>()"],
  ...many("align_of alignOf _Alignof", ["alignof<T>()"]),
  ...many("static_assert _Static_assert BUG_ON", ['assert(n < 9, "why");']),
  ...many("abort exit", ['panic("why")']),
  container_of: ['unsafe.container<T>(p, "field")'],
  ...many("__asm__ __asm", assembly),
};

/// For a name that is no declaration's.
export function helpForName(name: string): string | undefined {
  const own = (table: Readonly<Record<string, Name>>) => (Object.hasOwn(table, name) ? table[name] : undefined);
  const [code, why] = own(types) ?? own(values) ?? [];
  if (!code) return undefined;
  const shown = code.includes("`") ? code : `\`${code}\``;
  return why ? `write ${shown}: ${why}` : `write ${shown}`;
}

/// For `sizeof(x)` and its kin, whose argument is a type.
export function helpForSizeof(name: string, argument: string): string {
  const [type] = (Object.hasOwn(types, argument) ? types[argument] : undefined) ?? [];
  const isType = /^([iu](8|16|32|64|size)|f32|f64|boolean|[A-Z]\w*[a-z]\w*)$/.test(argument);
  return `write \`${name}<${type ?? (isType ? argument : `typeof ${argument}`)}>()\``;
}

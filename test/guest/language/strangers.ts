// What people write who know TypeScript and have read the documentation: each mended once, where it was refused.

/// An alias orders its arguments as it likes.
type Matrix<R extends number, C extends number> = Arr<Arr<f64, C>, R>;
function multiply<A extends number, B extends number, C extends number>(a: Ptr<Matrix<A, B>>, b: Ptr<Matrix<B, C>>): Matrix<A, C> {
  const out: Matrix<A, C> = zeroed();
  for (const [i, row] of a.$.entries())
    for (let j: usize = 0; j < valueof<C>(); j++) for (const [k, x] of row.entries()) out[i][j] += x * b[k][j];
  return out;
}
type Maybe<T> = T | null;
type Tried<E> = Result<u64, E>;
class Node {
  value: u32;
  next: Maybe<Ptr<Node>>;
}
const or = <T>(x: Maybe<T>, otherwise: T): T => x ?? otherwise;
const behind = <T>(p: Maybe<Ptr<T>>, otherwise: Ptr<T>): Ptr<T> => p ?? otherwise;
const failed = <E>(tried: Tried<E>, none: E): E => (tried.ok ? none : tried.err);
enum Problem {
  None,
  Late,
}

/// A union of what is only read is a value; it is taken apart where tsc has seen which it is.
enum Kind {
  Open,
  Segment,
  Close,
}
class Open {
  readonly kind: Kind.Open;
  readonly passive: boolean;
}
class Segment {
  readonly kind: Kind.Segment;
  readonly sequence: u32;
  readonly text: string;
}
class Close {
  readonly kind: Kind.Close;
}
type Event = Open | Segment | Close;
function assertNever(event: never): never {
  panic("unhandled");
}
function weight(event: Event): u64 {
  switch (event.kind) {
    case Kind.Open: {
      const { passive } = event;
      return passive ? 1 : 2;
    }
    case Kind.Segment: {
      const { sequence, text: letters } = event;
      return sequence + letters.length;
    }
    case Kind.Close:
      return 100;
    default:
      return assertNever(event);
  }
}
function sequenceOf(p: Ptr<Event>): u32 {
  if (p.kind !== Kind.Segment) return 0;
  const { sequence } = p;
  return sequence;
}
const isSegment = (event: Event): event is Segment => event.kind === Kind.Segment;
const script: readonly Event[] = [{ kind: Kind.Open, passive: true }, { kind: Kind.Segment, sequence: 40, text: "ab" }, { kind: Kind.Close }];
function events(): void {
  let last: Event = script[0];
  let all: u64 = 0;
  for (const event of script) {
    all += weight(event) + sequenceOf(ref<Event>(event));
    if (isSegment(event)) last = event;
  }
  print(all, " ", weight(last), "\n");
}

/// Assignments to what may be null, and by what is there.
class Slot {
  count: u32 | null;
  owner: Ptr<Slot> | null;
  busy: boolean;
}
const slots: Arr<Slot, 3> = zeroed();
let looked: usize = 0;
function look(): usize {
  return looked++;
}
function assignments(): void {
  let maybe: u32 | null = null;
  maybe ??= 5;
  maybe += 2;
  maybe++;
  print(maybe, " ", (maybe ??= 9), " ");
  slots[1 + look()].count ??= 7;
  slots[look()].count ??= 8;
  slots[1].count! -= 3;
  print(slots[1].count ?? 0, " ", looked, " ");
  slots[0].owner ??= ref(slots[2]);
  slots[0].owner ??= ref(slots[1]);
  slots[0].owner &&= slots[0].owner.owner;
  print(slots[0].owner === null, " ");
  slots[2].busy ||= looked > 1;
  slots[2].busy &&= look() > 5;
  slots[2].busy &&= look() > 5;
  print(slots[2].busy, " ", looked, "\n");
}

/// Static data from other static data.
class Rights {
  readonly read: boolean;
  readonly write: boolean;
  readonly level: u8;
}
const reader: Rights = { read: true, write: false, level: 3 };
const writer: Rights = { read: reader.read, write: !reader.write, level: reader.level + 1 };
const table: readonly Rights[] = [reader, writer, { read: reader.level > 3, write: true, level: reader.read ? 9 : 1 }];

function size(n: u64): string {
  switch (true) {
    case n === 0:
      return "none";
    case n < 10:
    case n % 100 === 0:
      return "round";
    case look() > 100:
      return "never";
    default:
      return "odd";
  }
}

/// Patterns in for…of name the element's parts in their place.
class Entry {
  name: Arr<u8, 4>;
  position: Node;
  used: boolean;
}
const entries: Arr<Entry, 2> = zeroed();
function patterns(): void {
  for (const [i, { name, position, used }] of entries.entries()) {
    name[0] = u8(0x61 + i);
    position.value = u32(i * 10);
    if (!used) entries[i].used = true;
  }
  for (const { name, position: { value }, used } of entries) print(unsafe.text(name.slice(0, 1)), value, used, " ");
  print("\n");
}

/// A function's own constants are numbers for types too.
class Ring<T, N extends number> {
  items: Arr<T, N>;
  bytes(): u64 {
    return valueof<N>() * sizeof<T>();
  }
}
const WORDS: u64 = 4;
function own(): u64 {
  const typed: u64 = WORDS * 2 + sizeof<u64>();
  const computed = 4096 / sizeof<Ring<u64, 8>>();
  const line: Arr<u8, typeof typed> = zeroed();
  return zeroed<Ring<u16, typeof typed>>().bytes() * 1000 + zeroed<Ring<u8, typeof computed>>().bytes() + line.length;
}

/// The fields of another struct, and lists taken apart.
class Options { readonly width: u32; readonly height: u32; readonly title: string; readonly flag: boolean; }
class State { x: u32; y: u32; @bits(3) mode: u8; @bits(5) level: u8; list: Arr<u8, 3>; }
const defaults: Options = { width: 80, height: 24, title: "main", flag: true };
const wide: Options = { ...defaults, width: 132 };
const states: Arr<State, 2> = zeroed();
let taken: u32 = 0;
function second(): usize { taken++; return 1; }
function make2(): Options { return { ...defaults, title: "made" }; }
function resized(o: Options, height: u32): Options { return { ...o, height }; }
function twice(p: Ptr<Options>): Options { return { ...p.$, width: p.width * 2, flag: !p.flag }; }
function sum(xs: readonly u32[]): u32 {
  if (xs.length === 0) return 0;
  const [first, ...rest] = xs;
  return first + sum(rest);
}
function spreads(): void {
  const o = resized(wide, 50);
  print(wide.width, wide.height, wide.title, o.height, o.width, " ", make2().title, make2().width, " ");
  const t = twice(ref(o));
  print(t.width, t.flag, t.title, "\n");
  states[1] = { x: 1, y: 2, mode: 5, level: 9, list: [1, 2, 3] };
  states[0] = { ...states[second()], y: 7, list: copy(states[1].list) };
  states[0] = { ...states[0], x: states[0].y, y: states[0].x, list: [4, 5, 6] };
  print(taken, states[0].x, states[0].y, states[0].mode, " ", states[0].level, states[0].list[2], "\n");
  print(sum([1, 2, 3, 4]), " ");
  const bytes: Arr<u8, 4> = [9, 8, 7, 6];
  const [a, , ...more] = bytes;
  more[0] = 1;
  print(a, more.length, bytes[2], " ");
  const [h, e] = "hello".bytes();
  print(h, " ", e, "\n");
}

/// Getters are called where they are read.
const begin: Arr<u64, 3> = [7, 0, 5];
class Bitmap<N extends number> {
  words: Arr<u64, N>;
  get count(): u64 {
    let n: u64 = 0;
    for (const w of this.words) n += u64.popCount(w);
    return n;
  }
  get isFull(): boolean { return this.count === valueof<N>() * 64; }
  take(): u64 { this.words[0] |= 8; return this.count; }
}
class Pte {
  bits: u64;
  get target(): u64 { return (this.bits >>> 10) << 12; }
  get first() { return this.target !== 0; }
  get list(): u64 { const a = arr<u64, 2>(); a[0] = doubled(this.bits); a[1]++; return a[0] + a[1]; }
}
function doubled(x: u64): u64 { let y = x; y *= 2; return y; }
const bitmap: Bitmap<3> = zeroed();
function getters(): void {
  bitmap.words = copy(begin);
  print(bitmap.count, " ", bitmap.isFull, " ", bitmap.take(), "\n");
  const p = make<Pte>({ bits: 3 << 10 });
  const q = ref(p);
  print(p.target, " ", q.target, " ", p.first, " ", q.list, "\n");
}

/// A union whose members point at it, and at what holds it.
enum Shape {
  Leaf,
  List,
  Keys,
}
class Holder {
  first: Value;
  rest: Ptr<Value> | null;
}
class Leaf {
  kind: Shape.Leaf;
  value: i32;
}
class List {
  kind: Shape.List;
  items: Arr<Ptr<Value> | null, 3>;
  holder: Ptr<Holder>;
  each: (value: Ptr<Value>) => u64;
}
class Keys {
  kind: Shape.Keys;
  keys: Ptr<Value>[];
}
type Value = Leaf | List | Keys;
function total(value: Ptr<Value>): u64 {
  let all: u64 = 1;
  switch (value.kind) {
    case Shape.Leaf:
      return u64(value.value);
    case Shape.List:
      for (const item of value.items) if (item !== null) all += value.each(item);
      return value.holder.rest === null ? all : all + total(value.holder.rest);
    case Shape.Keys:
      for (const key of value.keys) all += total(key);
      return all;
  }
}
function trees(): void {
  const leaf = ref<Value>({ kind: Shape.Leaf, value: 3 });
  const two: Arr<Ptr<Value>, 2> = [leaf, leaf];
  const keys = ref<Value>({ kind: Shape.Keys, keys: two.slice() });
  const holder = ref<Holder>({ first: { kind: Shape.Leaf, value: 5 }, rest: keys });
  const list = ref<Value>({ kind: Shape.List, items: [leaf, null, keys], holder, each: total });
  print(total(list), " ", total(ref(holder.first)), " ", sizeof<Value>(), " ", sizeof<Holder>(), "\n");
}

export function main(): void {
  const a: Matrix<2, 3> = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const b: Matrix<3, 2> = [
    [7, 8],
    [9, 10],
    [11, 12],
  ];
  for (const row of multiply(ref(a), ref(b))) for (const x of row) print(x, " ");
  const one: Node = { value: 1, next: null };
  const none: u32 | null = null;
  print(or(one.next, ref(one)).value, or<u32>(none, 4), behind(one.next, ref(one)).value, failed(fail(Problem.Late), Problem.None), "\n");
  events();
  assignments();
  for (const { read, write, level } of table) print(read, write, level, " ");
  print(size(0), size(7), size(200), size(201), "\n");
  patterns();
  print(own(), "\n");
  spreads();
  getters();
  trees();
}

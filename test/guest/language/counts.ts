// Numbers as type arguments of one's own generics: constants with and without a type, computed ones, members of enums.
import { Depth, PAGES, type Pages } from "./parts/sizes.js";
import * as sizes from "./parts/sizes.js";

const N: u64 = 64;
const W = 8;
const COMPUTED = 128 / sizeof<u64>();
enum Size { Small = 2, Big = 16 }
enum Only { One = 9 }
const enum Fixed { Tiny = 3, Next }

class Bitmap<N extends number> {
  words: Arr<u64, N>;
  size(): u64 { return valueof<N>() * 64; }
  twice<K extends number>(): u64 { return valueof<N>() + valueof<K>(); }
}
class Wrap<M extends number> { map: Bitmap<M>; }
class Keyed<T extends number, N extends number> { key: T; ways: Arr<T, N>; }
type Alias<M extends number> = Bitmap<M>;
type Row<C extends number> = { cells: Arr<u16, C>; used: u64 };
type Words = Arr<u32, typeof N>;
class Holder {
  map: Bitmap<typeof N>;
  alias: Alias<typeof Size.Small> | null;
  grid: Arr<Arr<Bitmap<typeof Size.Big>, Fixed.Tiny>, typeof W>;
  at: Ptr<Wrap<Fixed.Next>> | null;
}

function value<K extends number>(): u64 { return valueof<K>(); }
function length<K extends number>(xs: Ptr<Arr<u32, K>>): u64 { return xs.length + valueof<K>(); }
function passed<K extends number>(): u64 { return value<K>() + sizeof<Wrap<K>>(); }
function filled<K extends number>(x: u16): u64 { const row = zeroed<Row<K>>(); for (let i: u64 = 0; i < valueof<K>(); i++) row.cells[i] = x; return u64(row.cells[row.cells.length - 1]) + sizeof<Row<K>>(); }
function larger<T extends number>(a: T, b: T): T { return a > b ? a : b; }

const words: Words = zeroed();
const holder = zeroed<Holder>();
const wrapped = zeroed<Wrap<Fixed.Next>>();
const keyed = zeroed<Keyed<typeof N, typeof N>>();

export function main(): void {
  print(zeroed<Bitmap<typeof N>>().words.length, " ", zeroed<Bitmap<Size.Big>>().words.length, " ", zeroed<Bitmap<typeof COMPUTED>>().words.length, " ", zeroed<Bitmap<Only.One>>().words.length, "\n");
  print(zeroed<Arr<u8, Size.Small>>().length, " ", zeroed<Arr<u8, typeof Size.Big>>().length, " ", arr<u8, Size.Big>().length, " ", arr<u8, typeof N>().length, "\n");
  print(zeroed<Wrap<typeof N>>().map.words.length, " ", zeroed<Alias<typeof W>>().words.length, " ", zeroed<Alias<typeof N>>().size(), " ", words.length, "\n");
  print(zeroed<Bitmap<typeof PAGES>>().size(), " ", zeroed<Bitmap<Pages>>().size(), " ", zeroed<Bitmap<Depth.High>>().size(), " ", zeroed<Bitmap<typeof sizes.PAGES>>().size(), " ", value<sizes.Depth.Low>(), "\n");
  holder.at = ref(wrapped);
  print(holder.map.size(), " ", holder.alias === null, " ", holder.grid.length, " ", holder.grid[0].length, " ", holder.grid[7][2].size(), " ", holder.at!.map.size(), " ", sizeof<Holder>(), "\n");
  print(value<typeof N>(), " ", value<Size.Big>(), " ", valueof<typeof N>(), " ", passed<typeof N>(), " ", passed<Fixed.Tiny>(), " ", length(ref(words)), " ", length<typeof N>(ref(words)), "\n");
  print(filled<typeof N>(7), " ", filled<Size.Small>(7), " ", sizeof<Row<typeof N>>(), " ", sizeof<Row<Size.Big>>(), " ", holder.map.twice<Size.Small>(), "\n");
  // Where no number is needed, it is the constant's type.
  const most: typeof N = 1 << 40;
  keyed.key = most;
  print(larger<typeof N>(most, 3), " ", keyed.key, " ", keyed.ways.length, "\n");
}

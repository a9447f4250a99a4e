// Fields of a few bits, laid out as C does; reading, writing, literals, static data.

enum Kind {
  None,
  Page,
  Table,
}
class Entry {
  @bits(1) valid: boolean;
  @bits(3) rights: u64;
  @bits(2) kind: Kind;
  @bits(10) unused: u64;
  @bits(44) frame: u64;
  next: u32;
}
class Mixed {
  @bits(5) low: u8;
  @bits(5) other: u8;
  @bits(4) signed: i16;
  @bits(12) next: i16;
  @bits(20) wide: u32;
}
const made: Entry = { valid: true, rights: 5, kind: Kind.Table, unused: 0, frame: 0x123_4567_89ab, next: 7 };
const words = unsafe.cast<Arr<u64, 2>>(ref(made));

function entryOf(frame: u64): Entry {
  return { valid: true, rights: 3, kind: Kind.Page, unused: 0, frame, next: 1 };
}
function sum(entries: readonly Entry[]): u64 {
  let total: u64 = 0;
  for (const { frame, rights } of entries) total += frame + rights;
  return total;
}

export function main(): void {
  print(sizeof<Entry>(), " ", alignof<Entry>(), " ", sizeof<Mixed>(), " ", alignof<Mixed>(), "\n");
  print(made.valid, " ", made.rights, " ", made.kind, " ", made.frame, " ", made.next, " ", words[0], "\n");
  made.rights += 4;
  made.kind = Kind.Page;
  made.frame++;
  print(made.valid, " ", made.rights, " ", made.kind, " ", made.frame, " ", words[0], "\n");
  const m = zeroed<Mixed>();
  m.low = 31;
  m.other = 9;
  m.signed = -3;
  m.next = -2048;
  m.wide = 0xfffff;
  m.low -= 30;
  print(m.low, " ", m.other, " ", m.signed, " ", m.next, " ", m.wide, "\n");
  const entries: Arr<Entry, 2> = [entryOf(10), entryOf(20)];
  print(entryOf(99).frame, " ", sum(entries), "\n");
  if (made.valid) print("valid\n");
}

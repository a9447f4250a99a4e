// Loops, labels, switch, unions, Result, options, using.
enum Op { Send, Map, Stop }
class Send { readonly op: Op.Send; dest: u32; words: Arr<u64, 2>; }
class Map { readonly op: Op.Map; address: u64; pages: u64; }
class Stop { readonly op: Op.Stop; }
type Message = Send | Map | Stop;
enum Err { None, TooLong, Missing }
class Guard {
  name: string;
  [Symbol.dispose](): void { print("close ", this.name, "; "); }
}

function size(m: Ptr<Message>): Result<u64, Err> {
  switch (m.op) {
    case Op.Send: return ok(m.words[1] + m.dest);
    case Op.Map: return m.pages > 512 ? fail(Err.TooLong) : ok(m.pages * 0x1000);
    case Op.Stop: return fail(Err.Missing);
  }
}
function both(m: Ptr<Message>): Result<u32, Err> {
  const r = size(m);
  if (!r.ok) return r;
  return ok(u32(r.val + 1));
}
function show(m: Ptr<Message>): void {
  const r = both(m);
  if (r.ok) print("ok ", r.val, "; ");
  else print("err ", r.err, "; ");
}
function name(n: u64): string {
  switch (n) {
    case 0: return "zero";
    case 1:
    case 2: return "few";
    case 7: return "seven";
    case 8: return "eight";
    case 100: return "hundred";
    case 101: return "dalmatians";
    default: return "many";
  }
}
function grid(): u64 {
  let count: u64 = 0;
  outer: for (let y: u64 = 0; y < 5; y++) {
    for (let x: u64 = 0; x < 5; x++) {
      if (x === 3) continue outer;
      if (y === 3) break outer;
      count += 1;
    }
  }
  return count;
}
function guarded(n: u64): u64 {
  using a = make<Guard>({ name: "a" });
  for (let i: u64 = 0; i < 3; i++) {
    using b = make<Guard>({ name: "b" });
    if (i === n) return i * 10;
    if (i === 1) continue;
    print("body; ");
  }
  return 99;
}
function firstEven(list: readonly u64[]): u64 | null {
  for (const x of list) if (x % 2 === 0) return x;
  return null;
}
function collatz(n: u64): u64 {
  let steps: u64 = 0;
  do {
    n = n % 2 === 0 ? n / 2 : n * 3 + 1;
    steps++;
  } while (n !== 1);
  return steps;
}

/// Every member, the last without a break.
enum Verb { Read, Write }
function cost(verb: Verb): u32 {
  let sum: u32 = 1;
  switch (verb) {
    case Verb.Read:
      sum += 2;
      break;
    case Verb.Write:
      sum += 4;
  }
  return sum;
}

/// A string, and constants without a type of their own.
const COUNT = 4;
const MODE = COUNT > 2 ? 1 : 0;
const BOARD = "virt";
function verb(name: string): u32 {
  switch (name) {
    case "ls":
    case "dir":
      return 1;
    case "":
      return 2;
    default:
      return u32(name.length) * 10;
    case "cat":
      break;
    case "echo":
      return verb("cat") + 5;
  }
  return 3;
}
function modes(): u32 {
  let found: u32 = 0;
  switch (MODE) {
    case 0:
      found = 7;
      break;
    case 1:
      found = 8;
  }
  switch (BOARD) {
    case "virt":
      found += 10;
  }
  return found;
}

export function main(): u64 {
  const send: Message = { op: Op.Send, dest: 5, words: [1, 2] };
  const map: Message = { op: Op.Map, address: 0, pages: 2 };
  const large: Message = { op: Op.Map, address: 0, pages: 600 };
  const stop: Message = { op: Op.Stop };
  show(ref<Message>(send));
  show(ref<Message>(map));
  show(ref<Message>(large));
  show(ref<Message>(stop));
  print("\n");
  for (let i: u64 = 0; i < 10; i += 1) print(name(i), " ");
  print(name(100), " ", name(101), "\n", grid(), " ", collatz(27), "\n");
  print(guarded(2), "\n", guarded(5), "\n");
  print(firstEven([1, 3, 6, 8]) ?? 0, " ", firstEven([1, 3]) === null, "\n");
  const a = true, b = false;
  print(a && !b, " ", b || a, " ", (a && b) === false, "\n");
  print(verb("ls"), verb("dir"), verb(""), verb("cat"), verb("echo"), verb("mount"), " ", modes(), " ", cost(Verb.Read), cost(Verb.Write), "\n");
  return 3;
}

// Conditional compilation on constants without a type, locals that are written on each way, structs
// that are written where their address is taken, and names of the linker.

const HARTS = 8;
const SMP = HARTS > 1;
const TRACE = !SMP || HARTS === 8;
const STACK = SMP ? 2 * 4096 : 4096;
const RATIO = SMP ? 0.5 : 2;
const FILL = SMP ? ~0 : 0;
const enum Level {
  Error,
  Info,
}
const LEVEL = Level.Info;
const NAME: string = SMP ? "smp" : "up";

interface Counted {
  count: u64;
  step(): void;
}
class Timer implements Counted {
  count: u64;
  step(): void {
    this.count += 2;
  }
}

class Node {
  id: u64;
  next: Ptr<Node> | null;
}
const last: Ptr<Node> = ref<Node>({ id: 3, next: null });
const first: Ptr<Node> = ref<Node>({ id: 1, next: ref<Node>({ id: 2, next: last }) });
declare const __image_start: u8;

function sum(node: Ptr<Node> | null): u64 {
  let all: u64 = 0;
  for (let at = node; at !== null; at = at.next) all = all * 10 + at.id;
  return all;
}

function nearest(a: Ptr<Node>, b: Ptr<Node>, id: u64): Ptr<Node> {
  let found: Ptr<Node>;
  let level: Level;
  if (a.id === id) {
    found = a;
    level = Level.Info;
  } else {
    found = b;
    level = Level.Error;
  }
  print(level, " ");
  return found;
}

function written(n: u64): u64 {
  let total: u64 = 0;
  for (let i: u64 = 0; i < n; i++) {
    let part: u32;
    switch (i) {
      case 0:
        part = 5;
        break;
      default:
        part = 7;
    }
    total = total * 10 + part;
  }
  return total;
}

export function main(): void {
  if (HARTS > 4 && TRACE) print(NAME, "\n");
  if (HARTS < 4) print("few\n");
  const stack: u64 = STACK;
  const ratio: f64 = RATIO;
  const fill: u16 = FILL;
  print(stack, " ", ratio, " ", fill, " ", LEVEL > Level.Error ? 1 : 0, " ", SMP ? HARTS : -1, "\n");
  const timer = make<Timer>({ count: 1 });
  timer.step();
  last.id = 4;
  print(timer.count, " ", sum(first), " ", sum(ref<Node>({ id: 5, next: ref<Node>({ id: 6, next: null }) })), "\n");
  print(nearest(first, last, 1).id, " ", nearest(first, last, 9).id, " ", written(3), "\n");
  print(u64.of(ref(__image_start)) === 0x8000_0000, "\n");
}

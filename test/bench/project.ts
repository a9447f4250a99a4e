// A program of the dialect in as many lines as asked for: modules of some hundred lines that import earlier ones,
// with structs, enums, tables, slices, lists, switches and generics. The same lines for the same size; it runs,
// and prints a number that depends on every function.

export interface Project {
  readonly main: string;
  /// The part that `edits` are for.
  readonly edited: string;
  readonly lines: number;
  /// By path below the project's folder.
  readonly files: ReadonlyMap<string, string>;
}

/// Numbers that look random, the same each time.
function* numbersFrom(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

type Draw = (below: number) => number;
interface Part {
  /// Its number, as names hold it.
  readonly id: string;
  readonly draw: Draw;
  /// A function of an earlier part, where there is one.
  readonly earlier: () => string | undefined;
}
/// A function `NAME(seed: u64): u64`.
type Template = (name: string, part: Part) => string;

const templates: readonly Template[] = [
  (name, { id, draw }) => `/// Fills the pool, then adds up what is in it.
export function ${name}(seed: u64): u64 {
  for (let i: usize = 0; i < pool${id}.length; i++) {
    pool${id}[i].key = seed * ${draw(1000) + 3} + i;
    pool${id}[i].weight = u32(seed >>> ${draw(16) + 1}) & 0xffff;
    pool${id}[i].mode = Mode${id}.Idle;
  }
  let sum: u64 = ${draw(1000)};
  for (const node of pool${id}) sum = sum * ${draw(100) * 2 + 3} + node.key + node.weight;
  return sum;
}`,
  (name, { id, draw }) => `/// Links some nodes and walks along them.
export function ${name}(seed: u64): u64 {
  let head: Ptr<Node${id}> | null = null;
  for (let i: usize = 0; i < ${draw(7) + 2}; i++) {
    const node = ref(pool${id}[(seed + i * ${draw(8) * 2 + 1}) % pool${id}.length]);
    node.next = head;
    node.key ^= seed;
    head = node;
  }
  let found: u64 = 0;
  let steps: u64 = 0;
  for (let at = head; at !== null && steps < LIMIT${id}; at = at.next) {
    found += at.key & ${draw(4096) + 1};
    steps++;
  }
  return found + steps;
}`,
  (name, { id, draw }) => `/// One step of a state machine for each bit.
export function ${name}(seed: u64): u64 {
  let mode = Mode${id}.Idle;
  let count: u64 = 0;
  for (let bit: u64 = 0; bit < ${draw(24) + 8}; bit++) {
    const isSet = ((seed >>> bit) & 1) === 1;
    switch (mode) {
      case Mode${id}.Idle:
        mode = isSet ? Mode${id}.Busy : Mode${id}.Idle;
        break;
      case Mode${id}.Busy:
        count += bit;
        mode = isSet ? Mode${id}.Done : Mode${id}.Busy;
        break;
      case Mode${id}.Done:
        count ^= ${draw(256)};
        mode = Mode${id}.Idle;
        break;
    }
  }
  return count * ${draw(50) + 2};
}`,
  (name, { id, draw }) => `/// Sorts a few words in place and mixes them.
export function ${name}(seed: u64): u64 {
  const words = zeroed<Arr<u64, ${draw(8) + 5}>>();
  let state = seed | 1;
  for (let i: usize = 0; i < words.length; i++) {
    state = state * ${draw(10_000) * 2 + 6_364_136} + 1442695;
    words[i] = state >>> ${draw(20) + 8};
  }
  for (let i: usize = 1; i < words.length; i++) {
    const word = words[i];
    let at = i;
    while (at > 0 && words[at - 1] > word) {
      words[at] = words[at - 1];
      at--;
    }
    words[at] = word;
  }
  return words[0] + words[words.length / 2] * LIMIT${id};
}`,
  (name, { id, draw }) => `/// Looks the best node up.
export function ${name}(seed: u64): u64 {
  let best = pool${id}[0].key;
  let where: u64 = 0;
  for (let i: usize = 1; i < pool${id}.length; i++) {
    const distance = pool${id}[i].key > seed ? pool${id}[i].key - seed : seed - pool${id}[i].key;
    if (distance >= best && pool${id}[i].mode !== Mode${id}.Done) continue;
    best = distance;
    where = i;
  }
  if (where > LIMIT${id}) panic("there is no such node");
  pool${id}[where].weight += ${draw(9) + 1};
  return best + where;
}`,
  (name, { id, draw }) => `/// A checksum of some bytes.
export function ${name}(seed: u64): u64 {
  const text = "part ${id} says ${draw(1_000_000)}";
  let crc = u32(seed);
  for (const byte of text) {
    crc ^= byte;
    for (let bit: u32 = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) !== 0 ? ${0x8000_0000 + draw(1 << 24)} : 0);
  }
  return crc;
}`,
  (name, { id, draw }) => `/// Divides where that works.
export function ${name}(seed: u64): u64 {
  const [quotient, rest] = split${id}(seed, ${draw(500) + 3});
  const signed = i64(quotient) - i64(rest);
  if (signed < 0) return u64(-signed);
  return u64(signed) + larger${id}<u32>(u32(seed), ${draw(1000)}) + larger${id}<u64>(rest, ${draw(1000)});
}`,
  (name, { draw, earlier }) => `/// Leaves a part of the work to others.
export function ${name}(seed: u64): u64 {
  let sum = seed;
  for (let round: u64 = 0; round < ${draw(3) + 1}; round++) {
    sum ^= ${earlier() ?? "u64"}(sum >>> ${draw(6) + 1});
    sum += ${earlier() ?? "u64"}(round + ${draw(100)});
  }
  return sum;
}`,
];

function head(id: string, imports: ReadonlySet<string>, draw: Draw): string {
  const lines = [...imports].sort().map((name) => `import { ${name} } from "./part-${name.slice(-3)}.js";`);
  return `// Part ${id} of a generated program.
${lines.join("\n")}

export enum Mode${id} {
  Idle,
  Busy,
  Done,
}

/// What part ${id} keeps.
export class Node${id} {
  key: u64;
  weight: u32;
  mode: Mode${id};
  next: Ptr<Node${id}> | null;
}

const LIMIT${id}: u64 = ${draw(50) + 16};
const pool${id} = zeroed<Arr<Node${id}, ${draw(8) + 8}>>();

function split${id}(value: u64, by: u64): [u64, u64] {
  return [value / by, value % by];
}

function larger${id}<T extends u64>(a: T, b: T): T {
  return a > b ? a : b;
}
`;
}

/// About so many lines, in files of about a hundred.
export function generateProject(lines: number): Project {
  const numbers = numbersFrom(7);
  const draw: Draw = (below) => numbers.next().value % below;
  const files = new Map<string, string>();
  const made: string[] = [];
  let total = 0;
  for (let part = 0; total < lines; part++) {
    const id = String(part).padStart(3, "0");
    const known = [...made];
    const imports = new Set<string>();
    const earlier = () => {
      const name = known[draw(known.length)];
      if (name !== undefined) imports.add(name);
      return name;
    };
    const names = templates.map((_, index) => `work${index}x${id}`);
    const bodies = templates.map((template, index) => template(names[index]!, { id, draw, earlier }));
    // Each starts from what the one before made.
    const run = `/// All of part ${id}.\nexport function run${id}(seed: u64): u64 {\n  let sum = seed;\n${names.map((name) => `  sum = sum * 31 + ${name}(sum);`).join("\n")}\n  return sum;\n}`;
    const text = `${[head(id, imports, draw), ...bodies, run].join("\n\n")}\n`;
    // Later parts call what calls nothing itself: the work stays linear.
    made.push(...names.slice(2, 7));
    files.set(`part-${id}.ts`, text);
    total += text.split("\n").length - 1;
  }
  const ids = [...files.keys()].map((path) => path.slice(5, 8));
  const main = `${ids.map((id) => `import { run${id} } from "./part-${id}.js";`).join("\n")}

export function main(): void {
  let sum: u64 = 1;
${ids.map((id) => `  sum = run${id}(sum);`).join("\n")}
  print(sum, "\\n");
}
`;
  files.set("main.ts", main);
  return { main: "main.ts", edited: `part-${ids[ids.length >> 1]}.ts`, lines: total + main.split("\n").length - 1, files };
}

/// What a person does to a file, by kind; `run` makes each edit another one.
export const edits: readonly { kind: string; change: (text: string, run: number) => string }[] = [
  { kind: "a number in a function", change: (text, run) => text.replace("let count: u64 = 0;", `let count: u64 = ${run + 1};`) },
  { kind: "a line more", change: (text, run) => text.replace("let count: u64 = 0;", `let count: u64 = 0;\n  count += ${run + 1};`) },
  { kind: "a function more", change: (text, run) => `${text}\nexport function more${run}(seed: u64): u64 {\n  return seed + ${run};\n}\n` },
  { kind: "a field more", change: (text, run) => text.replace("  weight: u32;", `  weight: u32;\n  more${run}: u64;`) },
];

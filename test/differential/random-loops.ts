// Random functions of loops, guards and indices, most of which leave their array for some arguments: what the passes
// conclude of ranges must never drop a check that fails. Every loop is bounded by steps.

import { Random } from "./random-module.js";

const integers = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;
const DEEPEST = 3;

/// A function `NAME(a: u64, b: u64): u64`, with the array that it reads and writes.
export function randomLoops(seed: number, name: string): string {
  const random = new Random(seed);
  const type = random.pick(integers);
  const isSigned = type.startsWith("i");
  const length = 5 + random.below(8);
  const small = () => random.pick([0, 1, 1, 2, 3, 4, 7, 8, length - 1, length, length + 1, 15, 16, 100]);
  const variables = ["n", "m", "i", "j"];
  const variable = () => random.pick(variables);
  const literal = () => (isSigned && random.chance(6) ? `-${1 + random.below(3)}` : String(small()));
  const operand = (): string => {
    switch (random.below(10)) {
      case 0: return `${variable()} ${random.pick(["+", "-"])} ${1 + random.below(3)}`;
      case 1: return `${variable()} ${random.pick(["+", "-"])} ${variable()}`;
      case 2: return `(${variable()} ${random.pick(["& 7", "& 15", "% 6", "% 9", "/ 2", ">>> 1", ">> 1", "* 2", "<< 1", "^ 1"])})`;
      case 3: return `${small()} - ${variable()}`;
      default: return variable();
    }
  };
  const comparison = () => `${operand()} ${random.pick(["<", "<", "<=", ">", ">=", "===", "!=="])} ${random.chance(2) ? literal() : operand()}`;
  const condition = (): string => {
    switch (random.below(6)) {
      case 0: return `${comparison()} && ${comparison()}`;
      case 1: return `${comparison()} || ${comparison()}`;
      case 2: return `!(${comparison()})`;
      default: return comparison();
    }
  };
  const slice = () => random.pick(["t", "t", "t", "s", `t.slice(${random.below(3)})`]);
  const statement = (depth: number, inLoop: boolean): string => {
    const inner = () => block(depth + 1, inLoop);
    switch (random.below(depth < DEEPEST ? 12 : 7)) {
      case 0:
      case 1:
      case 2: return `sum = sum * 5 + u64(${slice()}[${operand()}]);`;
      case 3: return `t[${operand()}] = ${type}(sum);`;
      case 4: return `${variable()} = ${type}(${operand()});`;
      case 5: return inLoop ? `if (${condition()}) ${random.pick(["break", "continue"])};` : `if (${condition()}) return sum;`;
      case 6: return `${random.pick(["i", "j"])}${random.pick(["++", "--", " += 2", " -= 2", " >>= 1"])};`;
      case 7:
      case 8: return `if (${condition()}) ${inner()}${random.chance(2) ? ` else ${inner()}` : ""}`;
      case 9: {
        const [by, from] = [random.pick(["i", "j"]), random.chance(2) ? String(random.below(4)) : operand()];
        return `for (${by} = ${from}; ${by} ${random.pick(["<", "<", "<=", "!=="])} ${random.chance(2) ? small() : operand()}; ${by}${random.pick(["++", "++", " += 2", " += 3"])}) ${loop(depth)}`;
      }
      case 10: {
        const by = random.pick(["i", "j"]);
        return `for (${by} = ${operand()}; ${by} ${random.pick([">", ">=", "!=="])} ${random.below(3)}; ${by}${random.pick(["--", "--", " -= 2"])}) ${loop(depth)}`;
      }
      default: return `while (${condition()}) ${loop(depth)}`;
    }
  };
  const block = (depth: number, inLoop: boolean): string => `{ ${Array.from({ length: 1 + random.below(3) }, () => statement(depth, inLoop)).join(" ")} }`;
  const loop = (depth: number) => `{ if (++steps > 40) return sum; ${block(depth + 1, true)} }`;
  const body = Array.from({ length: 2 + random.below(4) }, () => statement(0, false)).join("\n  ");
  return `const t_${name} = zeroed<Arr<${type}, ${length}>>();
export function ${name}(a: u64, b: u64): u64 {
  const t = ref(t_${name});
  const s: readonly ${type}[] = t_${name}.slice(0, u64(b & 15) < ${length} ? b & 15 : ${length});
  let n: ${type} = ${type}(a); let m: ${type} = ${type}(b);
  let i: ${type} = ${random.pick(["0", "1", "n", "m", String(small())])}; let j: ${type} = ${random.pick(["0", "n", String(small())])};
  let sum: u64 = 1; let steps: u64 = 0;
  ${body}
  return sum + u64(n ^ m) + u64(i) * 3 + u64(j);
}
`;
}

/// Arguments near what ranges are about: nothing, lengths, the ends of types.
export const ends: readonly bigint[] = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 11n, 12n, 13n, 16n, 100n, 127n, 128n, 255n, 32767n, 32768n, 65535n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, (1n << 63n) - 1n, -(1n << 63n), -2n, -1n];

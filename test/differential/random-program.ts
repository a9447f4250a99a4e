// Random programs in the dialect, from a seed: all integer types, arithmetic
// that wraps, conversions, tables, branches and loops that end. What is
// generated is well-typed, so the front end must accept it.

import { Random } from "./random-module.js";

const types = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
const bitsOf = (type: string) => Number(type.slice(1));

interface Variable {
  readonly name: string;
  readonly type: string;
}

export function randomProgram(seed: number, functions = 4): string {
  return new ProgramMaker(new Random(seed)).make(functions);
}

class ProgramMaker {
  private counters = 0;

  constructor(private readonly random: Random) {}

  make(functions: number): string {
    const { random } = this;
    const tables = types.map((type) => `const t_${type} = zeroed<Arr<${type}, 8>>();`).join("\n");
    const names = Array.from({ length: functions }, (_, index) => `f${index}`);
    const calls = names.map(
      (name) => `h = h * 31 + ${name}(${types.map((type) => `${type}(h >> ${random.below(40)})`).join(", ")});`,
    );
    const run = `export function run(): u64 {\nlet h: u64 = ${random.below(1 << 30)};\n${calls.join("\n")}\nreturn h;\n}`;
    return [tables, ...names.map((name) => this.function(name)), run, ""].join("\n");
  }

  private function(name: string): string {
    const params = types.map((type) => ({ name: `p_${type}`, type }));
    const locals = types.map((type) => ({ name: `v_${type}`, type }));
    const declared = locals.map(({ name, type }) => `let ${name}: ${type} = p_${type};`).join(" ");
    const mixed = locals.map(({ name }) => `u64(${name})`).join(" ^ ");
    const list = params.map(({ name, type }) => `${name}: ${type}`).join(", ");
    return `function ${name}(${list}): u64 {\n${declared}\n${this.statements([...params, ...locals], locals, 2)}\nreturn ${mixed};\n}`;
  }

  private literal(type: string): string {
    const size = BigInt(bitsOf(type) - (type.startsWith("i") ? 1 : 0));
    const largest = (1n << size) - 1n;
    const some = [0n, 1n, 2n, 3n, 7n, 8n, 100n, largest, 1n << (size - 1n), BigInt(this.random.below(1 << 30)) & largest];
    return String(this.random.pick(some));
  }

  private expression(type: string, scope: readonly Variable[], depth: number): string {
    const { random } = this;
    const same = scope.filter((variable) => variable.type === type);
    if (depth === 0) return random.chance(3) ? `${type}(${this.literal(type)})` : random.pick(same).name;
    const inner = (of = type) => this.expression(of, scope, depth - 1);
    switch (random.below(9)) {
      case 0: {
        // `a << (b) > (c)` would read as a call with type arguments; a conversion does not.
        const count = random.pick(types);
        return `(${inner()} ${random.pick(["<<", ">>", ">>>"])} ${count}(${inner(count)}))`;
      }
      case 1:
        return `(${inner()} ${random.pick(["/", "%"])} (${inner()} | 1))`;
      case 2:
        return `${type}(${inner(random.pick(types))})`;
      case 3:
        return `(${this.condition(scope, depth - 1)} ? ${inner()} : ${inner()})`;
      case 4:
        return `t_${type}[${inner("u8")} & 7]`;
      case 5:
        return `(~${inner()})`;
      default:
        return `(${inner()} ${random.pick(["+", "-", "*", "&", "|", "^"])} ${random.chance(3) ? this.literal(type) : inner()})`;
    }
  }

  private condition(scope: readonly Variable[], depth: number): string {
    const { random } = this;
    const type = random.pick(types);
    const right = random.chance(2) ? this.literal(type) : `${type}(${this.expression(type, scope, depth)})`;
    const test = `((${this.expression(type, scope, depth)}) ${random.pick(["<", "<=", ">", ">=", "===", "!=="])} ${right})`;
    return random.chance(4) && depth > 0 ? `(${test} ${random.pick(["&&", "||"])} ${this.condition(scope, depth - 1)})` : test;
  }

  private statements(scope: readonly Variable[], writable: readonly Variable[], depth: number): string {
    return Array.from({ length: 1 + this.random.below(4) }, () => this.statement(scope, writable, depth)).join("\n");
  }

  private statement(scope: readonly Variable[], writable: readonly Variable[], depth: number): string {
    const { random } = this;
    const target = random.pick(writable);
    const inner = () => this.statements(scope, writable, depth - 1);
    switch (depth === 0 ? 0 : random.below(6)) {
      case 1:
        return `if (${this.condition(scope, 1)}) { ${inner()} } else { ${inner()} }`;
      case 2:
      case 3: {
        const counter = { name: `n${this.counters++}`, type: random.pick(types) };
        const leave = random.chance(3) ? `if (${this.condition(scope, 1)}) ${random.pick(["break", "continue"])};` : "";
        const head = `let ${counter.name}: ${counter.type} = 0; ${counter.name} < ${random.below(12)}; ${counter.name}++`;
        const store = `t_${target.type}[${counter.name} & 7] ${random.pick(["=", "+="])} ${target.name};`;
        return `for (${head}) { ${store} ${this.statements([...scope, counter], writable, depth - 1)} ${leave} }`;
      }
      case 4:
        return `t_${target.type}[${this.expression("u8", scope, 1)} & 7] ${random.pick(["=", "^=", "-="])} ${this.expression(target.type, scope, 2)};`;
      default:
        return `${target.name} ${random.pick(["=", "+=", "^="])} ${this.expression(target.type, scope, 3)};`;
    }
  }
}

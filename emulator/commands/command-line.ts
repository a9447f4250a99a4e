// The command line: a command by its name, its options and words from a table, and the help that the table gives.
// A library that does so takes longer to load and to run than an image takes to start.

import { UsageError } from "./run-options.js";

export interface Option {
  readonly describe: string;
  /// Default string, which may be empty: `--trace` alone.
  readonly type?: "string" | "boolean";
  readonly choices?: readonly string[];
  readonly default?: string | boolean;
  /// One letter.
  readonly alias?: string;
  /// May be repeated, and is always an array.
  readonly array?: boolean;
}
export interface Words {
  readonly name: string;
  readonly describe: string;
  /// How many there are; default: one, which may be missing.
  readonly count?: "one" | "any";
}
export interface Command {
  readonly name: string;
  readonly describe: string;
  readonly words?: Words;
  readonly options: Readonly<Record<string, Option>>;
  /// Gives the exit code.
  readonly run: (argv: never) => Promise<number>;
}
type Value = string | boolean | string[] | undefined;

const common: Readonly<Record<string, Option>> = {
  help: { type: "boolean", alias: "h", describe: "Show help" },
  version: { type: "boolean", describe: "Show version number" },
};
const wrong = (message: string): never => {
  throw new UsageError(`${message}\n  help: typemetal --help`);
};

/// What is asked for: a command with what its body takes, or a text to print. Throws UsageError.
export function readCommandLine(commands: readonly Command[], args: readonly string[], about: string, width: number): { readonly command: Command; readonly argv: Record<string, Value> } | { readonly print: "version" | { readonly help: string } } {
  const [first, ...rest] = args;
  const command = commands.find(({ name }) => name === first);
  const { values, words } = read({ ...common, ...command?.options }, command ? rest : args);
  if (values.help) return { print: { help: command ? commandHelp(command, width) : help(commands, about, width) } };
  if (values.version) return { print: "version" };
  if (!command) return wrong(words[0] === undefined ? "give a command" : `there is no command ${words[0]}`);
  const { name, count } = command.words ?? {};
  const extra = words[count === "any" ? words.length : name === undefined ? 0 : 1];
  if (extra !== undefined) return wrong(`${command.name} does not take ${extra}`);
  if (count === "one" && words.length === 0) return wrong(`${command.name}: give its <${name}>`);
  const word = count === "any" ? words : words[0];
  return { command, argv: { ...values, ...(name !== undefined && word !== undefined && { [name]: word }) } };
}

function read(options: Readonly<Record<string, Option>>, args: readonly string[]): { values: Record<string, Value>; words: string[] } {
  const values: Record<string, Value> = {};
  for (const [name, option] of Object.entries(options)) if (option.default !== undefined) values[camelCase(name)] = option.default;
  const words: string[] = [];
  const given = new Set<string>();
  const waiting = [...args];
  const isWord = (text: string | undefined) => text !== undefined && (text === "-" || !text.startsWith("-"));
  const nameOf = (text: string): string => (text.startsWith("--") ? text.slice(2) : (Object.entries(options).find(([, { alias }]) => alias === text.slice(1))?.[0] ?? text.slice(1)));
  for (let arg = waiting.shift(); arg !== undefined; arg = waiting.shift()) {
    if (arg === "--") words.push(...waiting.splice(0));
    else if (isWord(arg)) words.push(arg);
    else {
      const [, said = "", after] = /^(--?[^=]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
      const name = nameOf(said);
      const negated = name.startsWith("no-") && options[name.slice(3)]?.type === "boolean";
      const option = options[negated ? name.slice(3) : name] ?? wrong(`there is no option ${said || arg}`);
      const key = camelCase(negated ? name.slice(3) : name);
      if (option.type === "boolean") {
        if (after !== undefined && after !== "true" && after !== "false") wrong(`${said} takes no value`);
        values[key] = (after !== "false") !== negated;
        continue;
      }
      const value = after ?? (isWord(waiting[0]) ? waiting.shift()! : "");
      if (option.choices && !option.choices.includes(value)) wrong(`${said} ${value}: give ${option.choices.join(" or ")}`);
      const before = given.has(key) ? [values[key] as string | string[]].flat() : [];
      values[key] = option.array || before.length > 0 ? [...before, value] : value;
      given.add(key);
    }
  }
  return { values, words };
}

const camelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function help(commands: readonly Command[], about: string, width: number): string {
  const rows = commands.map((command) => [usageOf(command), command.describe] as const);
  return `typemetal COMMAND: ${about}\n\nCommands:\n${table(rows, width)}\n\nOptions:\n${table(optionRows(common), width)}`;
}

function commandHelp(command: Command, width: number): string {
  const { words, describe } = command;
  const named = words ? `\n\nWords:\n${table([[words.name, words.describe]], width)}` : "";
  return `${usageOf(command)}\n\n${describe}${named}\n\nOptions:\n${table(optionRows({ ...common, ...command.options }), width)}`;
}

function usageOf({ name, words }: Command): string {
  const word = words && { one: `<${words.name}>`, any: `[${words.name}..]`, maybe: `[${words.name}]` }[words.count ?? "maybe"];
  return ["typemetal", name, ...(word ? [word] : [])].join(" ");
}

function optionRows(options: Readonly<Record<string, Option>>): (readonly [string, string])[] {
  return Object.entries(options).map(([name, { alias, describe, choices, type, ...option }]) => {
    const more = [choices?.join(", "), option.default !== undefined && option.default !== false && `default ${option.default}`].filter(Boolean);
    return [`${alias ? `-${alias}, ` : "    "}--${name}`, more.length > 0 ? `${describe} [${more.join("; ")}]` : describe] as const;
  });
}

/// Two columns, the second broken where the width ends.
function table(rows: readonly (readonly [string, string])[], width: number): string {
  const first = Math.max(...rows.map(([text]) => text.length)) + 4;
  return rows.map(([left, right]) => {
    const lines = [""];
    for (const word of right.split(" ")) {
      const last = lines.at(-1)!;
      if (last === "") lines[lines.length - 1] = word;
      else if (first + last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return `  ${left.padEnd(first - 2)}${lines.join(`\n${" ".repeat(first)}`)}`;
  }).join("\n");
}

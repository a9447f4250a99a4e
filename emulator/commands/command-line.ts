// The command line: commands with their options and words, from a table. Commander reads it and writes the help.

import { CommanderError, Option as Flag, Command as Parser } from "commander";
import { UsageError } from "./run-options.js";

export interface Option {
  readonly describe: string;
  /// Default: string.
  readonly type?: "string" | "boolean";
  readonly choices?: readonly string[];
  readonly default?: string | boolean;
  /// One letter.
  readonly alias?: string;
  /// May be repeated, and is always an array. Of others it makes one where it is repeated.
  readonly array?: boolean;
  /// May stand without a value, which is empty then.
  readonly alone?: boolean;
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

/// What is asked for: a command with what its body takes, or a text to print. Throws UsageError.
export function readCommandLine(commands: readonly Command[], args: readonly string[], about: string, version: () => string, width: number): { readonly command: Command; readonly argv: Record<string, unknown> } | { readonly print: string } {
  let print = "", asked: { command: Command; argv: Record<string, unknown> } | undefined;
  if (args.length === 0) throw new UsageError("give a command\n  help: typemetal --help");
  const program = new Parser("typemetal").description(about).option("--version", "show the version").helpOption("-h, --help", "show help").helpCommand(false)
    .exitOverride().configureOutput({ writeOut: (text) => { print += text; }, writeErr: () => {} }).configureHelp({ helpWidth: width, optionDescription });
  program.on("option:version", () => {
    print = `${version()}\n`;
    throw new CommanderError(0, "commander.version", "");
  });
  for (const command of commands) {
    const { name, describe, words, options } = command;
    const parser = program.command(name).description(describe);
    if (words) parser.argument({ one: `<${words.name}>`, any: `[${words.name}...]`, maybe: `[${words.name}]` }[words.count ?? "maybe"], words.describe);
    for (const [option, row] of Object.entries(options)) for (const flag of flagsOf(option, row)) parser.addOption(flag);
    parser.action((word: unknown, values: Record<string, unknown>) => {
      asked = { command, argv: words ? { ...values, ...(word !== undefined && { [words.name]: word }) } : (word as Record<string, unknown>) };
    });
  }
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(`${error.message.replace(/^error: /, "")}\n  help: typemetal --help`);
  }
  return asked ?? { print };
}

function optionDescription({ description, argChoices, defaultValue }: Flag): string {
  const more = [argChoices?.join(", "), typeof defaultValue === "string" && `default ${defaultValue}`].filter(Boolean);
  return more.length > 0 ? `${description} [${more.join("; ")}]` : description;
}

function flagsOf(name: string, { describe, type, choices, alias, array, alone, ...option }: Option): Flag[] {
  const short = alias ? `-${alias}, ` : "";
  if (type === "boolean") return [new Flag(`${short}--${name}`, describe).default(option.default), new Flag(`--no-${name}`).hideHelp()];
  const flag = new Flag(`${short}--${name} ${alone ? "[value]" : "<value>"}`, describe).default(option.default);
  if (choices) return [flag.choices(choices)];
  const given: string[] = [];
  flag.argParser((value) => (given.push(value), array || given.length > 1 ? given : value));
  return [alone ? flag.preset("") : flag];
}

// Writes userland/lib/stubs.ts and docs/syscalls.md from the tables of kernel/abi.
// `--check` writes nothing and fails where a file is not what it would write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.js";
import { invocations } from "../invocations.js";
import { capabilityWord, type Field, messageTag, ObjectType, objectProse, Right } from "../objects.js";
import { type CallRow, syscalls } from "../syscalls.js";

/// IPC moves a whole message: userland/lib/message.ts has those by hand.
const plainCalls = ["Signal", "Yield", "Invoke", "NanoSleep", "Up"];

const syscallRows: [string, CallRow][] = Object.entries(syscalls);
const invocationRows: [string, CallRow][] = Object.entries(invocations);

const files: Record<string, string> = {
  "userland/lib/stubs.ts": stubs(),
  "docs/syscalls.md": documentation(),
  "kernel/abi/requirements.ts": requirements(),
  "test/guest/kernel/lib/invocation-rows.ts": rowsForTests(),
  ...objectPages(),
};

for (const rows of [syscallRows, invocationRows]) checkNumbers(rows);
const root = new URL("../../../", import.meta.url);
for (const [path, text] of Object.entries(files)) {
  const url = new URL(path, root);
  if (!process.argv.includes("--check")) {
    mkdirSync(dirname(fileURLToPath(url)), { recursive: true });
    writeFileSync(url, text);
  } else if (!existsSync(url) || readFileSync(url, "utf8") !== text) {
    console.error(`${path} is stale: run npm run generate`);
    process.exitCode = 1;
  }
}

function checkNumbers(rows: readonly [string, CallRow][]): void {
  const seen = new Map<number, string>();
  for (const [name, { number }] of rows) {
    const other = seen.get(number);
    if (other) throw new Error(`number ${number} is both ${other} and ${name}`);
    seen.set(number, name);
  }
}

/// `yield` is a word of the language.
function functionName(name: string): string {
  if (name === "Yield") return "yieldTime";
  const word = name.replace(/^(C|V)(N|S)/, (_, first, second) => first + second.toLowerCase());
  return word[0]!.toLowerCase() + word.slice(1);
}

function errorNames(row: CallRow): string {
  return row.errors.map((error) => KernelError[error]).join(", ") || "none";
}


function stubs(): string {
  const plain = syscallRows.filter(([name]) => plainCalls.includes(name));
  return [
    "// Generated from kernel/abi by `npm run generate`. Do not edit.",
    "//",
    "// Capabilities are slot numbers of the caller's CSpace. Below zero: minus a KernelError.",
    "",
    ...plain.map(([name, row]) => stub(name, row, row.args.map(([argument]) => argument), `a7: ${row.number}`)),
    ...invocationRows.map(([name, row]) => stub(name, row, ["object", ...row.args.map(([argument]) => argument)], `a1: ${row.number}, a7: ${syscalls.Invoke.number}`)),
  ].join("\n");
}

function stub(name: string, row: CallRow, parameters: readonly string[], fixed: string): string {
  const isInvocation = fixed.startsWith("a1");
  const registers = parameters.map((parameter, index) => `a${isInvocation && index > 0 ? index + 1 : index}: ${parameter}`);
  return `/// ${row.prose}
/// Errors: ${errorNames(row)}.
export function ${functionName(name)}(${parameters.map((parameter) => `${parameter}: u64`).join(", ")}): i64 {
  return asm<i64>\`ecall \${{ ${[...registers, fixed].join(", ")} }}\`;
}
`;
}

/// By label, type and rights of the capability as they stand in its word; all ones for no invocation.
function requirements(): string {
  const last = Math.max(...invocationRows.map(([, { number }]) => number));
  const words = Array.from({ length: last + 1 }, (_, label) => {
    const row = invocationRows.find(([, { number }]) => number === label)?.[1];
    return row ? row.object | (row.rights << capabilityWord.rights.at) : 0xffff;
  });
  const lines = Array.from({ length: Math.ceil(words.length / 16) }, (_, line) => `  ${words.slice(16 * line, 16 * line + 16).join(", ")},`);
  return `// Generated from kernel/abi by \`npm run generate\`. Do not edit.

/// What the invocation with a label asks of the capability in a0: type and rights as in its word.
export const requirements: readonly u16[] = [
${lines.join("\n")}
];
`;
}

/// All invocations, for the test that tries each with what is wrong: test/guest/kernel/refusals.ts.
function rowsForTests(): string {
  const kinds = [...new Set(invocationRows.flatMap(([, { args }]) => args.map(([, kind]) => kind)))].sort();
  const masks = invocationRows.map(([, { errors }]) => errors.reduce((mask, error) => mask | (1 << error), 0));
  const packed = invocationRows.map(([, { args }]) => args.reduce((word, [, kind], index) => word | ((kinds.indexOf(kind) + 1) << (4 * index)), 0));
  return `// Generated from kernel/abi by \`npm run generate\`. Do not edit.

/// What an argument is.
export enum ArgumentKind { None, ${kinds.map((kind) => kind.replace(/^./, (first) => first.toUpperCase())).join(", ")} }

/// Of each invocation: its name and label, the kinds of its arguments, four bits each from the first on, and its errors as
/// bits.
export const names: readonly string[] = [
${invocationRows.map(([name]) => `  "${name}",`).join("\n")}
];
export const labels: readonly u16[] = [${invocationRows.map(([, { number }]) => number).join(", ")}];
export const argumentKinds: readonly u32[] = [${packed.join(", ")}];
export const errorMasks: readonly u16[] = [${masks.join(", ")}];
`;
}

/// One page for each type of object.
function objectPages(): Record<string, string> {
  const pages = Object.entries(objectProse).map(([name, prose]): [string, string] => {
    const type = ObjectType[name as keyof typeof ObjectType];
    const section = (title: string, rows: readonly [string, CallRow][], radix: number) => {
      const own = rows.filter(([, row]) => row.object === type);
      if (own.length === 0) return "";
      const items = own.map(([call, row]) => {
        const args = row.args.map(([argument, kind]) => `${argument}: ${kind}`).join(", ");
        const right = row.rights === Right.None ? "" : ` Asks for ${Right[row.rights]}.`;
        return `### ${call}(${args})\n\n${radix === 16 ? `Label 0x${row.number.toString(16)}` : `Syscall ${row.number}`}.${right} ${row.prose}\n\nErrors: ${errorNames(row)}.\n`;
      });
      return `\n## ${title}\n\n${items.join("\n")}`;
    };
    return [`docs/objects/${name.toLowerCase()}.md`, `# ${name}\n\nGenerated from kernel/abi by \`npm run generate\`. Object type ${type}.\n\n${prose}\n${section("Syscalls", syscallRows, 10)}${section("Invocations", invocationRows, 16)}`];
  });
  const index = Object.keys(objectProse).map((name) => `- [${name}](${name.toLowerCase()}.md)`).join("\n");
  return { ...Object.fromEntries(pages), "docs/objects/README.md": `# Objects\n\nGenerated from kernel/abi by \`npm run generate\`. How to call: [syscalls.md](../syscalls.md).\n\n${index}\n` };
}

function documentation(): string {
  const table = (rows: readonly [string, CallRow][], number: (value: number) => string) =>
    [
      "| number | name | arguments | object | right | errors | |",
      "|--:|---|---|---|---|---|---|",
      ...rows.map(([name, row]) => {
        const args = row.args.map(([argument, kind]) => `${argument}: ${kind}`).join(", ");
        const object = row.object === ObjectType.Null ? "" : ObjectType[row.object];
        const right = row.rights === Right.None ? "" : Right[row.rights];
        return `| ${number(row.number)} | ${name} | ${args} | ${object} | ${right} | ${errorNames(row)} | ${row.prose} |`;
      }),
    ].join("\n");
  return `# System calls

Generated from kernel/abi by \`npm run generate\`. a7 has the number, a0 the capability (its slot in the
caller's CSpace), a1 the message tag or the label, a2 to a6 the rest. The result is in a0: below zero it is
minus a KernelError. Call and ReplyRecv keep all registers but a0 to a5 and a7; the other calls keep all
but their results.

## Syscalls

${table(syscallRows, String)}

## Invocations

\`Invoke\` with the label in a1 and the arguments from a2 on.

${table(invocationRows, (value) => `0x${value.toString(16)}`)}

## Words

${diagram("Capability word", capabilityWord)}

${diagram("Message tag", messageTag)}

## Errors

${Object.entries(KernelError).filter(([, value]) => typeof value === "number").map(([name, value]) => `- ${value} ${name}`).join("\n")}
`;
}

function diagram(title: string, fields: Record<string, Field>): string {
  const parts = Object.entries(fields).sort((a, b) => b[1].at - a[1].at);
  return `${title}: ${parts.map(([name, { at, bits }]) => (bits === 1 ? `\`${at}\` ${name}` : `\`${at + bits - 1}:${at}\` ${name}`)).join(" · ")}`;
}

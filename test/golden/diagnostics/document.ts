// docs/diagnostics.md, made of the table of codes and the golden programs: what a code means is written once.

import type { CodeRow } from "../../../compiler/frontend/codes.js";

const groups: readonly (readonly [prefix: string, title: string, about: string])[] = [
  ["TM1", "Syntax", "What the dialect leaves out of TypeScript."],
  ["TM2", "Types", "What tsc cannot see: widths, signs, copies, layouts."],
  ["TM3", "Machine and compile time", "Assembly, static data, what is made while compiling."],
  ["TM4", "Back end", "What is found when the program becomes machine code."],
];

/// `exampleOf` gives a program that the code refuses.
export function document(
  codes: Readonly<Record<string, CodeRow>>,
  exampleOf: (code: string) => string | undefined,
): string {
  const sections = groups.flatMap(([prefix, title, about]) => {
    const rows = Object.entries(codes).filter(([code]) => code.startsWith(prefix));
    return rows.length === 0
      ? []
      : [`## ${title}\n\n${about}`, ...rows.map(([code, row]) => section(code, row, exampleOf(code)))];
  });
  const head = `# Diagnostics

Generated from compiler/frontend/codes.ts, compiler/refusal.ts and test/golden/diagnostics; \`UPDATE_GOLDEN=1 npx vitest run test/golden/diagnostics\` writes it.

Each mistake has a code that stays the same, a place, and a help line that says what to write instead. Codes that begin with TS are TypeScript's own: what the compiler accepts, plain \`tsc\` and the editor accept too. Where tsc cannot find a name that C, Rust, Zig, Go or Python has (\`uint8_t\`, \`printf\`, \`Vec\`, \`None\`), the help says what stands for it here, and so it does for a line of these that no TypeScript is (\`fn f()\`, \`let mut x\`, \`#define N 4\`, \`p->next\`).`;
  return `${[head, ...sections].join("\n\n")}\n`;
}

function section(code: string, { message, help }: CodeRow, example: string | undefined): string {
  const program = example ? `\n\n\`\`\`ts\n${example.trimEnd()}\n\`\`\`` : "";
  return `### ${code}\n\n${message}\n\nInstead: ${help}.${program}`;
}

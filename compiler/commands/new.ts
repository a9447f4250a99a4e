// `typemetal new`: a small kernel of the user's own, ready to run and to change.

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/// The directory cannot be used; `help` says what to do.
class DirectoryError extends Error {
  override readonly name = "DirectoryError";
  constructor(
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

export interface NewOptions {
  readonly dir: string;
  readonly write: (text: string) => void;
}

/// Throws where the directory holds anything.
export async function createProject({ dir, write }: NewOptions): Promise<number> {
  const found = statSync(dir, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) throw new DirectoryError(`${dir} is a file`, "name a directory that is not there yet");
  if (existsSync(dir) && readdirSync(dir).length > 0)
    throw new DirectoryError(`${dir} is not empty`, "name a directory that is not there yet");
  mkdirSync(dir, { recursive: true });
  const name = basename(resolve(dir));
  for (const [file, text] of Object.entries(filesOf(name))) writeFileSync(join(dir, file), text);
  write(`${dir} has a kernel of your own: kernel.ts\n\n  cd ${dir}\n  npm install typemetal\n  npm start\n`);
  return 0;
}

function filesOf(name: string): Record<string, string> {
  return {
    "kernel.ts": kernel,
    "package.json": `${JSON.stringify(packageOf(name), null, 2)}\n`,
    "tsconfig.json": `${JSON.stringify({ extends: "typemetal/language/tsconfig.json", include: ["*.ts"] }, null, 2)}\n`,
    "README.md": readme(name),
    ".gitignore": "node_modules/\n*.elf\n",
  };
}

function packageOf(name: string) {
  // npm's rules for names: lower case, no spaces, no leading dot.
  const allowed = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return {
    name: allowed || "kernel",
    private: true,
    type: "module",
    scripts: { start: "typemetal run kernel.ts", build: "typemetal build kernel.ts -o kernel.elf", check: "typemetal check kernel.ts" },
  };
}

const kernel = `// A kernel of your own. It starts alone on the machine, in machine mode: it asks
// the timer for interrupts, sleeps between them, and ends after five.

/// The board's timer: an interrupt comes when \`time\` reaches this register.
const MTIMECMP: u64 = 0x0200_4000;
const TICKS_PER_SECOND: u64 = 10_000_000;

/// Bits of mie, mstatus and mcause.
const TIMER: u64 = 7;
const INTERRUPTS_ON: u64 = 8;
const IS_INTERRUPT: u64 = 0x8000_0000_0000_0000;

class Seconds {
  passed: Atomic<u64>;
}
const seconds = zeroed<Seconds>();

/// Registers that a function may change, so that a trap has to keep them.
const SAVED = [1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31] as const;

/// Every trap comes here.
function trapEntry(): never {
  return naked({ align: 4 })\`
  addi sp, sp, -256
  \${asm.list(SAVED, (x) => \`sd x\${x}, \${8 * x}(sp)\`)}
  call \${handleTrap}
  \${asm.list(SAVED, (x) => \`ld x\${x}, \${8 * x}(sp)\`)}
  addi sp, sp, 256
  mret\`;
}

function handleTrap(): void {
  if (csr.mcause.read() !== (IS_INTERRUPT | TIMER)) panic("a trap that is no timer interrupt");
  seconds.passed.fetchAdd(1);
  setTimer();
}

function setTimer(): void {
  unsafe.ptr<Reg<u64>>(MTIMECMP).write(csr.time.read() + TICKS_PER_SECOND);
}

export function main(): void {
  print("hello from hart ", csr.mhartid.read(), "\\n");
  csr.mtvec.write(u64.of(trapEntry));
  setTimer();
  csr.mie.set(u64(1) << TIMER);
  csr.mstatus.set(INTERRUPTS_ON);
  for (let second: u64 = 1; second <= 5; second++) {
    while (seconds.passed.load() < second) wfi();
    print(second, " s\\n");
  }
}
`;

function readme(name: string): string {
  return `# ${name}

A kernel in TypeScript, compiled to RISC-V machine code and run on an emulated RV64 machine.

    npm install typemetal    once; a path to the package works too
    npm start                compile kernel.ts and run it
    npm run build            kernel.elf, which QEMU runs too:
                             qemu-system-riscv64 -M virt -nographic -bios none -kernel kernel.elf
    npm run check            say what is wrong without running it

Ctrl-A X leaves the machine, Ctrl-A H says what else there is. An editor shows types and mistakes by
tsconfig.json. What the dialect has is in node_modules/typemetal/compiler/language/core.d.ts.
`;
}

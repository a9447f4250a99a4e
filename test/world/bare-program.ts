// C programs on bare metal, with picolibc: compiled by riscv64-unknown-elf-gcc,
// run on our machine and on QEMU. What counts is the exit code and what the
// program prints.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { cache } from "./debian.js";

const run = promisify(execFile);
const ramBytes = 128 << 20;
const MAX_INSTRUCTIONS = 20_000_000_000;

/// Hart 0 runs main with FP on and one stack; traps end the program with code 99.
const START = `
  .section .text.start
  .globl _start
_start:
  csrr t0, mhartid
1: bnez t0, 1b
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, _stack_top
  la t0, trap
  csrw mtvec, t0
  li t0, 0x6000
  csrs mstatus, t0
  csrw fcsr, zero
  la tp, _tls
  li a0, 0
  li a1, 0
  call main
  call exit
  .align 4
trap: li a0, 99
  call _exit
`;

const RUNTIME = `
#include <stdio.h>
#include <stdint.h>
#include <stddef.h>
#include <errno.h>
static int put(char c, FILE *file) {
  (void)file;
  while (!(*(volatile uint8_t *)0x10000005 & 0x20)) ;
  *(volatile uint8_t *)0x10000000 = c;
  return (unsigned char)c;
}
static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdin = &console, *const stdout = &console, *const stderr = &console;
void _exit(int code) {
  while (!(*(volatile uint8_t *)0x10000005 & 0x40)) ;
  *(volatile uint32_t *)0x100000 = code ? (uint32_t)(code & 0xffff) << 16 | 0x3333 : 0x5555;
  for (;;) ;
}
extern char _heap_start[], _heap_end[];
void *sbrk(ptrdiff_t bytes) {
  static char *at = _heap_start;
  if (at + bytes > _heap_end || at + bytes < _heap_start) { errno = ENOMEM; return (void *)-1; }
  at += bytes;
  return at - bytes;
}
int kill(int pid, int signal) { (void)pid; _exit(128 + signal); return 0; }
int getpid(void) { return 1; }
`;

const LAYOUT = `
OUTPUT_ARCH(riscv) ENTRY(_start)
SECTIONS {
  . = 0x80000000;
  .text : { *(.text.start) *(.text .text.*) }
  .rodata : { *(.rodata .rodata.* .srodata .srodata.*) }
  . = ALIGN(4096);
  .data : { *(.data .data.*) __global_pointer$ = . + 0x800; *(.sdata .sdata.*) }
  . = ALIGN(64);
  _tls = .;
  .tdata : { *(.tdata .tdata.*) }
  .tbss : { *(.tbss .tbss.*) . += 4096; }
  . = ALIGN(64) + 4096;
  .bss : { *(.sbss .sbss.* .bss .bss.* COMMON) }
  . = ALIGN(16); _heap_start = .; . = 0x86000000; _heap_end = .;
  . = 0x87f00000; _stack_top = .;
}
`;

export interface Ending {
  /// 0 to 65535; undefined where it did not end in time.
  readonly code: number | undefined;
  readonly output: string;
}

/// Writes what every program is linked with, and gives the folder.
export async function prepareRuntime(): Promise<string> {
  const folder = join(cache, "bare");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of [["start.S", START], ["runtime.c", RUNTIME], ["layout.ld", LAYOUT]] as const) {
    const file = join(folder, name);
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
  }
  for (const [source, object] of [["start.S", "start.o"], ["runtime.c", "runtime.o"]] as const) await gcc(["-O1", "-c", join(folder, source), "-o", join(folder, object)]);
  return folder;
}

/// False where the compiler refuses the program.
export async function compileProgram(runtime: string, source: string, elf: string, options: readonly string[]): Promise<boolean> {
  try {
    await gcc([...options, "-w", "-nostartfiles", "-T", join(runtime, "layout.ld"), join(runtime, "start.o"), join(runtime, "runtime.o"), source, "-o", elf, "-lm"]);
    return true;
  } catch {
    return false;
  }
}

function gcc(options: readonly string[]): Promise<unknown> {
  return run("riscv64-unknown-elf-gcc", ["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "--specs=picolibc.specs", ...options], { timeout: 120_000 });
}

export function runOurs(elf: string): Ending {
  let output = "";
  const boot = planBoot({ bios: "none", kernel: { name: elf, bytes: readFileSync(elf) }, ramBytes, harts: 1 });
  const machine = new Machine({ boot, engine: "jit", transmit: (byte) => { output += String.fromCharCode(byte); } });
  const outcome = machine.run(MAX_INSTRUCTIONS);
  if (outcome.kind !== "finished") return { code: undefined, output: `${output}(${outcome.kind})` };
  return { code: outcome.how.kind === "pass" ? 0 : outcome.how.kind === "fail" ? outcome.how.code : undefined, output };
}

/// Stopped after so many milliseconds, by a signal that it cannot take for a request.
export async function runQemu(elf: string, timeout = 120_000): Promise<Ending> {
  try {
    const { stdout } = await run("qemu-system-riscv64", ["-M", "virt", "-m", "128M", "-bios", "none", "-nographic", "-monitor", "none", "-serial", "stdio", "-kernel", elf], { timeout, killSignal: "SIGKILL" });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code?: number | string | null; stdout?: string };
    return { code: typeof code === "number" ? code : undefined, output: stdout ?? "" };
  }
}

/// Both agree, to the last byte. QEMU's exit code has eight bits.
export function areSame(ours: Ending, theirs: Ending): boolean {
  return ours.code !== undefined && (ours.code & 255) === theirs.code && ours.output === theirs.output;
}

/// Does the work on so many at a time.
export async function eachOf<Item>(items: readonly Item[], atATime: number, work: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items];
  await Promise.all(Array.from({ length: atATime }, async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  }));
}

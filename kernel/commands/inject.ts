// `npm run inject:kernel`: interrupts injected at every instruction of each path through the kernel. The program
// test/guest/inject/paths.ts takes one path after the other; from the state at the beginning of each, the kernel runs k
// instructions, then a timer or an external interrupt is raised, for each k that the path is long. The program must
// print the same, whenever it came, and the invariants hold at the returns that follow. Traps of one kind that take as
// many instructions are one path. Where the machine is, at the end of the path, just as it was after the last run to the
// end, what follows is known, since a run depends on nothing else; so few runs go to the end.
//
// `--every N`: only one of N instructions, in each path from another one on (1). `--part I/N`: that part of the paths.

import { readElf } from "../../compiler/object/elf-read.js";
import type { HartState } from "../../emulator/cpu/hart-state.js";
import type { HartObserver, Trap } from "../../emulator/cpu/trap.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { syscalls } from "../abi/syscalls.js";
import { ChangedRam } from "./changed-ram.js";
import { buildInitrd, buildKernel } from "./conformance.js";

const PROGRAM = "test/guest/inject/paths.ts";
/// Little, as each injection begins with a look at all of it.
const RAM_BYTES = 24 * 2 ** 20;
const USER = 0, SUPERVISOR = 1, A1 = 11, A7 = 17, ECALL_FROM_USER = 8;
const MARK = 1 << 20;
/// Bounds a guest that hangs: many times what the program takes.
const MAX_INSTRUCTIONS = 50_000_000;
/// Returns after an injection that the invariants are checked at.
const CHECKED_RETURNS = 3;
const kinds = ["timer", "external"] as const;

export interface Injections {
  readonly paths: number;
  readonly injections: number;
  /// Those after which the program ran to its end.
  readonly runs: number;
  readonly failures: readonly string[];
}

/// A path: where its trap was taken, and how long it is, in instructions.
interface Path {
  readonly at: number;
  readonly length: number;
  readonly name: string;
}

export async function inject(every: number, part = 1, parts = 1): Promise<Injections> {
  const kernel = await buildKernel(), initrd = await buildInitrd(PROGRAM), elf = readElf(kernel, "kernel.elf");
  const output: number[] = [], paths: Path[] = [];
  const checker = new InvariantChecker(elf);
  let checksLeft = 0, isMarked = false, trap: { at: number; name: string } | undefined;
  const observer: HartObserver = {
    trapped: (hart, taken) => {
      if (checksLeft > 0) checker.trapped(hart, taken);
      if (taken.from !== USER) return;
      if (isMarked) trap = { at: hart.retired, name: nameOf(hart, taken) };
      isMarked ||= Number(hart.readRegister(A7)) === MARK;
    },
    returned: (hart, from) => {
      if (from !== SUPERVISOR) return;
      if (trap) paths.push({ ...trap, length: hart.retired + 1 - trap.at });
      trap = undefined;
      if (checksLeft-- > 0) checker.returned(hart, from);
    },
  };
  const plan = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, initrd: { name: "initrd", bytes: initrd }, ramBytes: RAM_BYTES, harts: 1 });
  const newMachine = () => new Machine({ boot: plan, transmit: (byte) => output.push(byte), observer });
  const text = () => new TextDecoder().decode(Uint8Array.from(output));

  newMachine().run(MAX_INSTRUCTIONS);
  const expected = text(), kindsOfPath = new Map(paths.splice(0).map((path) => [`${path.name} ${path.length}`, path]));
  const wanted = [...kindsOfPath.values()].filter((_, index) => index % parts === part - 1);
  if (!expected.endsWith(" passed, 0 failed\r\n") && !expected.endsWith(" passed, 0 failed\n")) throw new Error(`the program does not pass by itself:\n${expected}`);

  const machine = new Machine({ boot: plan, transmit: (byte) => output.push(byte), observer }), [hart] = machine.harts, failures: string[] = [];
  if (!hart) throw new Error("a machine has a hart");
  checker.attach(machine);
  const ram = new ChangedRam(machine.memory);
  let injections = 0, runs = 0;
  const runTo = (retired: number) => {
    while (hart.retired < retired) machine.run(retired - hart.retired);
  };
  for (const [index, { at, length, name }] of wanted.entries()) {
    runTo(at);
    while (hart.privilege === USER) machine.run(1);
    const state = machine.save();
    let hasRun = false;
    const goBack = () => {
      ram.restore(state.ram, hasRun);
      hasRun = false;
      machine.restore({ ...state, ram: new Uint8Array() });
    };
    for (const kind of kinds) {
      let known: End | undefined;
      for (let k = index % every; k < length; k += every) {
        goBack();
        output.length = 0;
        checker.violations.length = 0;
        runTo(at + k);
        if (kind === "timer") machine.board.clint.setSupervisorTimer(0, 0n);
        else machine.board.uart.receive(new Uint8Array([65]));
        runTo(at + length - 1);
        injections += 1;
        if (known && isAt(machine, ram, known)) continue;
        known = endOf(machine, ram);
        runs += 1;
        hasRun = true;
        checksLeft = CHECKED_RETURNS;
        const outcome = machine.run(MAX_INSTRUCTIONS);
        checksLeft = 0;
        const where = `${kind} interrupt at instruction ${k} of ${name}`;
        const end = outcome.kind === "finished" ? outcome.how.kind : outcome.kind;
        if (end !== "pass" || !expected.endsWith(text())) failures.push(`${where}: the program ends with ${end}: ${text().trim().split("\n").at(-1)}`);
        for (const { invariant, what } of checker.violations) failures.push(`${where}: invariant ${invariant}: ${what}`);
      }
    }
    hasRun = true;
    goBack();
  }
  return { paths: wanted.length, injections, runs, failures };
}

/// The machine at the end of a path.
interface End {
  readonly rest: string;
  readonly ram: ReadonlyMap<number, Uint8Array>;
}

function endOf(machine: Machine, ram: ChangedRam): End {
  return { rest: restOf(machine), ram: ram.copy() };
}

function isAt(machine: Machine, ram: ChangedRam, { rest, ram: copy }: End): boolean {
  return ram.equals(copy) && restOf(machine) === rest;
}

/// All but RAM: the hart, devices, firmware, time.
function restOf(machine: Machine): string {
  const parts = [machine.harts.map((hart) => Buffer.from(hart.save()).toString("latin1")), machine.board.save(), machine.sbi?.save(), machine.ticks()];
  return JSON.stringify(parts, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

function nameOf(hart: HartState, { interrupt, cause }: Trap): string {
  if (interrupt) return `interrupt ${cause}`;
  if (cause !== ECALL_FROM_USER) return `exception ${cause}`;
  const number = hart.readRegister(A7);
  return `syscall ${number}${number === BigInt(syscalls.Invoke.number) ? `, label 0x${hart.readRegister(A1).toString(16)}` : ""}`;
}

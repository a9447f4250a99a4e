// Checks the kernel's invariants while a machine runs: at every return to user mode, or every so many. Also those that
// compare two moments: 16 and 18 look at a syscall before and after, 17 at what was there after the first return.
//
// While another hart is inside the kernel nothing has to hold, so no return is checked then; and a syscall is compared
// only where no other hart was inside meanwhile.

import { ObjectType } from "../../kernel/abi/objects.js";
import { syscalls } from "../../kernel/abi/syscalls.js";
import { KernelError } from "../../kernel/abi/errors.js";
import type { HartState } from "../cpu/hart-state.js";
import type { HartObserver, Trap } from "../cpu/trap.js";
import { Privilege } from "../isa/row.js";
import type { Machine } from "../machine/machine.js";
import type { Elf } from "../../compiler/object/elf-read.js";
import { checkInvariants, collect, hex, type MachineFacts, type Objects, type Violation } from "./invariants.js";
import { DamagedTree, KernelView, structs, TICKET_STEP, toPaddr } from "./kernel-view.js";

const A0 = 10, A1 = 11, A7 = 17;
const ECALL_FROM_USER = 8;
/// mip.SSIP.
const SOFTWARE = 2n;
const USER = Privilege.user, SUPERVISOR = Privilege.supervisor;
/// Errors of calls that have done part of their work.
const PARTIAL = new Set<number>([KernelError.Restart, KernelError.Timeout, KernelError.Gone, KernelError.BadCpu]);
/// Invocations that may make capabilities, and by IPC all that moves messages.
const MAKES = new Set([0x10, 0x11, 0x20, 0x21, 0x22, 0x24, 0x28, 0x29, 0x43, 0x52, 0x62, 0x92, 0x93, 0x97, 0x98, 0x9a]);

interface Before {
  readonly thread: bigint;
  readonly number: number;
  readonly label: number;
  readonly capabilities: number;
  readonly tickets: number;
  readonly state: number;
}

export class InvariantChecker implements HartObserver {
  readonly violations: Violation[] = [];
  checks = 0;
  #machine: Machine | undefined;
  #view: KernelView | undefined;
  #before = new Map<number, Before>();
  #returns = 0;
  #blocks: number | undefined;

  /// `every`: one of so many returns is checked.
  constructor(private readonly elf: Elf, private readonly every = 1) {}

  attach(machine: Machine): void {
    this.#machine = machine;
    this.#view = new KernelView(this.elf, machine.memory);
  }

  trapped(hart: HartState, trap: Trap): void {
    if (trap.from !== USER || trap.to !== SUPERVISOR) return;
    this.#before.delete(hart.id);
    if ((this.#returns + 1) % this.every !== 0 || trap.interrupt || trap.cause !== ECALL_FROM_USER) return;
    const view = this.#view as KernelView;
    if (!view.isLeft()) return;
    try {
      const objects = collect(view);
      this.#before.set(hart.id, {
        thread: scratch(hart), number: Number(hart.readRegister(A7)), label: Number(hart.readRegister(A1)),
        capabilities: objects.slots.length, tickets: view.tickets(), state: stateOf(view, objects),
      });
    } catch (error) {
      if (!(error instanceof DamagedTree)) throw error;
    }
  }

  returned(hart: HartState, from: Privilege): void {
    if (from !== SUPERVISOR || !this.#machine) return;
    this.#returns += 1;
    if (this.#returns % this.every !== 0 || !this.#view?.isQuiet()) return;
    this.checks += 1;
    const found = this.check(hart);
    if (found.length === 0) return;
    this.violations.push(...found.slice(0, 8));
    if (this.violations.length > 64) throw new Error(`too many violations: ${this.violations.map(({ invariant, what }) => `${invariant} ${what}`).join("; ")}`);
  }

  /// All invariants, now, while no hart is inside the kernel. `hart` is the one that returns to its thread.
  check(hart: HartState): Violation[] {
    const view = this.#view as KernelView, machine = this.#machine as Machine;
    const found = checkInvariants(view, factsOf(machine, view));
    if (found.length > 0) return found;
    const objects = collect(view);
    this.#compare(hart, objects, found);
    this.#checkMemory(view, objects, found);
    return found;
  }

  #compare(hart: HartState, objects: Objects, found: Violation[]): void {
    const before = this.#before.get(hart.id);
    this.#before.delete(hart.id);
    const view = this.#view as KernelView;
    if (!before || view.tickets() - before.tickets > TICKET_STEP) return;
    const isInvoke = before.number === syscalls.Invoke.number;
    const mayMake = isInvoke ? MAKES.has(before.label) : before.number !== syscalls.Signal.number && before.number !== syscalls.Yield.number;
    if (!mayMake && objects.slots.length > before.capabilities) found.push({ invariant: 16, what: `syscall ${before.number} with label ${before.label} has made a capability` });
    const result = hart.readRegister(A0);
    const error = -Number(BigInt.asIntN(64, result));
    if (before.thread !== scratch(hart) || error <= 0 || error > 11 || PARTIAL.has(error)) return;
    if (stateOf(view, objects) !== before.state) found.push({ invariant: 18, what: `syscall ${before.number} with label ${hex(before.label)} failed with ${KernelError[error]} and has changed something` });
  }

  // 17: the blocks that the machine's memory was divided into at the start are what there is.
  #checkMemory(view: KernelView, objects: Objects, found: Violation[]): void {
    const root = view.global("boot") + view.at("Boot", "root");
    const blocks = objects.slots.filter(({ parent, type }) => parent === root && type === ObjectType.Untyped).reduce((sum, { badge }) => sum + 2 ** (badge % 64), 0);
    this.#blocks ??= blocks;
    if (blocks > this.#blocks) found.push({ invariant: 17, what: "there is more untyped memory than at the start" });
  }
}

const scratch = (hart: HartState) => BigInt.asUintN(64, hart.getCsr("sscratch"));

function factsOf(machine: Machine, view: KernelView): MachineFacts {
  // By their numbers in the kernel, which are not the machine's.
  const harts = Array.from({ length: view.hartCount() }, (_, index) => machine.harts[view.field("Hart", view.hart(index), "hartId")]);
  const running = harts.map((hart) => {
    // On its way into the kernel or out of it, before it draws its ticket or after, sscratch may hold what is the user's.
    const t = hart?.privilege === USER ? scratch(hart) : 0n;
    return t === 0n ? 0 : toPaddr(t);
  });
  const kicked = harts.map((hart) => hart !== undefined && (hart.getCsr("mip") & SOFTWARE) !== 0n);
  const remembered = machine.harts.flatMap((hart) => [...hart.translations()].filter(({ asid }) => asid !== 0));
  return { running, kicked, remembered, linePriority: (line) => machine.board.plic.priorityOf(line) };
}

/// What a failed call may not change: a sum over all objects but registers, times and what counts returns.
export function stateOf(view: KernelView, { slots, byObject }: Objects): number {
  let sum = 0;
  const mix = (value: number) => void (sum = (Math.imul(sum ^ (value & 0x7fffffff), 0x01000193) + (sum >>> 15)) | 0);
  const range = (start: number, bytes: number) => {
    for (let at = start; at < start + bytes; at += 4) mix(view.u32(at));
  };
  for (const slot of slots) {
    mix(slot.address / 32);
    range(slot.address, 16);
  }
  for (const [address, [slot]] of byObject) {
    const struct = structs[slot?.type ?? ObjectType.Null];
    if (struct === "Tcb") {
      // Between the registers and the places of RecvAny; the gate's bit for help comes and goes with time.
      range(address + view.at("Tcb", "next"), view.at("Tcb", "nodes") - view.at("Tcb", "next") - 16);
    } else if (struct === "SchedContext") range(address + view.at("SchedContext", "owner"), 24);
    else if (struct !== undefined && struct !== "CNode" && struct !== "VSpace") range(address, view.types.bytes(struct));
  }
  return sum;
}

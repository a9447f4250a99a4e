// The remote serial protocol of gdb. GDB manual, appendix E.
//
// One packet type is one row of the table. A hart is a thread, numbered from 1.
// The stub knows bytes, not sockets: `receive` takes what came, `send` gives
// what goes. While the guest runs, whoever owns the stub calls `advance` again
// and again; an interrupt byte that came in between ends the run.

import type { Hart } from "../cpu/hart.js";
import { csrNames } from "../isa/csr-names.js";
import type { Privilege } from "../isa/row.js";
import type { Machine } from "../machine/machine.js";
import type { Outcome } from "../machine/outcome.js";
import { RegisterNumber, targetDescription } from "./target-description.js";

const PACKET_BYTES = 0x4000;
/// The signals that gdb knows by these numbers.
const Signal = { interrupt: 2, trap: 5, kill: 9 } as const;
const CTRL_C = 3;

export interface GdbStubOptions {
  readonly machine: Machine;
  readonly send: (text: string) => void;
  /// The process's exit code for an end of the guest; undefined where an outcome is none.
  readonly exitCodeOf: (outcome: Outcome) => number | undefined;
  /// gdb left: the guest goes on, or ends.
  readonly left: (how: "detached" | "killed") => void;
  /// An answer to gdb's `monitor` command.
  readonly monitor?: (command: string) => string;
}

type Handler = (stub: GdbStub, rest: string) => string | undefined;

const OK = "OK";
const bad = (reason: number) => `E${reason.toString(16).padStart(2, "0")}`;

/// By the longest beginning that matches.
const packets: Readonly<Record<string, Handler>> = {
  qSupported: () => `PacketSize=${PACKET_BYTES.toString(16)};QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+`,
  QStartNoAckMode: (stub) => {
    stub.acknowledges = false;
    return OK;
  },
  "qXfer:features:read:target.xml:": (stub, rest) => piece(targetDescription(Object.keys(stub.hart.csrs())), rest),
  "?": (stub) => stub.stopReply,
  qC: (stub) => `QC${thread(stub.hart)}`,
  qAttached: () => "1",
  qfThreadInfo: (stub) => `m${stub.options.machine.harts.map(thread).join(",")}`,
  qsThreadInfo: () => "l",
  "qThreadExtraInfo,": (stub, rest) => {
    const hart = stub.hartOf(rest);
    return hart ? toHex(new TextEncoder().encode(`hart ${hart.id}, ${["user", "supervisor", "", "machine"][hart.privilege]} mode${hart.parked ? ", stopped" : hart.waiting ? ", waiting" : ""}`)) : bad(1);
  },
  "qRcmd,": (stub, rest) => toHex(new TextEncoder().encode(stub.options.monitor?.(new TextDecoder().decode(fromHex(rest))) ?? "there are no monitor commands\n")),
  H: (stub, rest) => {
    const hart = stub.hartOf(rest.slice(1));
    if (!hart) return bad(1);
    stub.hart = hart;
    return OK;
  },
  T: (stub, rest) => (stub.hartOf(rest) ? OK : bad(1)),
  g: (stub) => Array.from({ length: RegisterNumber.pc + 1 }, (_, number) => stub.readRegister(number)).join(""),
  G: (stub, rest) => {
    for (let number = 0; number <= RegisterNumber.pc; number++) stub.writeRegister(number, rest.slice(number * 16, number * 16 + 16));
    return OK;
  },
  p: (stub, rest) => stub.readRegister(Number.parseInt(rest, 16)) || bad(1),
  P: (stub, rest) => {
    const [number = "", value = ""] = rest.split("=");
    return stub.writeRegister(Number.parseInt(number, 16), value) ? OK : bad(1);
  },
  m: (stub, rest) => {
    const [vaddr, bytes] = addressAndLength(rest);
    const data = stub.options.machine.readVirtual(stub.hart, vaddr, Math.min(bytes, PACKET_BYTES / 2));
    return data ? toHex(data) : bad(14);
  },
  M: (stub, rest) => {
    const [where = "", data = ""] = rest.split(":");
    return stub.options.machine.writeVirtual(stub.hart, addressAndLength(where)[0], fromHex(data)) ? OK : bad(14);
  },
  "vCont?": () => "vCont;c;C;s;S",
  "vCont;": (stub, rest) => {
    // A step of one thread is what gdb asks for; what it says of the others they do anyway, in their turn.
    const step = rest.split(";").find((action) => /^[sS]/.test(action));
    const hart = step && stub.hartOf(step.split(":")[1] ?? thread(stub.hart));
    return stub.resume(hart || undefined);
  },
  vMustReplyEmpty: () => "",
  vKill: (stub) => {
    stub.options.left("killed");
    return OK;
  },
  c: (stub, rest) => {
    if (rest) stub.hart.pc = BigInt(`0x${rest}`);
    return stub.resume(undefined);
  },
  s: (stub, rest) => {
    if (rest) stub.hart.pc = BigInt(`0x${rest}`);
    return stub.resume(stub.hart);
  },
  k: (stub) => {
    stub.options.left("killed");
    return undefined;
  },
  D: (stub) => {
    stub.options.machine.breakpoints.clear();
    stub.options.left("detached");
    return OK;
  },
  Z: (stub, rest) => stub.setPoint(rest, true),
  z: (stub, rest) => stub.setPoint(rest, false),
};
const beginnings = Object.keys(packets).sort((a, b) => b.length - a.length);

export class GdbStub {
  /// The hart that registers and memory are asked of.
  hart: Hart;
  acknowledges = true;
  stopReply = "";
  #stepping: Hart | undefined;
  #running = false;
  #buffer = "";

  constructor(readonly options: GdbStubOptions) {
    this.hart = options.machine.harts[0] as Hart;
    this.stopReply = this.#stopped(Signal.trap);
  }

  get isRunning(): boolean { return this.#running; }

  /// Bytes of gdb's, as Latin-1 text. Packets are `$data#checksum`.
  receive(text: string): void {
    this.#buffer += text;
    while (this.#buffer !== "") {
      if (this.#buffer.charCodeAt(0) === CTRL_C) this.#interrupt();
      else if (this.#buffer[0] === "$") {
        const end = this.#buffer.indexOf("#");
        if (end < 0 || this.#buffer.length < end + 3) return;
        this.#receivePacket(this.#buffer.slice(1, end), this.#buffer.slice(end + 1, end + 3));
        this.#buffer = this.#buffer.slice(end + 2);
      }
      this.#buffer = this.#buffer.slice(1);
    }
  }

  /// Runs the guest for a while, if gdb let it go. The outcome, where it says more than that time is up.
  advance(instructions: number): Outcome | undefined {
    if (!this.#running) return undefined;
    const { machine } = this.options;
    const outcome = this.#stepping ? machine.step(this.#stepping) : machine.run(instructions);
    if (outcome.kind === "halted") this.#reportHalt(outcome);
    else if (outcome.kind !== "budget" && outcome.kind !== "idle") {
      const code = this.options.exitCodeOf(outcome);
      if (code !== undefined) this.#report(`W${(code & 0xff).toString(16).padStart(2, "0")}`);
    }
    return outcome;
  }

  resume(stepping: Hart | undefined): undefined {
    this.#stepping = stepping;
    this.#running = true;
  }

  hartOf(text: string): Hart | undefined {
    const number = Number.parseInt(text, 16);
    // 0 is any thread, -1 is all.
    return number <= 0 ? this.hart : this.options.machine.harts[number - 1];
  }

  readRegister(number: number): string {
    const value = this.#register(number)?.get();
    if (value === undefined) return "";
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setBigUint64(0, BigInt.asUintN(64, value), true);
    return toHex(new Uint8Array(bytes.buffer));
  }

  writeRegister(number: number, hex: string): boolean {
    const register = this.#register(number);
    const bytes = fromHex(hex);
    if (!register || bytes.length !== 8) return false;
    register.set(new DataView(bytes.buffer).getBigUint64(0, true));
    return true;
  }

  setPoint(rest: string, isSet: boolean): string {
    const [kind = "", vaddrText = "", bytesText = ""] = rest.split(",");
    const { breakpoints } = this.options.machine;
    const vaddr = BigInt(`0x${vaddrText}`), bytes = Number.parseInt(bytesText, 16);
    if (kind === "0" || kind === "1") {
      if (isSet) breakpoints.add(vaddr);
      else breakpoints.remove(vaddr);
      return OK;
    }
    const access = ({ 2: "store", 3: "load", 4: "both" } as const)[kind];
    if (!access) return "";
    if (isSet) breakpoints.watch({ vaddr, bytes, access });
    else breakpoints.unwatch({ vaddr, bytes, access });
    return OK;
  }

  #register(number: number): { get(): bigint | undefined; set(value: bigint): void } | undefined {
    const { hart } = this;
    if (number < RegisterNumber.pc) return { get: () => hart.readRegister(number), set: (value) => hart.writeRegister(number, value) };
    if (number === RegisterNumber.pc) return { get: () => hart.pc, set: (value) => { hart.pc = value; } };
    if (number < RegisterNumber.firstCsr) {
      const f = number - RegisterNumber.firstFloat;
      return { get: () => hart.readFloatRegister(f), set: (value) => hart.writeFloatRegister(f, value) };
    }
    if (number === RegisterNumber.privilege) return { get: () => BigInt(hart.privilege), set: (value) => { if (value === 0n || value === 1n || value === 3n) hart.privilege = Number(value) as Privilege; } };
    const csr = number - RegisterNumber.firstCsr, name = csrNames.get(csr);
    return name === undefined ? undefined : { get: () => hart.csrs()[name], set: (value) => hart.setCsrAsMachine(csr, value) };
  }

  #receivePacket(data: string, checksum: string): void {
    if (this.acknowledges) {
      const isGood = checksumOf(data) === checksum.toLowerCase();
      this.options.send(isGood ? "+" : "-");
      if (!isGood) return;
    }
    const unescaped = data.replace(/\}([\s\S])/g, (_, character: string) => String.fromCharCode(character.charCodeAt(0) ^ 0x20));
    const beginning = beginnings.find((name) => unescaped.startsWith(name));
    const answer = beginning === undefined ? "" : packets[beginning]?.(this, unescaped.slice(beginning.length));
    if (answer !== undefined) this.#sendPacket(answer);
  }

  #interrupt(): void {
    if (this.#running) this.#report(this.#stopped(Signal.interrupt));
  }

  #reportHalt({ hart, halt }: Extract<Outcome, { kind: "halted" }>): void {
    this.hart = this.options.machine.harts[hart] as Hart;
    const watch = halt.kind === "watchpoint" ? `${halt.access === "store" ? "watch" : "rwatch"}:${halt.vaddr.toString(16)};` : "";
    this.#report(this.#stopped(Signal.trap, halt.kind === "breakpoint" ? "hwbreak:;" : watch));
  }

  #stopped(signal: number, reason = ""): string { return `T${signal.toString(16).padStart(2, "0")}thread:${thread(this.hart)};${reason}`; }

  #report(reply: string): void {
    this.#running = false;
    this.stopReply = reply;
    this.#sendPacket(reply);
  }

  #sendPacket(data: string): void { this.options.send(`$${data}#${checksumOf(data)}`); }
}

function thread({ id }: Hart): string { return (id + 1).toString(16); }

function checksumOf(data: string): string {
  let sum = 0;
  for (let index = 0; index < data.length; index++) sum += data.charCodeAt(index);
  return (sum & 0xff).toString(16).padStart(2, "0");
}

/// Of a file that gdb reads in pieces, as "offset,length": "m" and a piece, or "l" and the last.
function piece(text: string, range: string): string {
  const [offset = 0, length = 0] = range.split(",").map((hex) => Number.parseInt(hex, 16));
  return `${offset + length >= text.length ? "l" : "m"}${text.slice(offset, offset + length)}`;
}

function addressAndLength(text: string): [vaddr: bigint, bytes: number] {
  const [vaddr = "0", bytes = "0"] = text.split(",");
  return [BigInt(`0x${vaddr}`), Number.parseInt(bytes, 16)];
}

function toHex(bytes: Uint8Array): string { return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""); }
function fromHex(hex: string): Uint8Array<ArrayBuffer> { return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)); }

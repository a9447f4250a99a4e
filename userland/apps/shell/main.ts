// Shell: a line at a time. Every command is IPC: to the console that shows it, to init that knows the
// processes, to the echo server.
import { EchoLabel } from "../../servers/echo/protocol.js";
import { read, write, writeBytes } from "../../lib/console.js";
import { Line } from "../../lib/line.js";
import { Message, call, tagOf, wait } from "../../lib/message.js";
import { InitLabel, ProcessSlot, ProcessState, ShellEvent, shutdown, startProgram, unpackName } from "../../lib/process.js";

class Input {
  bytes: Arr<u8, 24>;
  count: usize;
  at: usize;
}
const input = zeroed<Input>();

class Command {
  name: string;
  help: string;
  run: (argument: readonly u8[]) => void;
}

const commands: readonly Command[] = [
  { name: "help", help: "this list", run: help },
  { name: "ps", help: "processes and their states", run: listProcesses },
  { name: "echo", help: "TEXT: the echo server's answer", run: echo },
  { name: "ping", help: "COUNT: instructions of a call to the echo server and back", run: ping },
  { name: "run", help: "PROGRAM: starts a program and waits for its end", run: runProgram },
  { name: "fault", help: "runs a program that indexes out of bounds", run: fault },
  { name: "exit", help: "turns the machine off", run: exit },
];

layout({ virtual: 0x1_0000, entry: main });

export function main(): void {
  write("Type help for a list of commands.\n");
  const line = zeroed<Line>();
  for (;;) {
    write("$ ");
    readLine(ref(line));
    execute(line.content());
  }
}

function nextByte(): u8 {
  while (input.at === input.count) {
    input.count = read(input.bytes.slice());
    input.at = 0;
    if (input.count === 0) wait(ProcessSlot.Notification);
  }
  input.at += 1;
  return input.bytes[input.at - 1];
}

/// Shows what is typed as it is read, so that a script's session looks the same wherever it runs.
function readLine(line: Ptr<Line>): void {
  line.length = 0;
  for (;;) {
    const byte = nextByte();
    if (byte === 0x0a || byte === 0x0d) {
      write("\n");
      return;
    }
    if (byte === 0x08 || byte === 0x7f) {
      if (line.length === 0) continue;
      line.length -= 1;
      write("\b \b");
    } else if (byte >= 0x20 && line.length < line.bytes.length) {
      line.bytes[line.length] = byte;
      line.length += 1;
      writeBytes(line.bytes.slice(line.length - 1, line.length));
    }
  }
}

function execute(line: readonly u8[]): void {
  let end: usize = 0;
  while (end < line.length && line[end] !== 0x20) end++;
  if (end === 0) return;
  let start = end;
  while (start < line.length && line[start] === 0x20) start++;
  for (const command of commands) {
    if (isSame(line.slice(0, end), command.name)) {
      command.run(line.slice(start, line.length));
      return;
    }
  }
  writeBytes(line.slice(0, end));
  write(": no such command; help lists them\n");
}

function isSame(a: readonly u8[], b: string): boolean {
  if (a.length !== b.length) return false;
  for (let i: usize = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function help(_argument: readonly u8[]): void {
  for (const command of commands) {
    const line = zeroed<Line>();
    line.text(command.name);
    line.padTo(8);
    line.text(command.help);
    line.text("\n");
    writeBytes(line.content());
  }
}

function listProcesses(_argument: readonly u8[]): void {
  write("  pid  state    name\n");
  const m = zeroed<Message>();
  for (let index: u64 = 0; ; index++) {
    m.tag = tagOf(InitLabel.Describe);
    m.words[0] = index;
    if (call(ProcessSlot.Init, ref(m)) < 0 || m.words[0] === 0) return;
    const line = zeroed<Line>();
    line.padTo(m.words[0] < 10 ? 4 : 3);
    line.decimal(m.words[0]);
    line.padTo(7);
    line.text(m.words[1] === ProcessState.Running ? "running" : m.words[1] === ProcessState.Exited ? "exited" : "faulted");
    line.padTo(16);
    const name = arr<u8, 16>(16);
    line.add(name.slice(0, unpackName(ref(m.words), 2, name.slice())));
    line.text("\n");
    writeBytes(line.content());
  }
}

/// 24 bytes at a time, in words 1 to 3; word 0 is the length.
function echo(argument: readonly u8[]): void {
  const line = zeroed<Line>();
  for (let at: usize = 0; at < argument.length; at += 24) {
    const m = zeroed<Message>();
    m.tag = tagOf(EchoLabel.Echo);
    for (let i: usize = 0; i < 24 && at + i < argument.length; i++) {
      m.words[1 + (i >>> 3)] |= u64(argument[at + i]) << ((i & 7) * 8);
      m.words[0] += 1;
    }
    if (call(ProcessSlot.Peer, ref(m)) < 0) {
      write("the echo server does not answer\n");
      return;
    }
    for (let i: usize = 0; i < m.words[0] && i < 24; i++) {
      const byte = arr<u8, 1>(1);
      byte[0] = u8(m.words[1 + (i >>> 3)] >>> ((i & 7) * 8));
      line.add(byte.slice());
    }
  }
  line.text("\n");
  writeBytes(line.content());
}

function ping(argument: readonly u8[]): void {
  let count: u64 = 0;
  for (const digit of argument) if (digit >= 0x30 && digit <= 0x39) count = count * 10 + (digit - 0x30);
  if (count === 0) count = 1000;
  const m = zeroed<Message>();
  const start = csr.instret.read();
  for (let i: u64 = 0; i < count; i++) {
    m.tag = tagOf(EchoLabel.Echo);
    call(ProcessSlot.Peer, ref(m));
  }
  const instructions = csr.instret.read() - start;
  const line = zeroed<Line>();
  line.decimal(count);
  line.text(" round trips, ");
  line.decimal(instructions / count);
  line.text(" instructions each\n");
  writeBytes(line.content());
}

function fault(_argument: readonly u8[]): void {
  runProgram("faulty".bytes());
}

/// Init says how it ended.
function runProgram(argument: readonly u8[]): void {
  if (startProgram(argument) === 0) {
    write("no such program\n");
    return;
  }
  while ((wait(ProcessSlot.Notification) & ShellEvent.ProcessEnded) === 0) {}
}

function exit(_argument: readonly u8[]): void {
  shutdown();
}

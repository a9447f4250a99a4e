// Init: the first process. It holds every capability of the machine (5.09), starts each program with what
// that program needs and no more, hears of their faults and ends, and answers questions about them.
import { BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelLabel, ObjectType, Right } from "../../../kernel/abi/objects.js";
import { findFile } from "../../../kernel/abi/archive.js";
import { readHeader } from "../../../kernel/abi/elf.js";
import { panicText } from "../../lib/elf.js";
import { writeTo } from "../../lib/console.js";
import { Line } from "../../lib/line.js";
import { Message, labelOf, recv, replyRecv, tagOf } from "../../lib/message.js";
import { DEVICE_VADDR, InitLabel, ProcessSlot, ProcessState, ShellEvent, packName, unpackName } from "../../lib/process.js";
import { deviceFrame, frameMap, irqControlGet, irqSetHandler, signal, tcbBindNotification } from "../../lib/stubs.js";
import { give, giveBadged, newObject, newSlot, startAllocating } from "./capabilities.js";
import { MAX_PROCESSES, Process, createProcess, destroyProcess, resumeProcess } from "./processes.js";

const UART_PADDR: u64 = 0x1000_0000;
const UART_IRQ: u64 = 10;
const FINISHER_PADDR: u64 = 0x10_0000;
/// In init's own address space.
const FINISHER_VADDR: u64 = 0x3000_0000;
const FINISHER_PASS: u32 = 0x5555;
const PAGE_FAULT_AT_ZERO: u64 = 12;
const BREAKPOINT: u64 = 3;

enum Priority { Program = 20, Shell = 30, Server = 50, Driver = 60 }

class Init {
  info: Ptr<BootInfo>;
  service: u64;
  console: u64;
  echo: u64;
  shellNotification: u64;
  processes: Arr<Process, 16>;
}
const init = zeroed<Init>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  init.info = info;
  startAllocating(info);
  init.service = newObject(ObjectType.Endpoint, 0);
  init.console = newObject(ObjectType.Endpoint, 0);
  init.echo = newObject(ObjectType.Endpoint, 0);
  init.shellNotification = newObject(ObjectType.Notification, 0);
  startConsole();
  startEcho();
  startShell();
  serve();
}

function archive(): readonly u8[] {
  return unsafe.many<u8>(init.info.archiveVaddr).slice(init.info.archiveBytes);
}

/// A process for the program called `name`, stopped; null where there is none, or no room.
function create(name: readonly u8[], priority: u64): Ptr<Process> | null {
  const file = findFile(archive(), name);
  if (file.length === 0) return null;
  const number = freeNumber();
  if (number === 0) return null;
  const p = processOf(number);
  packName(name, ref(p.name), 0);
  if (createProcess(p, file, init.service, number, priority)) return p;
  if (p.untyped !== 0) destroyProcess(p);
  return null;
}

// Numbers count from 1; init is no process of its own table. One that ended makes room when it is needed.
function freeNumber(): u64 {
  for (let number: u64 = 1; number <= MAX_PROCESSES; number++) {
    if (processOf(number).state === ProcessState.Free) return number;
  }
  for (let number: u64 = 1; number <= MAX_PROCESSES; number++) {
    if (processOf(number).state !== ProcessState.Running) return number;
  }
  return 0;
}

function processOf(number: u64): Ptr<Process> {
  return ref(init.processes[number - 1]);
}

function require(p: Ptr<Process> | null): Ptr<Process> {
  if (p === null) panic("a server is missing in the archive");
  return p;
}

function startConsole(): void {
  const p = require(create("console".bytes(), Priority.Driver));
  give(p.cnode, ProcessSlot.Service, init.console, Right.Recv);
  const notification = newObject(ObjectType.Notification, 0), irq = newObject(ObjectType.IrqHandler, 0);
  irqControlGet(BootSlot.IrqControl, UART_IRQ, irq);
  irqSetHandler(irq, notification);
  tcbBindNotification(p.tcb, notification);
  give(p.cnode, ProcessSlot.Irq, irq, Right.All);
  give(p.cnode, ProcessSlot.Peer, init.shellNotification, Right.Send);
  const registers = newSlot();
  deviceFrame(BootSlot.DeviceMemory, UART_PADDR, BootSlot.CNode, registers);
  assert(frameMap(registers, p.vspace, DEVICE_VADDR, Right.Read | Right.Write) >= 0, "the UART cannot be mapped");
  resumeProcess(p);
}

function startEcho(): void {
  const p = require(create("echo".bytes(), Priority.Server));
  give(p.cnode, ProcessSlot.Service, init.echo, Right.Recv);
  resumeProcess(p);
}

function startShell(): void {
  const p = require(create("shell".bytes(), Priority.Shell));
  give(p.cnode, ProcessSlot.Console, init.console, Right.Send);
  give(p.cnode, ProcessSlot.Notification, init.shellNotification, Right.Recv);
  giveBadged(p.cnode, ProcessSlot.Peer, init.echo, Right.Send, 1);
  resumeProcess(p);
}

function serve(): never {
  const m = zeroed<Message>();
  recv(init.service, ref(m));
  for (;;) {
    const number = u64(m.badge);
    if (labelOf(ref(m)) === KernelLabel.Fault) {
      // Its thread never goes on, so it gets no reply: it ends with the process.
      endProcess(number, ref(m));
      recv(init.service, ref(m));
      continue;
    }
    answer(ref(m));
    replyRecv(init.service, ref(m));
  }
}

function answer(m: Ptr<Message>): void {
  switch (labelOf(m)) {
    case InitLabel.Start:
      start(m);
      break;
    case InitLabel.Describe:
      describe(m);
      break;
    case InitLabel.Shutdown:
      turnOff();
      break;
    default:
      break;
  }
  m.tag = tagOf(0);
}

function start(m: Ptr<Message>): void {
  const name = arr<u8, 16>(16);
  const length = unpackName(ref(m.words), 0, name.slice());
  const p = create(name.slice(0, length), Priority.Program);
  m.words[0] = 0;
  if (p === null) return;
  give(p.cnode, ProcessSlot.Console, init.console, Right.Send);
  for (let number: u64 = 1; number <= MAX_PROCESSES; number++) if (processOf(number) === p) m.words[0] = number;
  resumeProcess(p);
}

function describe(m: Ptr<Message>): void {
  const wanted = m.words[0];
  let index: u64 = 0;
  m.words[0] = 0;
  for (let number: u64 = 1; number <= MAX_PROCESSES; number++) {
    const p = processOf(number);
    if (p.state === ProcessState.Free) continue;
    if (index === wanted) {
      m.words[0] = number;
      m.words[1] = p.state;
      m.words[2] = p.name[0];
      m.words[3] = p.name[1];
      return;
    }
    index += 1;
  }
}

/// words: exception code, pc, stval. A main function that returned is at pc 0.
function endProcess(number: u64, m: Ptr<Message>): void {
  const p = processOf(number);
  const cause = m.words[0], pc = m.words[1];
  if (cause === PAGE_FAULT_AT_ZERO && pc === 0) {
    p.state = ProcessState.Exited;
  } else {
    p.state = ProcessState.Faulted;
    reportFault(p, cause, pc, m.words[2]);
  }
  destroyProcess(p);
  signal(init.shellNotification, ShellEvent.ProcessEnded);
}

const faultNames: readonly string[] = [
  "instruction address misaligned", "instruction access fault", "illegal instruction", "breakpoint", "load address misaligned",
  "load access fault", "store address misaligned", "store access fault", "system call", "system call", "", "",
  "instruction page fault", "load page fault", "", "store page fault",
];

function reportFault(p: Ptr<Process>, cause: u64, pc: u64, address: u64): void {
  const line = zeroed<Line>();
  const name = arr<u8, 16>(16);
  const nameBytes = name.slice(0, unpackName(ref(p.name), 0, name.slice()));
  line.add(nameBytes);
  line.text(": ");
  const file = findFile(archive(), nameBytes);
  const header = readHeader(file);
  if (cause === BREAKPOINT && header !== null) {
    line.text("panic: ");
    line.add(panicText(file, header, pc));
  } else {
    line.text(cause < faultNames.length ? faultNames[cause] : "exception");
    line.text(" at ");
    line.hexadecimal(address);
    line.text(", pc ");
    line.hexadecimal(pc);
  }
  line.text("\n");
  writeTo(init.console, line.content());
}

function turnOff(): void {
  const registers = newSlot();
  deviceFrame(BootSlot.DeviceMemory, FINISHER_PADDR, BootSlot.CNode, registers);
  frameMap(registers, BootSlot.VSpace, FINISHER_VADDR, Right.Read | Right.Write);
  unsafe.ptr<Reg<u32>>(FINISHER_VADDR).write(FINISHER_PASS);
}

// What every process finds in its CSpace, and the protocol of init, which made it.
//
// A process ends when its main function returns: it then runs at address 0, and init gets that fault.
import { Message, call, tagOf } from "./message.js";

/// Slots of a process's CNode.
export enum ProcessSlot {
  /// Send: init, badged with the process number.
  Init = 1,
  /// Send: the console server.
  Console = 2,
  /// Recv: the endpoint that a server serves.
  Service = 3,
  /// Recv: a notification of its own; a server's is bound to its thread.
  Notification = 4,
  /// Send: signals whoever waits for input (console), or reaches the echo server (shell).
  Peer = 5,
  /// The interrupt of a driver.
  Irq = 6,
}

/// Where init maps a driver's registers.
export const DEVICE_VADDR: u64 = 0x2000_0000;

/// Bits of the shell's notification.
export enum ShellEvent { Input = 1, ProcessEnded = 2 }

export enum InitLabel {
  /// words 0 and 1: the program's name. Reply, word 0: its process number, 0 where there is no such program.
  Start = 1,
  /// word 0: index. Reply, word 0: process number, 0 past the last; 1: ProcessState; 2 and 3: name.
  Describe = 2,
  /// Ends everything.
  Shutdown = 3,
}

export enum ProcessState { Free, Running, Exited, Faulted }

/// A name of at most 16 bytes in two words.
export function packName(name: readonly u8[], words: Ptr<Arr<u64, 4>>, at: usize): void {
  words[at] = 0;
  words[at + 1] = 0;
  for (let i: usize = 0; i < name.length && i < 16; i++) words[at + (i >>> 3)] |= u64(name[i]) << ((i & 7) * 8);
}

/// The name's length; its bytes go to `name`.
export function unpackName(words: Ptr<Arr<u64, 4>>, at: usize, name: u8[]): usize {
  for (let i: usize = 0; i < 16; i++) {
    const byte = u8(words[at + (i >>> 3)] >>> ((i & 7) * 8));
    if (byte === 0) return i;
    name[i] = byte;
  }
  return 16;
}

export function startProgram(name: readonly u8[]): u64 {
  const m = zeroed<Message>();
  m.tag = tagOf(InitLabel.Start);
  packName(name, ref(m.words), 0);
  return call(ProcessSlot.Init, ref(m)) < 0 ? 0 : m.words[0];
}

export function shutdown(): void {
  const m = zeroed<Message>();
  m.tag = tagOf(InitLabel.Shutdown);
  call(ProcessSlot.Init, ref(m));
}

// Console: owns the UART (16550, QEMU virt's at interrupt 10). What is typed arrives by interrupt and is
// kept until somebody reads it; what is written goes out at once. One thread waits for both requests and
// interrupts: its notification is bound (1.14).
import { ConsoleLabel, READ_BYTES } from "./protocol.js";
import { Message, isNotification, labelOf, recv, replyRecv, tagOf, utcbBytes, bytesIn } from "../../lib/message.js";
import { DEVICE_VADDR, ProcessSlot, ShellEvent } from "../../lib/process.js";
import { irqAck, signal } from "../../lib/stubs.js";
import { LineStatus, Uart, transmit } from "../../lib/uart.js";

const FIFO_ENABLE: u8 = 1 << 0;
const RECEIVED_DATA_INTERRUPT: u8 = 1 << 0;

const RING_BYTES: usize = 1024;

/// Indices count on for ever; a place is an index modulo the size.
class Ring {
  head: usize;
  tail: usize;
  bytes: Arr<u8, 1024>;
}

class Console {
  received: Ring;
  /// The ring was full: bytes wait in the device, and the interrupt is not acknowledged.
  held: boolean;
}
const state = zeroed<Console>();

function uart(): Ptr<Uart> {
  return unsafe.ptr<Uart>(DEVICE_VADDR);
}

layout({ virtual: 0x1_0000, entry: main });

export function main(): never {
  uart().fifoControl.write(FIFO_ENABLE);
  uart().interruptEnable.write(RECEIVED_DATA_INTERRUPT);
  const m = zeroed<Message>();
  recv(ProcessSlot.Service, ref(m));
  for (;;) {
    if (isNotification(ref(m))) {
      receive();
      recv(ProcessSlot.Service, ref(m));
      continue;
    }
    answer(ref(m));
    replyRecv(ProcessSlot.Service, ref(m));
  }
}

function answer(m: Ptr<Message>): void {
  switch (labelOf(m)) {
    case ConsoleLabel.Write:
      write(m);
      break;
    case ConsoleLabel.Read:
      read(m);
      break;
    default:
      m.words[0] = 0;
      break;
  }
  m.tag = tagOf(0);
}

function write(m: Ptr<Message>): void {
  const given = bytesIn(m);
  const count = m.words[0] < given ? m.words[0] : given;
  transmit(uart(), utcbBytes().slice(0, count));
}

function read(m: Ptr<Message>): void {
  const ring = ref(state.received);
  let count: usize = 0;
  m.words[1] = 0;
  m.words[2] = 0;
  m.words[3] = 0;
  while (count < READ_BYTES && ring.tail !== ring.head) {
    m.words[1 + (count >>> 3)] |= u64(ring.bytes[ring.tail % RING_BYTES]) << ((count & 7) * 8);
    ring.tail += 1;
    count += 1;
  }
  m.words[0] = count;
  if (state.held) receive();
}

/// Empties the device's FIFO as far as there is room, then lets the interrupt come again.
function receive(): void {
  const ring = ref(state.received);
  state.held = false;
  while ((uart().lineStatus.read() & LineStatus.DataReady) !== 0) {
    if (ring.head - ring.tail === RING_BYTES) {
      state.held = true;
      return;
    }
    ring.bytes[ring.head % RING_BYTES] = uart().data.read();
    ring.head += 1;
  }
  irqAck(ProcessSlot.Irq);
  signal(ProcessSlot.Peer, ShellEvent.Input);
}

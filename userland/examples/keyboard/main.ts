// NOVA's keyboard driver: the interrupt raises a semaphore; each key goes to every session. Type three keys.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, asyncReceive, asyncSend, down } from "../../lib/message.js";
import { irqAck, irqControlGet, irqSetHandler, up } from "../../lib/stubs.js";
import { begin, end, make, run, sayNumber, uart } from "../support.js";

const UART_IRQ: u64 = 10;
const RECEIVED: u8 = 1;
const KEYS: u64 = 3;

class Driver {
  /// Of the sessions.
  channels: Arr<u64, 2>;
  done: u64;
}
const driver = zeroed<Driver>();

layout({ virtual: 0x1_0000, entry: main });

function session(number: u64): never {
  const m = zeroed<Message>();
  for (let keys: u64 = 0; ; keys++) {
    asyncReceive(driver.channels[number], ref(m));
    sayNumber(number === 0 ? "session 0: key " : "session 1: key ", m.words[0]);
    if (keys + 1 === KEYS) up(driver.done);
  }
}

function broadcast(key: u64): void {
  for (let i: usize = 0; i < 2; i++) {
    const m = zeroed<Message>();
    m.words[0] = key;
    asyncSend(driver.channels[i], ref(m));
  }
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const gsi = make(ObjectType.Semaphore, 0), irq = make(ObjectType.IrqHandler, 0);
  driver.done = make(ObjectType.Semaphore, 0);
  for (let i: usize = 0; i < 2; i++) driver.channels[i] = make(ObjectType.Channel, 10);
  run(session, 0, 50);
  run(session, 1, 50);
  irqControlGet(BootSlot.IrqControl, UART_IRQ, irq);
  irqSetHandler(irq, gsi);
  uart().interruptEnable.write(RECEIVED);
  for (let keys: u64 = 0; keys < KEYS; ) {
    down(gsi, false);
    while ((uart().lineStatus.read() & RECEIVED) !== 0) {
      broadcast(uart().data.read());
      keys += 1;
    }
    irqAck(irq);
  }
  down(driver.done, false);
  down(driver.done, false);
  end();
}

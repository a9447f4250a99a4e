// Pattern 2, a driver: the UART's interrupt comes as a bit of a notification, and is acknowledged when it is dealt with.
// Type three keys.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { wait } from "../../lib/message.js";
import { irqAck, irqControlGet, irqSetHandler } from "../../lib/stubs.js";
import { begin, end, make, say, sayNumber, uart } from "../support.js";

const UART_IRQ: u64 = 10;
const RECEIVED: u8 = 1;

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const notification = make(ObjectType.Notification, 0), irq = make(ObjectType.IrqHandler, 0);
  irqControlGet(BootSlot.IrqControl, UART_IRQ, irq);
  irqSetHandler(irq, notification);
  uart().interruptEnable.write(RECEIVED);
  for (let keys: u64 = 0; keys < 3; ) {
    if (wait(notification) !== u64(1) << UART_IRQ) say("another interrupt\n");
    while ((uart().lineStatus.read() & RECEIVED) !== 0) {
      sayNumber("key ", uart().data.read());
      keys += 1;
    }
    irqAck(irq);
  }
  end();
}

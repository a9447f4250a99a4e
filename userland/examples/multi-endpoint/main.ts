// Pattern 4, a server of several endpoints: a6 says where the message came from; the bound notification is one more.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, call, recvAny, registerWaits, replyRecvAny } from "../../lib/message.js";
import { signal, tcbBindNotification, tcbResume } from "../../lib/stubs.js";
import { begin, end, make, say, sayNumber, thread } from "../support.js";

class Shared {
  endpoints: Arr<u64, 2>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

function serve(_argument: u64): never {
  const m = zeroed<Message>();
  registerWaits(shared.endpoints.slice());
  recvAny(2, ref(m));
  for (;;) {
    if (m.source === 0) m.words[0] *= 2;
    else if (m.source === 1) m.words[0] += 1;
    else say("an event\n");
    m.tag = 0;
    replyRecvAny(2, ref(m));
  }
}

function ask(endpoint: u64, value: u64): u64 {
  const m = zeroed<Message>();
  m.words[0] = value;
  call(endpoint, ref(m));
  return m.words[0];
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  for (let i: usize = 0; i < 2; i++) shared.endpoints[i] = make(ObjectType.Endpoint, 0);
  const notification = make(ObjectType.Notification, 0), t = thread(serve, 0, 50);
  tcbBindNotification(t.tcb, notification);
  tcbResume(t.tcb);
  sayNumber("the service at endpoint 0 doubles: ", ask(shared.endpoints[0], 21));
  sayNumber("the service at endpoint 1 counts: ", ask(shared.endpoints[1], 21));
  signal(notification, 1);
  end();
}

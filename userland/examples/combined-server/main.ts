// Pattern 3, a combined server: one loop for calls and for events, by a notification that is bound to the thread.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, call, isNotification, recv, replyRecv } from "../../lib/message.js";
import { signal, tcbBindNotification, tcbResume } from "../../lib/stubs.js";
import { begin, end, make, sayNumber, thread } from "../support.js";

class Server {
  events: u64;
}
const server = zeroed<Server>();

layout({ virtual: 0x1_0000, entry: main });

function serve(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    if (isNotification(ref(m))) {
      sayNumber("event ", m.words[0]);
      server.events += 1;
      recv(endpoint, ref(m));
      continue;
    }
    m.words[0] += server.events;
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const endpoint = make(ObjectType.Endpoint, 0), notification = make(ObjectType.Notification, 0), t = thread(serve, endpoint, 50);
  tcbBindNotification(t.tcb, notification);
  tcbResume(t.tcb);
  const m = zeroed<Message>();
  m.words[0] = 100;
  call(endpoint, ref(m));
  sayNumber("reply ", m.words[0]);
  signal(notification, 1);
  signal(notification, 2);
  m.tag = 0;
  m.words[0] = 100;
  call(endpoint, ref(m));
  sayNumber("reply ", m.words[0]);
  end();
}

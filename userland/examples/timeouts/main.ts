// Pattern 8, timed operations: who waits for a server waits no longer than it wants to.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, callTimed, recv, recvTimed, replyRecv, sendTimed } from "../../lib/message.js";
import { nanoSleep } from "../../lib/stubs.js";
import { begin, end, make, run, sayNumber } from "../support.js";

const US: u64 = 1000;

layout({ virtual: 0x1_0000, entry: main });

/// Takes as long as it is told to.
function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    nanoSleep(m.words[0]);
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const nobody = make(ObjectType.Endpoint, 0), endpoint = make(ObjectType.Endpoint, 0), m = zeroed<Message>();
  run(server, endpoint, 50);
  sayNumber("send to nobody: error ", u64(-sendTimed(nobody, ref(m), 100 * US)));
  sayNumber("receive from nobody: error ", u64(-recvTimed(nobody, ref(m), 100 * US)));
  m.words[0] = 10 * US;
  sayNumber("a call answered in time: ", u64(callTimed(endpoint, ref(m), 1000 * US)));
  m.words[0] = 900 * US;
  sayNumber("a call answered too late: error ", u64(-callTimed(endpoint, ref(m), 100 * US)));
  nanoSleep(1000 * US);
  m.words[0] = 10 * US;
  sayNumber("the server goes on: ", u64(callTimed(endpoint, ref(m), 1000 * US)));
  end();
}

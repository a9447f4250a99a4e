// Echo: the smallest server with a protocol. Read it first; every server has this shape. Its messages fit
// in registers, so each request and reply takes the kernel's fast path.
import { EchoLabel } from "./protocol.js";
import { Message, labelOf, recv, replyRecv, tagOf } from "../../lib/message.js";
import { ProcessSlot } from "../../lib/process.js";

const MAX_CLIENTS: u64 = 16;

class State {
  calls: Arr<u64, 16>;
}
const state = zeroed<State>();

layout({ virtual: 0x1_0000, entry: main });

export function main(): never {
  const m = zeroed<Message>();
  recv(ProcessSlot.Service, ref(m));
  for (;;) {
    answer(ref(m));
    replyRecv(ProcessSlot.Service, ref(m));
  }
}

function answer(m: Ptr<Message>): void {
  const client = u64(m.badge) % MAX_CLIENTS;
  switch (labelOf(m)) {
    case EchoLabel.Echo:
      state.calls[client] += 1;
      break;
    case EchoLabel.Count:
      m.words[0] = state.calls[client];
      break;
    default:
      break;
  }
  m.tag = tagOf(0);
}

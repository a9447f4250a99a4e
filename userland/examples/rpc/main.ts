// Pattern 1, client-server RPC: a server that knows its clients by the badges of their capabilities.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, labelOf, recv, replyRecv, tagOf } from "../../lib/message.js";
import { badged, begin, end, make, run, say, sayNumber } from "../support.js";

enum Op { Read = 1, Write = 2 }

class Store {
  values: Arr<u64, 4>;
}
const store = zeroed<Store>();

layout({ virtual: 0x1_0000, entry: main });

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    const client = u64(m.badge) & 3;
    const op = labelOf(ref(m));
    m.tag = tagOf(0);
    if (op === Op.Read) m.words[0] = store.values[client];
    else if (op === Op.Write) store.values[client] = m.words[0];
    else m.tag = tagOf(KernelError.InvalidOperation);
    replyRecv(endpoint, ref(m));
  }
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const endpoint = make(ObjectType.Endpoint, 0);
  run(server, endpoint, 50);
  const one = badged(endpoint, Right.Send, 1), two = badged(endpoint, Right.Send, 2), m = zeroed<Message>();
  m.tag = tagOf(Op.Write);
  m.words[0] = 42;
  call(one, ref(m));
  m.tag = tagOf(Op.Read);
  call(one, ref(m));
  sayNumber("client 1 reads ", m.words[0]);
  m.tag = tagOf(Op.Read);
  call(two, ref(m));
  sayNumber("client 2 reads ", m.words[0]);
  m.tag = tagOf(9);
  call(two, ref(m));
  if (labelOf(ref(m)) === KernelError.InvalidOperation) say("operation 9 is invalid\n");
  end();
}

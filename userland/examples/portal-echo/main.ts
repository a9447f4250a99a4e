// NOVA's portal echo: a portal has a handler thread, an entry and an id; a call runs the handler on the caller's time.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, call, reply } from "../../lib/message.js";
import { portalBind, portalSetId } from "../../lib/stubs.js";
import { begin, end, handler, make, sayNumber } from "../support.js";

layout({ virtual: 0x1_0000, entry: main });

/// The portal's function: a0 has the id, a2 the first word.
function echo(id: u64, _tag: u64, word: u64): never {
  sayNumber("in the handler, id ", id);
  const m = zeroed<Message>();
  m.words[0] = word;
  reply(ref(m));
  panic("a reply ends the handler");
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const portal = make(ObjectType.Portal, 0), m = zeroed<Message>();
  portalBind(portal, handler().tcb, u64.of(echo), 0);
  portalSetId(portal, 0x1234);
  m.words[0] = 99;
  call(portal, ref(m));
  sayNumber("echoed ", m.words[0]);
  end();
}

// Pattern 7, delegation, confinement, revocation: a capability without Grant goes no further, and what was delegated is
// taken back at once.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, recv, send } from "../../lib/message.js";
import { cnodeCopy, cnodeRevoke } from "../../lib/stubs.js";
import { SELF, begin, end, make, newSlot, run, say, sayNumber, stop } from "../support.js";

class Child {
  result: i64;
}
const child = zeroed<Child>();

layout({ virtual: 0x1_0000, entry: main });

function sends(endpoint: u64): never {
  const m = zeroed<Message>();
  child.result = send(endpoint, ref(m));
  stop();
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const endpoint = make(ObjectType.Endpoint, 0), cnode = make(ObjectType.CNode, 8), m = zeroed<Message>();
  // Slot 1 of the child's CNode: 1 << 16 | cnode is its number here.
  cnodeCopy(cnode, 1, SELF, endpoint, Right.Send | Right.Recv);
  const delegated = (u64(1) << 16) | cnode;
  run(sends, delegated, 50);
  recv(endpoint, ref(m));
  say("the child's message arrives\n");
  sayNumber("the child may not pass it on: error ", u64(-cnodeCopy(cnode, 2, cnode, 1, Right.Send)));
  run(sends, delegated, 50);
  while (cnodeRevoke(SELF, endpoint) === -KernelError.Restart) {}
  sayNumber("revoked while the child waits to send: error ", u64(-child.result));
  sayNumber("and gone: error ", u64(-send(delegated, ref(m))));
  newSlot();
  end();
}

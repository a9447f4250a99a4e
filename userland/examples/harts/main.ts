// Several harts: a worker on each sums up a part, and a semaphore, which crosses harts, says when it is done.
// `typemetal start --example harts --harts 4`.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { down } from "../../lib/message.js";
import { tcbResume, tcbSetAffinity, up } from "../../lib/stubs.js";
import { begin, end, make, say, sayNumber, stop, thread } from "../support.js";

const LAST: u64 = 100_000;

class Shared {
  harts: u64;
  done: u64;
  sums: Arr<u64, 8>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

function worker(hart: u64): never {
  for (let i = hart + 1; i <= LAST; i += shared.harts) shared.sums[hart] += i;
  up(shared.done);
  stop();
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  shared.harts = info.hartCount;
  shared.done = make(ObjectType.Semaphore, 0);
  sayNumber("harts: ", shared.harts);
  for (let hart: u64 = 0; hart < shared.harts; hart++) {
    const t = thread(worker, hart, 30);
    assert(tcbSetAffinity(t.tcb, hart) >= 0, "a thread may be on each hart");
    tcbResume(t.tcb);
  }
  for (let hart: u64 = 0; hart < shared.harts; hart++) down(shared.done, false);
  let sum: u64 = 0;
  for (let hart: u64 = 0; hart < shared.harts; hart++) {
    sayNumber("a hart has ", shared.sums[hart]);
    sum += shared.sums[hart];
  }
  sayNumber("together ", sum);
  say("all have come\n");
  end();
}

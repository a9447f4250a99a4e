// NOVA's priority inversion: L has called S, and M, which is above L, wants the hart for itself. H calls S. Its time runs
// S, as S is what it waits for: M cannot come between.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, call, recv, replyRecv } from "../../lib/message.js";
import { nanoSleep, schedContextUnbind } from "../../lib/stubs.js";
import { begin, end, make, run, say, stop } from "../support.js";

const US: u64 = 1000;

class Shared {
  endpoint: u64;
  laps: Atomic<u64>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    for (let i: u64 = 0; i < 50_000; i++) shared.laps.fetchAdd(1);
    say(m.words[0] === 1 ? "S has served L\n" : "S has served H\n");
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function client(number: u64): never {
  const m = zeroed<Message>();
  m.words[0] = number;
  say(number === 1 ? "L calls S\n" : "H calls S\n");
  call(shared.endpoint, ref(m));
  say(number === 1 ? "L goes on\n" : "H goes on\n");
  stop();
}

function hog(_argument: u64): never {
  say("M runs\n");
  for (let i: u64 = 0; i < 400_000; i++) shared.laps.fetchAdd(1);
  say("M ends\n");
  stop();
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  shared.endpoint = make(ObjectType.Endpoint, 0);
  const s = run(server, shared.endpoint, 60);
  // S has no time of its own.
  schedContextUnbind(s.context);
  run(client, 1, 10);
  nanoSleep(50 * US);
  run(hog, 0, 20);
  nanoSleep(50 * US);
  run(client, 2, 30);
  nanoSleep(20_000 * US);
  end();
}

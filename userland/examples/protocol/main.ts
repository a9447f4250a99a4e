// A protocol: clientOf and dispatcherOf write the code that puts calls into messages and takes them out again.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, labelOf, tagOf } from "../../lib/message.js";
import { serve } from "../../lib/protocol.js";
import { badged, begin, end, make, run, say, sayNumber } from "../support.js";
import { type Entry, type Store, StoreError } from "./protocol.js";

class Slot {
  name: Arr<u8, 32>;
  length: u64;
  score: i32;
  weight: f64;
  owner: u64;
}
class State {
  slots: Arr<Slot, 4>;
  used: u64;
}
const state = zeroed<State>();

const handlers: ServerOf<Store, State> = {
  put(state, badge, name, score, weight) {
    if (state.used === state.slots.length) return fail(StoreError.Full);
    if (name.length > 32) return fail(StoreError.TooLong);
    const slot = ref(state.slots[state.used]);
    for (let i: u64 = 0; i < name.length; i++) slot.name[i] = name[i];
    slot.length = name.length;
    slot.score = score;
    slot.weight = weight;
    slot.owner = badge;
    state.used++;
    return ok(u16(state.used - 1));
  },
  get(state, _badge, index) {
    if (index >= state.used) return fail(StoreError.Missing);
    const slot = ref(state.slots[index]);
    return ok({ name: unsafe.text(slot.name.slice(0, slot.length)), score: slot.score, weight: slot.weight });
  },
  count(state, badge) {
    let count: u64 = 0;
    for (let i: u64 = 0; i < state.used; i++) if (state.slots[i].owner === badge) count++;
    return count;
  },
  explain(_state, _badge, error, loud) {
    switch (error) {
      case StoreError.Full: return loud ? "IT IS FULL" : "it is full";
      case StoreError.TooLong: return loud ? "THE NAME IS TOO LONG" : "the name is too long";
      case StoreError.Missing: return loud ? "THERE IS NO SUCH ENTRY" : "there is no such entry";
    }
  },
  clear(state) {
    state.used = 0;
  },
};
const dispatch = dispatcherOf<Store, State>(handlers);

layout({ virtual: 0x1_0000, entry: main });

function server(endpoint: u64): never {
  serve(endpoint, ref(state), dispatch);
  panic("the endpoint is gone");
}

function show(entry: Entry): void {
  say(entry.name);
  sayNumber(" scores ", u64(i64(entry.score)));
  sayNumber("  weighs ", u64(entry.weight * 100));
}

/// What a label that no client of ours sends is answered.
function refused(endpoint: u64, label: u64, m: Ptr<Message>): boolean {
  m.tag = tagOf(label);
  call(endpoint, m);
  return labelOf(m) === KernelError.InvalidOperation;
}

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const endpoint = make(ObjectType.Endpoint, 0);
  run(server, endpoint, 50);
  const store = clientOf<Store>(badged(endpoint, Right.Send, 1)), other = clientOf<Store>(badged(endpoint, Right.Send, 2));
  const names: readonly string[] = ["ada", "a name that is longer than thirty-two bytes", "grace"];
  for (const name of names) {
    const put = store.put(name, 40, 2.5);
    if (put.ok) sayNumber("entry ", put.val);
    else {
      say(store.explain(put.err, true));
      say("\n");
    }
  }
  const grace = store.get(1);
  if (grace.ok) show(grace.val);
  const none = store.get(7);
  if (!none.ok) say(store.explain(none.err, false));
  sayNumber("\nclient 1 has ", store.count());
  other.put("mary", 1, 0.25);
  sayNumber("client 2 has ", other.count());
  store.clear();
  sayNumber("after clear ", other.count());
  const m = zeroed<Message>(), raw = badged(endpoint, Right.Send, 3);
  if (refused(raw, (3 << 16) | 9, ref(m))) say("operation 9 is refused\n");
  if (refused(raw, (4 << 16) | 3, ref(m))) say("version 4 is refused\n");
  m.words[0] = 5;
  m.words[1] = 1;
  if (refused(raw, (3 << 16) | 4, ref(m))) say("an error 5 is refused\n");
  m.words[0] = 4000;
  if (refused(raw, (3 << 16) | 1, ref(m))) say("a name that is not there is refused\n");
  end();
}

// The fast path: Call and ReplyRecv when the other side waits and nothing needs the scheduler.
//
// The trap entry has saved every register but a0..a5 and a7, and calls in here with the user's a0 (the
// capability) and a1 (the tag). a1..a5 hold the tag and four message words and stay in their registers
// all the way to the other thread: that is the transfer. Either function checks everything first, and
// returns null with the state untouched; the slow path then starts over (invariant 18). Past the line
// `// commit` nothing can fail.
//
// What is not here, and why that is right:
//  - scheduling: priority belongs to the SchedContext, which stays the one that runs (2.08). A context of
//    higher priority would have preempted us when it became ready.
//  - time accounting: a context is charged when the hart changes context, not when a thread changes.
//  - ASID and TLB: satp is kept ready in the Tcb, an ASID is never reused without a flush (invariant 13).
//  - who serves the endpoint: that was said when the server first came to it, by the slow path.
//  - the derivation tree: the reply right is `callee.caller`, no capability (1.04).
import type { Tcb } from "../object/tcb.js";
import { MAX_DEPTH, Wait } from "../object/tcb.js";
import { Endpoint, append, detach } from "../object/endpoint.js";
import { lookupFlat } from "../object/cnode.js";
import { PATH_CACHE, findPath } from "./path-cache.js";
import { ObjectType, Right, capabilityWord, messageTag } from "../abi/objects.js";

const TYPE_MASK: u64 = (1 << capabilityWord.type.bits) - 1;
const CAN_SEND: u64 = Right.Send << capabilityWord.rights.at;
const CAN_RECV: u64 = Right.Recv << capabilityWord.rights.at;
/// Tag bits that must be zero, all below the label: words beyond the registers, and what no user may say.
const BEYOND_REGISTERS: u64 = (1 << messageTag.label.at) - 1;

/// Returns the thread to resume and its a0 (the badge); null and what a0 was: take the slow path.
export function fastCall(capability: u64, tag: u64): [Ptr<Tcb> | null, u64] {
  attr({ leaf: true, preserve: ["a1", "a2", "a3", "a4", "a5", "a7", "t5", "t6"], returns: ["a6", "a0"] });
  const caller = unsafe.ptr<Tcb>(register.tp);
  if ((tag & BEYOND_REGISTERS) !== 0) return [null, capability];
  const slot = PATH_CACHE ? findPath(caller.cspace, capability) : lookupFlat(caller.cspace, capability);
  if (slot === null) return [null, capability];
  const word = slot.word;
  if ((word & (TYPE_MASK | CAN_SEND)) !== (ObjectType.Endpoint | CAN_SEND)) return [null, capability];
  const endpoint = unsafe.container<Endpoint>(slot.object!, "header");
  const callee = endpoint.receivers;
  if (callee === null) return [null, capability];
  if (callee.gate !== caller.pass) return [null, capability];
  const depth = caller.depth + 1;
  if (depth > MAX_DEPTH) return [null, capability];

  // commit
  endpoint.receivers = detach(callee);
  callee.blockedOn = tagged.none();
  callee.caller = caller;
  callee.depth = depth;
  callee.schedContext = caller.schedContext;
  caller.blockedOn = tagged.of(Wait.Reply, callee);
  return [callee, word >>> capabilityWord.badge.at];
}

export function fastReplyRecv(capability: u64, tag: u64): [Ptr<Tcb> | null, u64] {
  attr({ leaf: true, preserve: ["a1", "a2", "a3", "a4", "a5", "a7", "t5", "t6"], returns: ["a6", "a0"] });
  const server = unsafe.ptr<Tcb>(register.tp);
  if ((tag & BEYOND_REGISTERS) !== 0) return [null, capability];
  const slot = lookupFlat(server.cspace, capability);
  if (slot === null) return [null, capability];
  if ((slot.word & (TYPE_MASK | CAN_RECV)) !== (ObjectType.Endpoint | CAN_RECV)) return [null, capability];
  const endpoint = unsafe.container<Endpoint>(slot.object!, "header");
  const client = server.caller;
  if (client === null) return [null, capability];
  // The client can run here and no notification waits for us.
  if (client.gate !== server.pass) return [null, capability];
  // We run on the client's time, so the client goes on with it; a helper's time needs the scheduler.
  if (client.schedContext !== server.schedContext) return [null, capability];
  if (endpoint.senders !== null) return [null, capability];
  // The last check with the first change: who waits there already must be on this hart.
  const other = endpoint.receivers;
  if (other === null) {
    endpoint.receivers = server;
  } else {
    if (other.gate !== server.pass) return [null, capability];
    append(other, server);
  }

  // commit
  server.caller = null;
  server.depth = 0;
  server.receivesThrough = slot;
  client.blockedOn = tagged.none();
  server.blockedOn = tagged.of(Wait.Recv, endpoint);
  return [client, 0];
}

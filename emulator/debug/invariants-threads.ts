// Invariants 1 to 6 and 14: threads, queues, timers, time.

import { ObjectType } from "../../kernel/abi/objects.js";
import { hex, type MachineFacts, type Objects, type Report } from "./invariants.js";
import type { KernelView } from "./kernel-view.js";

/// Tcb.blockedOn's low bits.
const Wait = { none: 0, recv: 1, send: 2, reply: 3, notification: 4, sleep: 5, any: 6, semaphore: 7, channel: 8 } as const;
const Gate = { hart: 0xff, notRunnable: 0x100, inFault: 0x200, timed: 0x400, pending: 0x800, any: 0x1000, node: 0x2000, sought: 0x10000 } as const;
const KINDS = 32;
const MAX_DEPTH = 100;
/// Longer than any queue that memory has room for.
const ENDLESS = 100_000;

export function checkThreads(view: KernelView, objects: Objects, facts: MachineFacts, report: Report): void {
  const tcbs = objects.of(ObjectType.Tcb);
  checkRunning(view, objects, facts, report);
  checkRunQueues(view, objects, facts, report);
  const queued = checkQueues(view, objects, report);
  for (const t of tcbs) checkThread(view, objects, t, queued, report);
  checkTimers(view, objects, facts, report);
  checkHelp(view, objects, facts, report);
}

const gateOf = (view: KernelView, t: number) => view.field("Tcb", t, "gate");

function blockedOn(view: KernelView, t: number): { kind: number; on: number } {
  const word = view.link("Tcb", t, "blockedOn");
  return { kind: word % KINDS, on: word - (word % KINDS) };
}

function canRun(view: KernelView, t: number): boolean {
  return blockedOn(view, t).kind === Wait.none && (gateOf(view, t) & (Gate.notRunnable | Gate.inFault)) === 0;
}

function checkRunning(view: KernelView, objects: Objects, { running, kicked }: MachineFacts, report: Report): void {
  running.forEach((t, hart) => {
    if (t === 0) return;
    if (view.field8("Hart", view.hart(hart), "isIdle") !== 0) report(1, `hart ${hart} runs a thread and says that it is idle`);
    if (!objects.has(ObjectType.Tcb, t)) report(1, `hart ${hart} runs ${hex(t)}, which is no thread`);
    else if (!canRun(view, t)) report(1, `hart ${hart} runs the thread at ${hex(t)}, which may not run`);
    else if ((gateOf(view, t) & Gate.hart) !== hart) report(1, `hart ${hart} runs the thread at ${hex(t)} of another hart`);
    else if (running.indexOf(t) !== hart) report(1, `two harts run the thread at ${hex(t)}`);
    else if (!kicked[hart] && paidFor(view, view.link("Hart", view.hart(hart), "current")) !== t) report(1, `hart ${hart} runs the thread at ${hex(t)}, for which its SchedContext does not pay`);
  });
  for (const t of objects.of(ObjectType.Tcb)) {
    if (view.link("Tcb", t, "hart") !== view.hart(gateOf(view, t) & Gate.hart)) report(1, `the thread at ${hex(t)} has two harts`);
  }
}

/// The thread at the end of what the owner of a SchedContext depends on.
function paidFor(view: KernelView, context: number): number {
  let t = context === 0 ? 0 : view.link("SchedContext", context, "owner");
  for (let step = 0; t !== 0 && step <= 2 * MAX_DEPTH; step++) {
    const { kind, on } = blockedOn(view, t);
    const lends = kind === Wait.send && view.field8("Tcb", t, "sendIsCall") !== 0 && view.field8("Tcb", t, "sendLends") !== 0;
    const next = kind === Wait.reply ? on : lends ? view.link("Endpoint", on, "server") : 0;
    if (next === 0) return t;
    t = next;
  }
  return t;
}

/// A circle of next links from `head`; undefined where it does not close, or its back links disagree.
function circle(view: KernelView, struct: string, head: number): number[] | undefined {
  const found: number[] = [];
  for (let at = head; ; ) {
    found.push(at);
    const next = view.link(struct, at, "next");
    if (view.link(struct, next, "prev") !== at || found.length > ENDLESS) return undefined;
    if (next === head) return found;
    at = next;
  }
}

function checkRunQueues(view: KernelView, objects: Objects, { running }: MachineFacts, report: Report): void {
  const ready = new Set<number>();
  running.forEach((_, hart) => {
    const queue = view.hart(hart) + view.at("Hart", "runQueue"), map = queue + view.at("RunQueue", "map"), heads = queue + view.at("RunQueue", "heads");
    for (let priority = 0; priority < 64; priority++) {
      const head = view.pointer(heads + 8 * priority);
      const isSet = ((view.u32(map + (priority >>> 5) * 4) >>> (priority & 31)) & 1) === 1;
      if (isSet !== (head !== 0)) report(2, `bit ${priority} of hart ${hart}'s run queue says otherwise than the queue`);
      if (head === 0) continue;
      const members = circle(view, "SchedContext", head);
      if (!members) {
        report(2, `the queue of priority ${priority} of hart ${hart} is no circle`);
        continue;
      }
      for (const context of members) {
        if (!objects.has(ObjectType.SchedContext, context)) report(2, `${hex(context)} in the run queue is no SchedContext`);
        else if (ready.has(context)) report(2, `the SchedContext at ${hex(context)} is in the run queue twice`);
        else if (view.link("SchedContext", context, "hart") !== view.hart(hart)) report(2, `the SchedContext at ${hex(context)} is in the queue of another hart`);
        else if (view.field8("SchedContext", context, "priority") !== priority) report(2, `the SchedContext at ${hex(context)} is in the queue of another priority`);
        ready.add(context);
      }
    }
  });
  for (const context of objects.of(ObjectType.SchedContext)) {
    if ((view.field8("SchedContext", context, "ready") !== 0) !== ready.has(context)) report(2, `the SchedContext at ${hex(context)} is ready and in no queue, or the other way round`);
    const owner = view.link("SchedContext", context, "owner");
    if (objects.has(ObjectType.Tcb, owner) && view.link("Tcb", owner, "hart") !== view.link("SchedContext", context, "hart")) report(2, `the SchedContext at ${hex(context)} is of another hart than its thread`);
  }
}

/// Which thread is in which queues, as "object kind".
function checkQueues(view: KernelView, objects: Objects, report: Report): Map<number, string[]> {
  const queued = new Map<number, string[]>();
  const gate = view.at("Tcb", "gate"), nodes = view.at("Tcb", "nodes"), tcbBytes = view.types.bytes("Tcb");
  const walk = (head: number, on: number, kind: number, invariant: number) => {
    if (head === 0) return;
    const places = circle(view, "Tcb", head);
    if (!places) return report(invariant, `a queue of the object at ${hex(on)} is no circle`);
    for (const place of places) {
      const isNode = (view.word(place + gate) & Gate.node) !== 0;
      const t = isNode ? place + gate - ((place + gate) % tcbBytes) : place;
      if (!objects.has(ObjectType.Tcb, t)) {
        report(8, `${hex(t)} in a queue is no thread`);
        continue;
      }
      queued.set(t, [...(queued.get(t) ?? []), `${on} ${isNode ? Wait.any : kind}`]);
      if (isNode && (place + gate < t + nodes || kind !== Wait.recv)) report(4, `a place of the thread at ${hex(t)} is none of its own`);
    }
  };
  // Who waits for calls through portals does so by no capability.
  const checkThrough = (e: number, receivers: number) => {
    for (const place of receivers === 0 ? [] : (circle(view, "Tcb", receivers) ?? [])) {
      const isNode = (view.word(place + gate) & Gate.node) !== 0;
      const through = isNode ? view.link("WaitNode", place + gate, "through") : view.link("Tcb", place, "receivesThrough");
      if (!objects.byObject.get(e)?.some(({ address }) => address === through)) report(8, `a receiver at the endpoint at ${hex(e)} is there by no capability to it`);
    }
  };
  const endpoint = (e: number) => {
    const receivers = view.link("Endpoint", e, "receivers"), senders = view.link("Endpoint", e, "senders"), server = view.link("Endpoint", e, "server");
    if (receivers !== 0 && senders !== 0) report(3, `both senders and receivers wait at the endpoint at ${hex(e)}`);
    walk(receivers, e, Wait.recv, 3);
    walk(senders, e, Wait.send, 3);
    const cancelAt = view.link("Endpoint", e, "cancelAt");
    if (cancelAt !== 0 && (senders === 0 || !circle(view, "Tcb", senders)?.includes(cancelAt))) report(8, `the endpoint at ${hex(e)} goes on with cancelling at no sender of its own`);
    // A search in progress goes on at a receiver that the fast path leaves alone, and so it ends.
    const search = [32 * view.field32("Endpoint", e, "searchAt"), 32 * view.field32("Endpoint", e, "searchEnd")];
    const isSound = (place: number) => receivers !== 0 && circle(view, "Tcb", receivers)?.includes(place) && (view.word(place + gate) & Gate.sought) !== 0;
    if (search[0] !== 0 && !search.every(isSound)) report(8, `the endpoint at ${hex(e)} goes on with its search at no receiver of its own, or at one that the fast path may take`);
    if (server === 0) return;
    if (!objects.has(ObjectType.Tcb, server)) report(8, `the server of the endpoint at ${hex(e)} is no thread`);
    else if (view.link("Tcb", server, "serves") !== e) report(14, `the server of the endpoint at ${hex(e)} does not know of it`);
  };
  for (const e of objects.of(ObjectType.Endpoint)) {
    endpoint(e);
    checkThrough(e, view.link("Endpoint", e, "receivers"));
  }
  for (const t of objects.of(ObjectType.Tcb)) endpoint(t + view.at("Tcb", "portals"));
  for (const n of objects.of(ObjectType.Notification)) {
    const waiters = view.link("Notification", n, "waiters"), bound = view.link("Notification", n, "bound");
    if (waiters !== 0 && view.field("Notification", n, "bits") !== 0) report(3, `threads wait at the notification at ${hex(n)}, which has bits`);
    if (bound !== 0 && view.link("Tcb", bound, "boundNotification") !== n) report(3, `the thread that the notification at ${hex(n)} is bound to does not know`);
    walk(waiters, n, Wait.notification, 3);
  }
  for (const s of objects.of(ObjectType.Semaphore)) {
    const waiters = view.link("Semaphore", s, "waiters");
    if (waiters !== 0 && view.field("Semaphore", s, "count") !== 0) report(3, `threads wait at the semaphore at ${hex(s)}, which is not zero`);
    walk(waiters, s, Wait.semaphore, 3);
  }
  for (const c of objects.of(ObjectType.Channel)) {
    const waiters = view.link("Channel", c, "waiters");
    if (waiters !== 0 && view.field32("Channel", c, "count") !== 0) report(3, `threads wait at the channel at ${hex(c)}, which has messages`);
    walk(waiters, c, Wait.channel, 3);
  }
  return queued;
}

function checkThread(view: KernelView, objects: Objects, t: number, queued: ReadonlyMap<number, readonly string[]>, report: Report): void {
  const { kind, on } = blockedOn(view, t), gate = gateOf(view, t), places = queued.get(t) ?? [];
  const nodeCount = view.field8("Tcb", t, "nodeCount"), isAny = kind === Wait.any;
  if (isAny !== ((gate & Gate.any) !== 0) || (isAny ? places.length !== nodeCount || places.some((place) => !place.endsWith(` ${Wait.any}`)) : nodeCount !== 0)) {
    report(4, `the thread at ${hex(t)} is not in just the queues that it registered for`);
  }
  const waits = kind === Wait.recv || kind === Wait.send || kind === Wait.notification || kind === Wait.semaphore || kind === Wait.channel;
  if (!isAny && (waits ? places.length !== 1 || places[0] !== `${on} ${kind}` : places.length !== 0)) report(3, `the queues do not have the thread at ${hex(t)} as it says that it waits`);
  const isTimed = (gate & Gate.timed) !== 0, isArmed = view.pointer(t + view.at("Tcb", "timer") + view.at("Timer", "armed")) !== 0;
  if (isTimed !== isArmed || (isTimed && kind === Wait.none)) report(5, `the thread at ${hex(t)} is timed and does not wait, or waits for no timer`);
  const caller = view.link("Tcb", t, "caller");
  if (caller !== 0) {
    const state = objects.has(ObjectType.Tcb, caller) ? blockedOn(view, caller) : undefined;
    if (state?.kind !== Wait.reply || state.on !== t) report(6, `the thread at ${hex(t)} may reply to one that does not wait for it`);
  }
  if (kind === Wait.reply && (!objects.has(ObjectType.Tcb, on) || view.link("Tcb", on, "caller") !== t)) report(6, `the thread at ${hex(t)} waits for a reply that nobody owes it`);
  let depth = 0;
  for (let at = caller; at !== 0 && depth <= MAX_DEPTH; depth++) at = view.link("Tcb", at, "caller");
  if (depth > MAX_DEPTH) report(6, `the calls that the thread at ${hex(t)} serves are a circle, or too many`);
}

// 5: what is armed is in the heap of its hart, once.
function checkTimers(view: KernelView, objects: Objects, { running }: MachineFacts, report: Report): void {
  const found = new Set<number>();
  running.forEach((_, hart) => {
    const open = [view.link("Hart", view.hart(hart), "timers")].filter((root) => root !== 0);
    for (let timer = open.pop(); timer !== undefined; timer = open.pop()) {
      if (found.has(timer)) return report(5, `a timer at ${hex(timer)} is in a heap twice`);
      found.add(timer);
      for (const side of ["left", "right"] as const) {
        const child = view.link("Timer", timer, side);
        if (child === 0) continue;
        if (view.link("Timer", child, "parent") !== timer || view.field("Timer", child, "deadline") < view.field("Timer", timer, "deadline")) report(5, `the timers below ${hex(timer)} are no heap`);
        open.push(child);
      }
    }
  });
  const armed = [
    ...objects.of(ObjectType.Tcb).map((t) => t + view.at("Tcb", "timer")),
    ...objects.of(ObjectType.SchedContext).map((s) => s + view.at("SchedContext", "refill")),
  ].filter((timer) => view.link("Timer", timer, "armed") !== 0);
  if (armed.length !== found.size || armed.some((timer) => !found.has(timer))) report(5, "the timers that run are not those in the heaps");
}

// 14: a context whose owner waits for a thread that can run is ready, runs, or waits for its refill.
function checkHelp(view: KernelView, objects: Objects, { running, kicked }: MachineFacts, report: Report): void {
  const current = running.map((_, hart) => view.link("Hart", view.hart(hart), "current"));
  for (const s of objects.of(ObjectType.SchedContext)) {
    if (view.field8("SchedContext", s, "ready") !== 0 || current.includes(s)) continue;
    if (view.pointer(s + view.at("SchedContext", "refill") + view.at("Timer", "armed")) !== 0) continue;
    let t = view.link("SchedContext", s, "owner");
    if (t === 0 || view.link("Tcb", t, "schedContext") !== s) continue;
    for (let step = 0; step <= MAX_DEPTH; step++) {
      const { kind, on } = blockedOn(view, t);
      if (kind === Wait.reply) t = on;
      else break;
    }
    if (canRun(view, t) && view.link("Tcb", t, "schedContext") === s) report(14, `the thread at ${hex(t)} could run on the SchedContext at ${hex(s)}, which is in no queue`);
  }
  running.forEach((t, hart) => {
    const s = current[hart] ?? 0;
    const h = view.hart(hart), queue = h + view.at("Hart", "runQueue") + view.at("RunQueue", "heads");
    // Its turn to look is still to come.
    if (kicked[hart] || view.field("Hart", h, "isWaiting") !== 0) return;
    const isIdle = view.field8("Hart", h, "isIdle") !== 0;
    if (!isIdle && (t === 0 || s === 0)) return;
    for (let priority = isIdle ? 0 : view.field8("SchedContext", s, "priority") + 1; priority < 64; priority++) if (view.pointer(queue + 8 * priority) !== 0) report(14, `hart ${hart} runs below priority ${priority}, which is ready`);
  });
}

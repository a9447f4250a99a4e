// A scheduler: run queues by priority behind a bitmap, a list of sleepers by their time, locks whose holders inherit.
class Task {
  next: Ptr<Task> | null;
  prev: Ptr<Task> | null;
  lock: Ptr<Lock> | null;
  id: u32;
  priority: u8;
  base: u8;
  state: u8;
  wake: u64;
  ran: u64;
}
class Queue {
  head: Ptr<Task> | null;
  tail: Ptr<Task> | null;
}
class Lock {
  holder: Ptr<Task> | null;
  waiters: Queue;
}
const tasks = zeroed<Arr<Task, 24>>();
const queues = zeroed<Arr<Queue, 64>>();
const locks = zeroed<Arr<Lock, 4>>();
class Scheduler {
  ready: u64;
  sleepers: Ptr<Task> | null;
  now: u64;
  seed: u32;
}
const scheduler = zeroed<Scheduler>();

function random(): u32 {
  scheduler.seed = scheduler.seed * 1664525 + 1013904223;
  return scheduler.seed >>> 8;
}
function append(queue: Ptr<Queue>, task: Ptr<Task>): void {
  task.next = null;
  task.prev = queue.tail;
  if (queue.tail !== null) queue.tail.next = task;
  else queue.head = task;
  queue.tail = task;
}
function remove(queue: Ptr<Queue>, task: Ptr<Task>): void {
  if (task.prev !== null) task.prev.next = task.next;
  else queue.head = task.next;
  if (task.next !== null) task.next.prev = task.prev;
  else queue.tail = task.prev;
}
function makeReady(task: Ptr<Task>): void {
  task.state = 1;
  append(ref(queues[task.priority]), task);
  scheduler.ready |= 1 << task.priority;
}
function unready(task: Ptr<Task>): void {
  const queue = ref(queues[task.priority]);
  remove(queue, task);
  if (queue.head === null) scheduler.ready &= ~(1 << task.priority);
}
function pick(): Ptr<Task> | null {
  if (scheduler.ready === 0) return null;
  const priority = 63 - u64.countLeadingZeros(scheduler.ready);
  const task = queues[priority].head;
  if (task !== null) unready(task);
  return task;
}
function sleep(task: Ptr<Task>, until: u64): void {
  task.wake = until;
  task.state = 2;
  let link: Ptr<Ptr<Task> | null> = ref(scheduler.sleepers);
  while (link.$ !== null && link.$.wake <= until) link = ref(link.$.next);
  task.next = link.$;
  link.$ = task;
}
function tick(): void {
  scheduler.now++;
  while (scheduler.sleepers !== null && scheduler.sleepers.wake <= scheduler.now) {
    const task = scheduler.sleepers;
    scheduler.sleepers = task.next;
    makeReady(task);
  }
}
function raise(task: Ptr<Task>, priority: u8): void {
  let at: Ptr<Task> | null = task;
  while (at !== null && at.priority < priority) {
    if (at.state === 1) {
      unready(at);
      at.priority = priority;
      makeReady(at);
    } else at.priority = priority;
    const lock: Ptr<Lock> | null = at.lock;
    at = lock !== null ? lock.holder : null;
  }
}
function acquire(task: Ptr<Task>, lock: Ptr<Lock>): boolean {
  if (lock.holder === null) {
    lock.holder = task;
    return true;
  }
  task.state = 3;
  task.lock = lock;
  append(ref(lock.waiters), task);
  raise(lock.holder, task.priority);
  return false;
}
function release(task: Ptr<Task>, lock: Ptr<Lock>): void {
  task.priority = task.base;
  let best: Ptr<Task> | null = null;
  for (let at = lock.waiters.head; at !== null; at = at.next) if (best === null || at.priority > best.priority) best = at;
  lock.holder = best;
  if (best === null) return;
  remove(ref(lock.waiters), best);
  best.lock = null;
  makeReady(best);
}

export function run(): u64 {
  scheduler.ready = 0;
  scheduler.sleepers = null;
  scheduler.now = 0;
  scheduler.seed = 7;
  for (let i: u64 = 0; i < 64; i++) {
    queues[i].head = null;
    queues[i].tail = null;
  }
  for (let i: u64 = 0; i < 4; i++) {
    locks[i].holder = null;
    locks[i].waiters.head = null;
    locks[i].waiters.tail = null;
  }
  for (let i: u64 = 0; i < tasks.length; i++) {
    const task = ref(tasks[i]);
    task.id = u32(i);
    task.base = u8((i * 5) & 63);
    task.priority = task.base;
    task.ran = 0;
    task.lock = null;
    makeReady(task);
  }
  let h: u64 = 0;
  for (let round: u64 = 0; round < 1500; round++) {
    tick();
    const task = pick();
    if (task === null) {
      h = h * 31 + 1;
      continue;
    }
    task.ran++;
    h = h * 31 + task.id;
    const lock = ref(locks[random() & 3]);
    if (lock.holder === task) {
      release(task, lock);
      makeReady(task);
    } else if (lock.holder === null || (random() & 7) === 0) {
      if (acquire(task, lock)) sleep(task, scheduler.now + (random() & 7) + 1);
    } else sleep(task, scheduler.now + (random() & 15) + 1);
  }
  for (const task of tasks) h = h * 31 + task.ran + task.priority;
  return h;
}

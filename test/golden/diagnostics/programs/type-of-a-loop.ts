class Lock { holder: Ptr<Task> | null; }
class Task { lock: Ptr<Lock> | null; }
export function last(task: Ptr<Task>): void {
  let at: Ptr<Task> | null = task;
  while (at !== null) {
    const lock = at.lock;
    at = lock !== null ? lock.holder : null;
  }
}
export function main(): void {}

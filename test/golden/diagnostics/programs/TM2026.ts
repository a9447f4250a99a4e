class Words { all: Arr<Reg<u32>, 4>; }
class Lock { ticket: Atomic<u32>; }
const lock = zeroed<Lock>();
function take(ticket: Atomic<u32>): void {
  ticket.store(1);
}
export function main(): void {
  const words = unsafe.ptr<Words>(0x1000_1000);
  const status = words.all[2];
  take(lock.ticket);
}

// What a hart does to a thread that another runs: stops it, takes its time away, deletes it.
import { nanoSleep, schedContextBind, schedContextConfigure, schedContextUnbind, tcbResume, tcbSuspend } from "../../../../userland/lib/stubs.js";
import { check, equal, succeeds } from "../lib/check.js";
import { deleteAll, HIGH, LOW } from "../lib/world.js";
import { clearCells, counter, goesOn, MS, reaches, shared, standsMuch, standsStill, startOn, threadOn, valueOf } from "./harts.js";

export function stopping(): void {
  clearCells();
  const t = startOn(1, counter, 1, LOW), low = startOn(1, counter, 2, LOW - 1);
  reaches(1, 100);
  succeeds("suspend a thread that runs on another hart", tcbSuspend(t.tcb));
  check("it stands still at once", standsMuch(1));
  check("a lower one runs", reaches(2, 100));
  succeeds("resume", tcbResume(t.tcb));
  check("it goes on", goesOn(1));
  succeeds("take its time away", schedContextUnbind(t.context));
  check("it stands still", standsMuch(1));
  succeeds("give it back", schedContextBind(t.context, t.tcb));
  check("it goes on with it", goesOn(1));
  succeeds("make it lower than the other", schedContextConfigure(t.context, 1, MS, MS));
  check("then the other runs", goesOn(2));
  check("and it does not", standsStill(1));
  succeeds("make it higher again", schedContextConfigure(t.context, HIGH, MS, MS));
  check("then it runs", goesOn(1));
  deleteAll(t.tcb);
  check("a thread is deleted while it runs", standsMuch(1));
  check("and its hart goes on", goesOn(2));
  deleteAll(low.context);
  check("without time there is nothing left to run", standsMuch(2));
  let good: u64 = 0;
  for (let i: u64 = 0; i < 20; i++) {
    const one = startOn(i % shared.harts, counter, 3, LOW);
    if (i % 3 !== 0) reaches(3, valueOf(3) + (i % shared.harts === 0 ? 0 : 50));
    deleteAll(one.tcb);
    if (standsMuch(3)) good += 1;
  }
  equal("twenty threads come and go", good, 20);
}

export function time(): void {
  clearCells();
  const t = threadOn(1, counter, 1, LOW);
  schedContextConfigure(t.context, LOW, MS / 10, 10_000 * MS);
  tcbResume(t.tcb);
  // Where the host runs other things meanwhile, the time may be over before the first instruction.
  for (let i: u64 = 0; i < 50 && !reaches(1, 1); i++) schedContextConfigure(t.context, LOW, MS / 10, 10_000 * MS);
  check("a thread runs on another hart", valueOf(1) > 0);
  nanoSleep(MS);
  let ended = false;
  for (let i: u64 = 0; i < 1000 && !ended; i++) ended = standsStill(1);
  check("until its budget is used up", ended);
  schedContextConfigure(t.context, LOW, 10 * MS, 10 * MS);
  check("and on with a new one", goesOn(1));
  startOn(1, counter, 2, LOW);
  check("threads of one priority share their hart", reaches(2, 1000) && goesOn(1) && goesOn(2));
}

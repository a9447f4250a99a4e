// Several harts: threads on each of them, what they say to each other, what one does to a thread that another runs.
// On a machine with one hart only what TcbSetAffinity says there.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { endReport } from "./lib/check.js";
import { endGroup, startWorld } from "./lib/world.js";
import { stopping, time } from "./multicore/control.js";
import { channels, ends, notifications, semaphores, together } from "./multicore/events.js";
import { faults, interrupts } from "./multicore/faults.js";
import { shared } from "./multicore/harts.js";
import { messages, portals, turnedAway } from "./multicore/messages.js";
import { sharing, unmapping } from "./multicore/pages.js";
import { affinity, floats, migration, parallel, waiting } from "./multicore/placement.js";

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  shared.harts = info.hartCount;
  affinity();
  endGroup();
  if (shared.harts > 1) several();
  endReport();
}

function several(): void {
  const parts: readonly (() => void)[] = [
    parallel, messages, turnedAway, portals, notifications, semaphores, channels, migration, waiting, floats, stopping, time, unmapping, sharing, together, ends, faults, interrupts,
  ];
  for (const part of parts) {
    part();
    endGroup();
  }
}

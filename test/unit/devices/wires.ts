// What device tests stand in for: a clock that is set by hand, and wires that remember.

import type { Clock, InterruptLine } from "../../../emulator/devices/device.js";

export class HandClock implements Clock {
  now = 0n;

  ticks(): bigint {
    return this.now;
  }
}

export class Wire implements InterruptLine {
  level = false;
  rises = 0;

  set(level: boolean): void {
    if (level && !this.level) this.rises += 1;
    this.level = level;
  }
}

// Copies that happen at once, as a sequence: a copy whose target nobody still
// reads goes first; what is left is cycles, each broken with one fresh register.

import { copyOf, type Instr, type Reg } from "./machine.js";

export function sequentialise(copies: readonly { to: Reg; from: Reg }[], fresh: (like: Reg) => Reg): Instr[] {
  const pending = copies.filter(({ to, from }) => to !== from).map((copy) => ({ ...copy }));
  const code: Instr[] = [];
  while (pending.length > 0) {
    const ready = pending.findIndex(({ to }) => !pending.some(({ from }) => from === to));
    if (ready >= 0) {
      const [{ to, from }] = pending.splice(ready, 1) as [{ to: Reg; from: Reg }];
      code.push(copyOf(to, from));
      continue;
    }
    const { to } = pending[0]!;
    const saved = fresh(to);
    code.push(copyOf(saved, to));
    for (const copy of pending) if (copy.from === to) copy.from = saved;
  }
  return code;
}

// Guest registers as locals of a region's function: each that the region names
// is loaded where the function begins, and stored at its end if it was written.

import { State } from "../cpu/layout.js";
import { operandKinds, type OperandName } from "../isa/operand.js";
import type { Destination } from "../isa/machine.js";
import type { Operands } from "../isa/row.js";
import { F64, type I32, I64, Op, type Value, ValueType } from "../isa/value.js";
import { type Code, type Locals, localF64, localI64 } from "../wasm/code.js";

interface GuestRegister {
  readonly local: number;
  readonly address: number;
  readonly float: boolean;
  written: boolean;
}

/// Counts as written from its first write on.
class RegisterDestination {
  constructor(private readonly code: Code, private readonly register: GuestRegister) {}
  set(value: Value): void {
    this.register.written = true;
    this.code.set(this.register.local, value);
  }
}
const nowhere = { set: () => {} };

/// What semantics see: one object for a whole region, whose getters look at the current instruction.
export class RegionOperands {
  current: Operands = {};
  constructor(readonly registers: Registers) {}
}
for (const name of Object.keys(operandKinds) as OperandName[]) {
  Object.defineProperty(RegionOperands.prototype, name, { get(this: RegionOperands) { return this.registers.operand(name, this.current[name] ?? 0); } });
}

export class Registers {
  /// By offset in the hart's state.
  readonly #registers = new Map<number, GuestRegister>();

  constructor(private readonly code: Code, private readonly locals: Locals, private readonly state: I32) {}

  emitLoads(code: Code): void {
    for (const { local, address, float } of this.#registers.values()) code.set(local, float ? F64.load(this.state, address) : I64.load(this.state, address));
  }

  emitStores(code: Code): void {
    for (const { local, address, float, written } of this.#registers.values()) {
      if (written) code.store(float ? Op.f64Store : Op.i64Store, this.state, address, float ? localF64(local) : localI64(local));
    }
  }

  operand(name: OperandName, number: number): Value | Destination<Value> {
    const { file } = operandKinds[name];
    if (!file) return I64.of(number);
    const float = file === "f";
    const isZero = !float && number === 0;
    if (name === "rd" || name === "frd") {
      if (isZero) return nowhere;
      const register = this.#register(float, number);
      return new RegisterDestination(this.code, register);
    }
    if (isZero) return I64.of(0);
    const { local } = this.#register(float, number);
    return float ? localF64(local) : localI64(local);
  }

  #register(float: boolean, number: number): GuestRegister {
    const address = (float ? State.f : State.x) + number * 8;
    let register = this.#registers.get(address);
    if (!register) this.#registers.set(address, (register = { local: this.locals.add(float ? ValueType.f64 : ValueType.i64), address, float, written: false }));
    return register;
  }
}

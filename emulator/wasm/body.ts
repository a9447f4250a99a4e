// A function body under construction, written like a small program: variables,
// conditions, early returns.

import { type I32, type I64, type Value, ValueType } from "../isa/value.js";
import { Code, Locals, localI32, localI64, localLike } from "./code.js";

export class Body {
  readonly code = new Code();
  readonly locals: Locals;

  constructor(readonly parameters: readonly number[]) {
    this.locals = new Locals(parameters);
  }

  /// A parameter as 64 bits; one of 32 is extended with zeros.
  operand(index: number): I64 { return this.parameters[index] === ValueType.i64 ? localI64(index) : this.let(localI32(index).extendU()); }
  word(index: number): I32 { return localI32(index); }

  /// Evaluates now. The result may be set again.
  let<V extends Value>(value: V): V {
    const local = this.locals.add(value.type);
    this.code.set(local, value);
    return localLike(value, local);
  }
  set<V extends Value>(variable: V, value: V): void { this.code.set(variable.immediate, value); }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.code.if(condition);
    then();
    if (otherwise) {
      this.code.else();
      otherwise();
    }
    this.code.end();
  }

  /// Again and again, until it returns or `again` is not called.
  loop(body: (again: () => void) => void): void {
    const label = this.code.loop();
    body(() => this.code.br(label));
    this.code.end();
  }
}

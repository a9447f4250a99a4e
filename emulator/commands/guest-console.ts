// The guest's console at the terminal: keys, pipes and signals come in, output
// goes out. stdout is the guest's alone; our own words go to stderr.

import { type ConsoleCommand, ConsoleKeys } from "./console-keys.js";
import { ExitCode } from "./exit-codes.js";
import type { Host } from "./host.js";
import type { RunResult } from "./run-result.js";

export interface GuestConsoleOptions {
  readonly host: Host;
  /// What the guest got and has not read yet, in bytes.
  readonly waiting: () => number;
  readonly input: (bytes: Uint8Array) => void;
  readonly ended: () => void;
  readonly command: (command: ConsoleCommand) => void;
  readonly stop: (result: RunResult) => void;
}

/// Input beyond this waits with the host until the guest has read some.
const inputHighWater = 65_536;

export class GuestConsole {
  readonly #keys = new ConsoleKeys();
  #output: number[] = [];
  #isEnded = false;
  #isClosed = false;

  constructor(private readonly options: GuestConsoleOptions) {}

  put(byte: number): void { this.#output.push(byte); }

  /// Connects keys, pipes and signals; the result disconnects them.
  open(): () => void {
    const { host: { stdin, stdout }, stop } = this.options;
    const onData = (chunk: Buffer) => {
      this.#receive(chunk);
      if (this.options.waiting() > inputHighWater) stdin.pause();
    };
    const onEnd = () => {
      this.#isEnded = true;
      this.options.ended();
    };
    const onSignal = () => stop({ exitCode: ExitCode.interrupted, reason: "interrupted", message: "interrupted" });
    // Whoever read our output is gone, as in `typemetal run … | head`.
    const onClosed = () => {
      this.#isClosed = true;
      stop({ exitCode: ExitCode.failed, reason: "closed" });
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on("data", onData).on("end", onEnd).on("error", onEnd);
    stdout.on("error", onClosed);
    for (const signal of signals) process.on(signal, onSignal);
    return () => {
      for (const signal of signals) process.off(signal, onSignal);
      stdin.off("data", onData).off("end", onEnd);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      // A pipe that nobody ends would keep the process alive.
      stdin.unref?.();
    };
  }

  /// Gives the guest's output to stdout, and waits where that is slow.
  async flush(): Promise<void> {
    const { stdin, stdout } = this.options.host;
    if (stdin.isPaused() && !this.#isEnded && this.options.waiting() < inputHighWater) stdin.resume();
    if (this.#output.length === 0) return;
    const bytes = Uint8Array.from(this.#output);
    this.#output = [];
    if (this.#isClosed || stdout.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        stdout.off("drain", done).off("error", done);
        resolve();
      };
      stdout.on("drain", done).on("error", done);
    });
  }

  #receive(bytes: Uint8Array): void {
    const { host, input, command } = this.options;
    if (!host.stdin.isTTY) return input(bytes);
    const { toGuest, commands } = this.#keys.type(bytes);
    input(Uint8Array.from(toGuest));
    for (const each of commands) command(each);
  }
}

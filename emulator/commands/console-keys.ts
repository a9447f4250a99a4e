// What is typed at the guest's console. Ctrl-A begins a command to us, as in
// QEMU; everything else, Ctrl-C too, is the guest's.

export type ConsoleCommand = "quit" | "help" | "status";

export interface Typed {
  readonly toGuest: readonly number[];
  readonly commands: readonly ConsoleCommand[];
}

const CONTROL_A = 1;

export const consoleHelp = [
  "Ctrl-A X    leave the machine",
  "Ctrl-A C    say how the run stands",
  "Ctrl-A H    this help",
  "Ctrl-A Ctrl-A    send Ctrl-A to the guest",
];

/// Splits keys into the guest's and ours. It remembers a Ctrl-A whose next key has not come.
export class ConsoleKeys {
  private isCommand = false;

  type(bytes: Iterable<number>): Typed {
    const toGuest: number[] = [];
    const commands: ConsoleCommand[] = [];
    for (const byte of bytes) {
      if (!this.isCommand && byte === CONTROL_A) {
        this.isCommand = true;
        continue;
      }
      if (!this.isCommand) toGuest.push(byte);
      else if (byte === CONTROL_A) toGuest.push(CONTROL_A);
      else {
        const command = commandOf(String.fromCharCode(byte).toLowerCase());
        if (command) commands.push(command);
      }
      this.isCommand = false;
    }
    return { toGuest, commands };
  }
}

function commandOf(key: string): ConsoleCommand | undefined {
  if (key === "x") return "quit";
  if (key === "c") return "status";
  return key === "h" || key === "?" ? "help" : undefined;
}

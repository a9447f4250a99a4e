// The process that a command runs in.

import type { ChalkInstance } from "chalk";

export interface Host {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /// For stderr.
  readonly colors: ChalkInstance;
}

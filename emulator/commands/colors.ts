// Whether a stream gets colours: the one place that decides. chalk itself
// ignores NO_COLOR on a terminal.

import { Chalk, type ChalkInstance } from "chalk";

/// https://no-color.org: set and not empty means none; FORCE_COLOR overrules the stream, not NO_COLOR.
export function colorsFor(stream: NodeJS.WriteStream): ChalkInstance {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== "0";
  const wanted = !NO_COLOR && (isForced || (stream.isTTY === true && stream.hasColors()));
  return new Chalk({ level: wanted ? 1 : 0 });
}

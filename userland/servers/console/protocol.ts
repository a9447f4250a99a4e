// The console's protocol. An operation keeps its number for ever.

export enum ConsoleLabel {
  /// word 0: bytes in the UTCB, which are written in order.
  Write = 1,
  /// Reply, word 0: how many bytes (0: none yet, wait for ShellEvent.Input), words 1 to 3 have them.
  Read = 2,
}

/// Bytes in one Read.
export const READ_BYTES: usize = 24;

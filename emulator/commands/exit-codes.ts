// The exit codes of every command. `run` passes the guest's own on.

export const ExitCode = {
  ok: 0,
  /// What was asked failed: compile errors, an image that cannot be loaded.
  failed: 1,
  usage: 2,
  /// A bug of ours.
  internalError: 70,
  limitReached: 124,
  guestDied: 125,
  interrupted: 130,
} as const;

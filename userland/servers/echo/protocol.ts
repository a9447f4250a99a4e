// The echo protocol. An operation keeps its number for ever.

export enum EchoLabel {
  /// Words 0 to 3 come back as they are.
  Echo = 1,
  /// Reply, word 0: how often this client has called.
  Count = 2,
}

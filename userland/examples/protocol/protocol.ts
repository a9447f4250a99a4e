// A small store of names. An operation keeps its number for ever; `version` goes up when one changes.

export enum StoreError { Full = 1, TooLong = 2, Missing = 300 }
export class Entry {
  readonly name: string;
  readonly score: i32;
  readonly weight: f64;
}

export interface Store {
  readonly version: 3;
  /// The number of the entry.
  put: Op<1, (name: string, score: i32, weight: f64) => Result<u16, StoreError>>;
  /// The name is in the reply: copy it before the next call.
  get: Op<2, (index: u16) => Result<Entry, StoreError>>;
  count: Op<3, () => u64>;
  /// What would be said of this error.
  explain: Op<4, (error: StoreError, loud: boolean) => string>;
  clear: Op<5, () => void>;
}
export interface NewerStore {
  readonly version: 4;
  count: Op<3, () => u64>;
}

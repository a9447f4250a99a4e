// WebAssembly that follows from the instruction table alone: the same bytes for every guest. Where they are kept
// from one process to the next, a machine starts without writing them anew.

export interface EmittedStore {
  get(name: string): Uint8Array<ArrayBuffer> | undefined;
  set(name: string, bytes: Uint8Array): void;
}

let store: EmittedStore | undefined;
const modules = new Map<string, WebAssembly.Module>();

/// `kept` holds what this very program wrote, and nothing else.
export function keepEmitted(kept: EmittedStore): void {
  store = kept;
}

/// `emit` gives the same bytes each time for a name.
export function emittedModule(name: string, emit: () => Uint8Array<ArrayBuffer>): WebAssembly.Module {
  const known = modules.get(name);
  if (known) return known;
  let bytes = store?.get(name);
  if (!bytes) store?.set(name, (bytes = emit()));
  const module = new WebAssembly.Module(bytes ?? emit());
  modules.set(name, module);
  return module;
}

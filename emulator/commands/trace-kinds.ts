/// What can be traced, as in --trace traps,devices.
export const traceKinds = ["instructions", "traps", "csrs", "devices"] as const;
export type TraceKind = (typeof traceKinds)[number];

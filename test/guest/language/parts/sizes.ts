export const PAGES: u64 = 12;
export enum Depth { Low = 5, High = 1 << 4 }
export type Pages = typeof PAGES;

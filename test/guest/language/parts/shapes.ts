// Imports its user back: cycles are fine.
import { scale } from "../modules.js";

export enum Corner { TopLeft = -1, TopRight = 1 }
export class Box { width: u16; height: i16; at: Corner; }
export const unit: Box = { width: 2, height: -3, at: Corner.TopLeft };
export const tables = { small: { limit: 10, name: "small" }, large: { limit: 1_000_000_007, name: "large" } } as const;
export type Area = (b: Ptr<Box>) => i64;
export function area(b: Ptr<Box>): i64 {
  return i64(b.width) * b.height * scale;
}
export const ways: readonly Area[] = [area, (b) => i64(b.width)];
function helper(): u64 { return 1; }
export function callHelper(): u64 { return helper(); }

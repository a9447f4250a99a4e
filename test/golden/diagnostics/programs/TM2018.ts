import { b } from "./with/circle.js";
export const a: u64 = b + 1;
export function main(): void {}

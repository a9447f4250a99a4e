import { there, notThere } from "./with/exports.js";
export function main(): void {
  print(there(), "\n");
  print(notThere(), "\n");
  const again: u32 = notThere() + 1;
  print(again);
}

// Several files, with a cycle; two functions of one name; constants and tables across files.
import { area, type Area, Box, callHelper, Corner, tables, unit, ways } from "./parts/shapes.js";

export const scale: i64 = 10;
function helper(): u64 { return 2; }
const first: Area = area;

export function main(): void {
  const b = zeroed<Box>();
  b.width = 5;
  b.height = -7;
  b.at = Corner.TopRight;
  print(area(ref(b)), " ", area(ref(unit)), " ", ways[1](ref(b)), "\n");
  print(b.at, " ", unit.at, " ", sizeof<Box>(), " ", b.at > unit.at, "\n");
  print(tables.large.limit, " ", tables.small.name, " ", helper(), callHelper(), "\n");
  unit.height += 4;
  print(unit.height, " ", first(ref(unit)), "\n");
}

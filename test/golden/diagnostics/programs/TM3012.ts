// for bare object
class Size {
  width: u32;
  height: u32;
}
declare function c_area(size: Size): u32;

export function area(): u32 {
  return c_area({ width: 3, height: 4 });
}

// for bare object
declare function c_sum(words: Arr<u32, 4>): u32;

export function sum(): u32 {
  return c_sum([1, 2, 3, 4]);
}

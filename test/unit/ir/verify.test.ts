// What the verifier refuses: one example of each rule.

import { expect, test } from "vitest";
import { parseModule } from "../../../compiler/ir/parse.js";
import { verifyModule } from "../../../compiler/ir/verify.js";

const body = (lines: string) => `function @f: i64 {\nb0(%0: i64, %1: i32):\n${lines}\n}\n`;

test.each([
  ["an operand of another type", body("  %2: i64 = add %0, %1\n  return %2"), "types of %2 = add"],
  ["a result of another type", body("  %2: i64 = eq %0, %0\n  return %2"), "types of %2 = eq"],
  ["a narrow store of an i64", body("  store.u8 [%0], %0\n  return %0"), "types of"],
  ["an address that is an i32", body("  %2: i64 = load.i64 [%1]\n  return %2"), "types of %2 = load"],
  ["a use before its definition", body("  %2: i64 = add %3, %0\n  %3: i64 = add %0, %0\n  return %2"), "%3 does not dominate"],
  ["a use on another path", body("  branch %1, b1(), b2()\nb1():\n  %2: i64 = add %0, %0\n  jump b2()\nb2():\n  return %2"), "%2 does not dominate"],
  ["missing edge arguments", body("  jump b1()\nb1(%2: i64):\n  return %2"), "arguments () from b0 to b1"],
  ["a return of another type", body("  return %1"), "returns (i32), not (i64)"],
  ["a call of nothing", body("  %2: i64 = call @g(%0)\n  return %2"), "no function g"],
  ["a call with other arguments", body("  %2: i64 = call @f(%0)\n  return %2"), "f takes (i64,i32), not (i64)"],
  ["a result that stands alone", body("  %2: i64 = call @f(%0, %1)\n  %3: i64 = add %2, %2\n  %4: i64 = result %2, 1\n  return %3"), "%4 does not follow"],
  ["five results", "function @f: i64, i64, i64, i64, i64 {\nb0():\n  return 1, 2, 3, 4, 5\n}\n", "more than four"],
  ["a root that is not there", "roots @main\n", "no root main"],
  ["two functions of one name", body("  return %0") + body("  return %0"), "two functions"],
])("%s", (_, text, message) => {
  expect(() => verifyModule(parseModule(text))).toThrow(message);
});

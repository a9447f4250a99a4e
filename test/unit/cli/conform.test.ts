// What `typemetal conform` writes, and how it refuses what makes no sense.

import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { groupText, jsonText, junitText, tapText, totalsOf } from "../../../kernel/commands/conform-report.js";
import { type GroupResult, groups, readReport } from "../../../kernel/commands/conformance.js";

const results: GroupResult[] = [
  { group: "ipc", checks: [{ name: "a <reply>" }, { name: "badges", failure: "0x1, not 0x2" }], instructions: 10 },
  { group: "memory", checks: [{ name: "it maps" }], died: "idle: ok it maps", instructions: 5 },
];

test("a report is read line by line", () => {
  expect(readReport("typemetal\nok one\nFAILED two: 0x1, not 0x2\n1 passed, 1 failed\n", "fail")).toEqual({ checks: [{ name: "one" }, { name: "two", failure: "0x1, not 0x2" }] });
});

test("a program that does not come to its end has died", () => {
  expect(readReport("typemetal\nok one\n", "idle").died).toBe("idle: ok one");
  expect(readReport("typemetal\nok one\nkernel panic: why\n", "died").died).toBe("died: kernel panic: why");
});

test("an early end is a failure more", () => {
  expect(totalsOf(results)).toEqual({ passed: 2, failed: 2 });
  expect(groupText(results[1]!, new Chalk({ level: 0 }))).toContain("it comes to its end: idle");
});

test("TAP", () => {
  expect(tapText(results)).toBe('TAP version 14\n1..4\nok 1 - ipc: a <reply>\nnot ok 2 - ipc: badges\n  ---\n  message: "0x1, not 0x2"\n  ...\nok 3 - memory: it maps\nnot ok 4 - memory: it comes to its end\n  ---\n  message: "idle: ok it maps"\n  ...\n');
});

test("JUnit", () => {
  const text = junitText(results);
  expect(text).toContain('<testsuites tests="4" failures="2">');
  expect(text).toContain('<testcase classname="ipc" name="a &lt;reply&gt;"/>');
  expect(text).toContain('<failure message="0x1, not 0x2"/>');
});

test("JSON", () => {
  expect(JSON.parse(jsonText(results))).toMatchObject({ passed: 2, failed: 2, groups: [{ group: "ipc", passed: 1 }, { group: "memory", failed: 1 }] });
});

test("there are groups of every kind", () => {
  expect(groups()).toEqual(expect.arrayContaining(["capabilities", "ipc", "paging", "portals", "schedule", "timeouts"]));
});

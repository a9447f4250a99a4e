// From words to what a command's body takes.

import { expect, it } from "vitest";
import { type Command, readCommandLine } from "../../../emulator/commands/command-line.js";

const commands: readonly Command[] = [
  {
    name: "go",
    describe: "Goes to a place, by one of several ways that are listed at length so that the text is broken",
    words: { name: "place", describe: "Where", count: "one" },
    options: {
      way: { choices: ["road", "rail"], default: "road", describe: "How" },
      "most-stops": { type: "string", describe: "How many" },
      stop: { type: "string", array: true, describe: "May be repeated" },
      drive: { type: "string", describe: "May be repeated too" },
      out: { type: "string", alias: "o", describe: "A file" },
      checks: { type: "boolean", default: true, describe: "Whether" },
    },
    run: async () => 0,
  },
  { name: "list", describe: "Lists", words: { name: "files", describe: "Which", count: "any" }, options: {}, run: async () => 0 },
  { name: "wait", describe: "Waits", options: {}, run: async () => 0 },
];
const read = (...args: string[]) => {
  const asked = readCommandLine(commands, args, "an example", 60);
  return "print" in asked ? asked.print : asked.argv;
};

it("reads options in all their forms", () => {
  expect(read("go", "home")).toEqual({ place: "home", way: "road", checks: true });
  expect(read("go", "--way=rail", "--no-checks", "home", "--most-stops", "3", "-o", "-")).toEqual({ place: "home", way: "rail", checks: false, mostStops: "3", out: "-" });
  expect(read("go", "x", "--stop", "a", "--stop=b=c", "--drive", "1")).toEqual({ place: "x", way: "road", checks: true, stop: ["a", "b=c"], drive: "1" });
  expect(read("go", "x", "--drive", "1", "--drive", "2", "--checks=false")).toEqual({ place: "x", way: "road", checks: false, drive: ["1", "2"] });
  // Without a value, at the end or before another option.
  expect(read("go", "x", "--drive", "--most-stops")).toEqual({ place: "x", way: "road", checks: true, drive: "", mostStops: "" });
  expect(read("go", "--", "--x")).toMatchObject({ place: "--x" });
  expect(read("list", "a", "b")).toEqual({ files: ["a", "b"] });
  expect(read("list")).toEqual({ files: [] });
});

it.each([
  [[], "give a command"],
  [["fly"], "there is no command fly"],
  [["go"], "go: give its <place>"],
  [["go", "a", "b"], "go does not take b"],
  [["wait", "a"], "wait does not take a"],
  [["go", "a", "--fast"], "there is no option --fast"],
  [["go", "a", "-x"], "there is no option -x"],
  [["go", "a", "--no-way"], "there is no option --no-way"],
  [["go", "a", "--way", "air"], "--way air: give road or rail"],
  [["go", "a", "--checks=maybe"], "--checks takes no value"],
])("refuses %j", (args, message) => {
  expect(() => read(...args)).toThrow(message);
  expect(() => read(...args)).toThrow("help: typemetal --help");
});

it("shows help and version", () => {
  expect(read("--version")).toBe("version");
  expect(read("--help")).toEqual({ help: expect.stringMatching(/^typemetal COMMAND: an example\n\nCommands:\n {2}typemetal go <place> {6}Goes to a place, by one of\n {28}several ways/) });
  expect(read("go", "-h")).toEqual({ help: expect.stringMatching(/^typemetal go <place>\n[\s\S]*\n {6}--way {9}How \[road, rail; default road\]\n/) });
});

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
      watch: { type: "string", alone: true, describe: "May stand alone" },
      out: { type: "string", alias: "o", describe: "A file" },
      checks: { type: "boolean", default: true, describe: "Whether" },
    },
    run: async () => 0,
  },
  { name: "list", describe: "Lists", words: { name: "files", describe: "Which", count: "any" }, options: {}, run: async () => 0 },
  { name: "wait", describe: "Waits", options: {}, run: async () => 0 },
];
const read = (...args: string[]) => {
  const asked = readCommandLine(commands, args, "an example", () => "1.2.3", 60);
  return "print" in asked ? asked.print : asked.argv;
};

it("reads options in all their forms", () => {
  expect(read("go", "home")).toEqual({ place: "home", way: "road", checks: true });
  expect(read("go", "--way=rail", "--no-checks", "home", "--most-stops", "3", "-o", "-")).toEqual({ place: "home", way: "rail", checks: false, mostStops: "3", out: "-" });
  expect(read("go", "x", "--stop", "a", "--stop=b=c", "--drive", "1")).toEqual({ place: "x", way: "road", checks: true, stop: ["a", "b=c"], drive: "1" });
  expect(read("go", "x", "--drive", "1", "--drive", "2", "--no-checks")).toEqual({ place: "x", way: "road", checks: false, drive: ["1", "2"] });
  expect(read("go", "x", "--watch")).toEqual({ place: "x", way: "road", checks: true, watch: "" });
  expect(read("go", "--watch", "--drive", "1", "x")).toMatchObject({ place: "x", watch: "", drive: "1" });
  expect(read("go", "x", "--watch=all")).toMatchObject({ place: "x", watch: "all" });
  expect(read("go", "--", "--x")).toMatchObject({ place: "--x" });
  expect(read("list", "a", "b")).toEqual({ files: ["a", "b"] });
  expect(read("list")).toEqual({ files: [] });
});

it.each([
  [[], "give a command"],
  [["fly"], "unknown command 'fly'"],
  [["go"], "missing required argument 'place'"],
  [["go", "a", "b"], "too many arguments for 'go'"],
  [["wait", "a"], "too many arguments for 'wait'"],
  [["go", "a", "--check"], "unknown option '--check'\n(Did you mean --checks?)"],
  [["go", "a", "-x"], "unknown option '-x'"],
  [["go", "a", "--no-way"], "unknown option '--no-way'"],
  [["go", "a", "--way", "air"], "argument 'air' is invalid. Allowed choices are road, rail."],
  [["go", "a", "--drive"], "argument missing"],
])("refuses %j", (args, message) => {
  expect(() => read(...args)).toThrow(message);
  expect(() => read(...args)).toThrow("help: typemetal --help");
});

it("shows help and version", () => {
  expect(read("--version")).toBe("1.2.3\n");
  expect(read("--help")).toMatch(/^Usage: typemetal [\s\S]*an example[\s\S]*\n {2}go .*<place> {2}Goes to a place,[\s\S]*\n {2}wait/);
  expect(read("go", "-h")).toMatch(/^Usage: typemetal go .*<place>\n[\s\S]*\n {2}--way <value> +How \[road, rail; default road\]\n/);
});

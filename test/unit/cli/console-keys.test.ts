import { describe, expect, it } from "vitest";
import { ConsoleKeys } from "../../../emulator/commands/console-keys.js";

const bytes = (text: string) => [...text].map((character) => character.charCodeAt(0));
const A = "\x01";

describe("console keys", () => {
  it("gives the guest everything but Ctrl-A, Ctrl-C too", () => {
    expect(new ConsoleKeys().type(bytes("ls\r\x03\x04"))).toEqual({ toGuest: bytes("ls\r\x03\x04"), commands: [] });
  });

  it("takes commands in either case, and Ctrl-A twice as one", () => {
    const keys = new ConsoleKeys();
    expect(keys.type(bytes(`a${A}${A}b${A}h${A}Xc`))).toEqual({ toGuest: bytes(`a${A}bc`), commands: ["help", "quit"] });
  });

  it("remembers Ctrl-A between reads, and drops an unknown command", () => {
    const keys = new ConsoleKeys();
    expect(keys.type(bytes(A))).toEqual({ toGuest: [], commands: [] });
    expect(keys.type(bytes("zok"))).toEqual({ toGuest: bytes("ok"), commands: [] });
  });
});

// THE syscall table: one row per syscall. From it derive the kernel's dispatch (kernel/dispatch.ts), the
// user stubs (userland/lib/stubs.ts, written by generate/), trace names and docs/syscalls.md.
// Adding a syscall: add a row, then follow the type errors.
import { ObjectType, Right } from "./objects.js";
import { KernelError } from "./errors.js";

/// What an argument register holds. Handlers check it, the kernel's dispatch does not.
export type ArgumentKind =
  /// slot number in the caller's CSpace
  | "capability"
  /// message tag, see objects.ts
  | "tag"
  | "word"
  | "nanoseconds"
  | "label";

export type Argument = readonly [name: string, kind: ArgumentKind];

export type CallRow = {
  /// a syscall's is in a7, an invocation's in a1
  readonly number: number;
  /// in a0, a1, … for a syscall; in a2, a3, … for an invocation
  readonly args: readonly Argument[];
  /// what the capability in a0 must be; Null when a0 is none, or any
  readonly object: ObjectType;
  readonly rights: Right;
  readonly errors: readonly KernelError[];
  readonly prose: string;
};

const ipcErrors = [
  KernelError.InvalidCapability,
  KernelError.InvalidArgument,
  KernelError.MissingRight,
  KernelError.Gone,
] as const;

/// `message`: the call also moves a1..a5 both ways, see userland/lib/message.ts.
export const syscalls = {
  Send: {
    number: 0,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: ipcErrors,
    prose: "Blocks until a receiver takes the message.",
  },
  Recv: {
    number: 1,
    args: [["endpoint", "capability"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: ipcErrors,
    prose: "Blocks until a message arrives; a0 is the sender's badge, a1 the tag. A caller not yet replied to gets Gone.",
  },
  Call: {
    number: 2,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: ipcErrors,
    prose: "Sends a request, lends the caller's time to the server and blocks for the reply.",
  },
  ReplyRecv: {
    number: 3,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: ipcErrors,
    prose: "Replies to the thread that called and waits for the next message, in one step.",
  },
  Signal: {
    number: 5,
    args: [["notification", "capability"], ["bits", "word"]],
    object: ObjectType.Notification,
    rights: Right.Send,
    errors: [KernelError.InvalidCapability, KernelError.MissingRight],
    prose: "Sets bits of a notification: the capability's badge, or `bits` where it has none. Never blocks.",
  },
  Wait: {
    number: 6,
    args: [["notification", "capability"]],
    object: ObjectType.Notification,
    rights: Right.Recv,
    errors: [KernelError.InvalidCapability, KernelError.MissingRight, KernelError.Gone],
    prose: "Blocks until a notification has bits; a2 has them, and they are cleared.",
  },
  Poll: {
    number: 7,
    args: [["notification", "capability"]],
    object: ObjectType.Notification,
    rights: Right.Recv,
    errors: [KernelError.InvalidCapability, KernelError.MissingRight, KernelError.WouldBlock],
    prose: "Takes a notification's bits as Wait does; WouldBlock where there are none.",
  },
  Yield: {
    number: 8,
    args: [],
    object: ObjectType.Null,
    rights: Right.None,
    errors: [],
    prose: "Goes behind the other ready threads of the same priority.",
  },
  Invoke: {
    number: 9,
    args: [["object", "capability"], ["label", "label"], ["a2", "word"], ["a3", "word"], ["a4", "word"], ["a5", "word"], ["a6", "word"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: [KernelError.InvalidCapability, KernelError.InvalidOperation],
    prose: "Runs the operation `label` of the object that the capability names: see the invocations.",
  },
  NanoSleep: {
    number: 13,
    args: [["duration", "nanoseconds"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: [],
    prose: "Blocks for at least `duration`.",
  },
} as const satisfies Record<string, CallRow>;

export type Syscalls = typeof syscalls;

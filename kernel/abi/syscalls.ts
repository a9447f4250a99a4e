// THE syscall table: one row per syscall. From it derive the kernel's dispatch (kernel/dispatch.ts), the
// user stubs (userland/lib/stubs.ts, written by generate/), trace names and docs/syscalls.md.
// Adding a syscall: add a row, then follow the type errors.
import { ObjectType, Right } from "./objects.js";
import { KernelError } from "./errors.js";

/// What an argument register holds. Handlers check it, the kernel's dispatch does not.
export type ArgumentKind =
  /// slot number in the caller's CSpace
  | "capability"
  /// number of a slot in the CNode that the argument before names, or the invocation's object is
  | "slot"
  /// address of a page: in user space, of a device
  | "vaddr"
  | "paddr"
  /// how many there are, or which; far too large is an error
  | "number"
  /// Read, Write and Execute of a mapping
  | "access"
  /// of 48 bits
  | "badge"
  /// message tag, see objects.ts
  | "tag"
  /// whatever fits in a register
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

const sendErrors = [KernelError.InvalidCapability, KernelError.InvalidArgument, KernelError.MissingRight, KernelError.InvalidOperation, KernelError.BadCpu, KernelError.Gone] as const;
const nowErrors = [KernelError.InvalidCapability, KernelError.InvalidArgument, KernelError.MissingRight, KernelError.InvalidOperation, KernelError.BadCpu, KernelError.Gone, KernelError.WouldBlock] as const;
const timedErrors = [KernelError.InvalidCapability, KernelError.InvalidArgument, KernelError.MissingRight, KernelError.InvalidOperation, KernelError.BadCpu, KernelError.Gone, KernelError.Timeout] as const;
const waitErrors = [KernelError.InvalidCapability, KernelError.MissingRight, KernelError.Gone] as const;
const waitNowErrors = [KernelError.InvalidCapability, KernelError.MissingRight, KernelError.WouldBlock] as const;
const waitTimedErrors = [KernelError.InvalidCapability, KernelError.MissingRight, KernelError.Gone, KernelError.Timeout] as const;

/// Calls that move a whole message, or more than a0, are in userland/lib/message.ts by hand.
export const syscalls = {
  Send: {
    number: 0,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: sendErrors,
    prose: "Blocks until a receiver takes the message.",
  },
  Recv: {
    number: 1,
    args: [["endpoint", "capability"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: sendErrors,
    prose: "Blocks until a message arrives; a0 is the sender's badge, a1 the tag. A caller not yet replied to gets Gone.",
  },
  Call: {
    number: 2,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: sendErrors,
    prose: "Sends a request, lends the caller's time to the server and blocks for the reply. Also through a Portal. InvalidOperation: a hundred calls are nested already, or the server waits for this very thread.",
  },
  ReplyRecv: {
    number: 3,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: sendErrors,
    prose: "Replies to the thread that called and waits for the next message, in one step.",
  },
  Reply: {
    number: 4,
    args: [["unused", "word"], ["tag", "tag"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: [KernelError.InvalidArgument, KernelError.InvalidOperation],
    prose: "Replies to the thread that called. The handler of a portal then waits for the next call; any other thread goes on.",
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
    errors: waitErrors,
    prose: "Blocks until a notification has bits; a2 has them, and they are cleared.",
  },
  Poll: {
    number: 7,
    args: [["notification", "capability"]],
    object: ObjectType.Notification,
    rights: Right.Recv,
    errors: waitNowErrors,
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
    errors: [KernelError.InvalidCapability, KernelError.InvalidOperation, KernelError.MissingRight],
    prose: "Runs the operation `label` of the object that the capability names: see the invocations.",
  },
  NBSend: {
    number: 10,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: nowErrors,
    prose: "Send, or WouldBlock where nobody waits to receive.",
  },
  NBRecv: {
    number: 11,
    args: [["endpoint", "capability"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: nowErrors,
    prose: "Recv, or WouldBlock where nobody waits to send.",
  },
  NBCall: {
    number: 12,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: nowErrors,
    prose: "Call, or WouldBlock where the server is busy. Blocks for the reply.",
  },
  NanoSleep: {
    number: 13,
    args: [["duration", "nanoseconds"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: [],
    prose: "Blocks for at least `duration`.",
  },
  Down: {
    number: 14,
    args: [["semaphore", "capability"], ["toZero", "word"]],
    object: ObjectType.Semaphore,
    rights: Right.Recv,
    errors: waitErrors,
    prose: "Takes one from a semaphore, or everything where `toZero` is not 0; blocks while it is zero. a2 has what was taken.",
  },
  Up: {
    number: 15,
    args: [["semaphore", "capability"]],
    object: ObjectType.Semaphore,
    rights: Right.Send,
    errors: [KernelError.InvalidCapability, KernelError.MissingRight, KernelError.InvalidOperation],
    prose: "Wakes the thread that has waited longest, or adds one. Never blocks.",
  },
  NBDown: {
    number: 16,
    args: [["semaphore", "capability"], ["toZero", "word"]],
    object: ObjectType.Semaphore,
    rights: Right.Recv,
    errors: waitNowErrors,
    prose: "Down, or WouldBlock where the semaphore is zero.",
  },
  AsyncSend: {
    number: 17,
    args: [["channel", "capability"], ["tag", "tag"]],
    object: ObjectType.Channel,
    rights: Right.Send,
    errors: [KernelError.InvalidCapability, KernelError.InvalidArgument, KernelError.MissingRight, KernelError.WouldBlock],
    prose: "Puts a message of four words, and one capability where the tag says so, into the channel, and goes on. WouldBlock where it is full.",
  },
  AsyncReceive: {
    number: 18,
    args: [["channel", "capability"]],
    object: ObjectType.Channel,
    rights: Right.Recv,
    errors: waitErrors,
    prose: "Takes the oldest message out of a channel; blocks while there is none.",
  },
  NBAsyncReceive: {
    number: 19,
    args: [["channel", "capability"]],
    object: ObjectType.Channel,
    rights: Right.Recv,
    errors: waitNowErrors,
    prose: "AsyncReceive, or WouldBlock where there is no message.",
  },
  CallTimed: {
    number: 20,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: timedErrors,
    prose: "Call, or Timeout where the reply has not come after a6 nanoseconds.",
  },
  SendTimed: {
    number: 21,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Send,
    errors: timedErrors,
    prose: "Send, or Timeout where nobody has taken the message after a6 nanoseconds.",
  },
  RecvTimed: {
    number: 22,
    args: [["endpoint", "capability"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: timedErrors,
    prose: "Recv, or Timeout after a6 nanoseconds.",
  },
  RecvAny: {
    number: 23,
    args: [["count", "word"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: sendErrors,
    prose: "Recv at the first `count` endpoints of the UTCB's wait list, at most 32; a6 says at which. A bound notification is number `count`.",
  },
  ReplyRecvAny: {
    number: 24,
    args: [["count", "word"], ["tag", "tag"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: sendErrors,
    prose: "Reply and RecvAny in one step.",
  },
  RecvAnyTimed: {
    number: 25,
    args: [["count", "word"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: timedErrors,
    prose: "RecvAny, or Timeout after a6 nanoseconds.",
  },
  ReplyRecvAnyTimed: {
    number: 26,
    args: [["count", "word"], ["tag", "tag"]],
    object: ObjectType.Null,
    rights: Right.None,
    errors: timedErrors,
    prose: "ReplyRecvAny, or Timeout where nothing has come after a6 nanoseconds.",
  },
  ReplyRecvTimed: {
    number: 27,
    args: [["endpoint", "capability"], ["tag", "tag"]],
    object: ObjectType.Endpoint,
    rights: Right.Recv,
    errors: timedErrors,
    prose: "ReplyRecv, or Timeout where no message has come after a6 nanoseconds. The reply is sent either way.",
  },
  WaitTimed: {
    number: 28,
    args: [["notification", "capability"]],
    object: ObjectType.Notification,
    rights: Right.Recv,
    errors: waitTimedErrors,
    prose: "Wait, or Timeout after a6 nanoseconds.",
  },
  DownTimed: {
    number: 29,
    args: [["semaphore", "capability"], ["toZero", "word"]],
    object: ObjectType.Semaphore,
    rights: Right.Recv,
    errors: waitTimedErrors,
    prose: "Down, or Timeout after a6 nanoseconds.",
  },
  AsyncReceiveTimed: {
    number: 30,
    args: [["channel", "capability"]],
    object: ObjectType.Channel,
    rights: Right.Recv,
    errors: waitTimedErrors,
    prose: "AsyncReceive, or Timeout after a6 nanoseconds.",
  },
} as const satisfies Record<string, CallRow>;

export type Syscalls = typeof syscalls;

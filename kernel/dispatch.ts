// From a trap to the function that handles it. The handlers objects have one entry for each row of the
// syscall and the invocation table: a row without a handler is a type error here.
import { syscalls, type Syscalls } from "./abi/syscalls.js";
import { invocations, type Invocations } from "./abi/invocations.js";
import { requirements } from "./abi/requirements.js";
import { capabilityWord } from "./abi/objects.js";
import { KernelError } from "./abi/errors.js";
import { invokeSetAffinity } from "./object/affinity.js";
import { type Slot } from "./object/capability.js";
import { invokeCopy, invokeDelete, invokeMint, invokeMove, invokeRevoke, lookup } from "./object/cnode.js";
import { invokeInspectUntyped, invokeMerge, invokeRetype, invokeSplit } from "./object/untyped.js";
import { invokeCountRights, invokeCreate, invokeMakeRights, invokeMergeRight, invokeSplitRight } from "./object/alloc-right.js";
import { invokeDumpScheduler, invokeIdentify, invokeSetName, invokeSetRing, invokeTrace, invokeUtilisation } from "./object/debug.js";
import { invokeDeviceFrame, invokeMap, invokeUnmap } from "./object/frame.js";
import { invokeAck, invokeClear, invokeGet, invokeSetHandler } from "./object/irq.js";
import { invokeCancelBadgedSends } from "./object/endpoint.js";
import { invokePortalBind, invokePortalSetId } from "./object/portal.js";
import { invokeSetLimit } from "./object/channel.js";
import { invokeBind, invokeConfigure, invokeSetTimeout, invokeUnbind } from "./object/sched-context.js";
import {
  type Tcb,
  currentTcb,
  invokeBindNotification,
  invokeResume,
  invokeServe,
  invokeSetFaultPortals,
  invokeSetMaxPriority,
  invokeSetSpace,
  invokeSuspend,
  invokeWriteRegisters,
  sleepUntil,
} from "./object/tcb.js";
import { VSpace, invokeSetPool } from "./object/vspace.js";
import { invokeForkRange } from "./object/fork.js";
import { invokeClone, invokeCommit, invokeDecommit, invokeInspect, invokeSetMemoryObjectPool } from "./object/memory-object.js";
import { invokeMapMO, invokeProtect, invokeUnmapRegion, resolveFault } from "./object/region.js";
import { sendFault } from "./ipc/fault.js";
import { sysCall, sysCallTimed, sysNBCall, sysNBSend, sysSend, sysSendTimed } from "./ipc/send.js";
import { sysNBRecv, sysRecv, sysRecvTimed, sysReply, sysReplyRecv, sysReplyRecvTimed } from "./ipc/receive.js";
import { sysRecvAny, sysRecvAnyTimed, sysReplyRecvAny, sysReplyRecvAnyTimed } from "./ipc/receive-any.js";
import {
  sysAsyncReceive, sysAsyncReceiveTimed, sysAsyncSend, sysDown, sysDownTimed, sysNBAsyncReceive, sysNBDown, sysPoll, sysSignal, sysUp, sysWait,
  sysWaitTimed,
} from "./ipc/events.js";
import { takeFpu } from "./riscv64/fpu.js";
import { chooseThread, yieldCurrent } from "./schedule/scheduler.js";
import { deadlineIn } from "./schedule/timer.js";

/// a2 to a6 of an invocation.
export type Arguments = Ptr<Arr<u64, 5>>;

/// Errors go to a0 negated. A handler that succeeds writes a0 itself, or leaves it to who wakes the thread.
type Handler = (t: Ptr<Tcb>) => KernelError;
type Invoker = (t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments) => KernelError;

const handlers: { readonly [K in keyof Syscalls]: Handler } = {
  Send: sysSend,
  Recv: sysRecv,
  Call: sysCall,
  ReplyRecv: sysReplyRecv,
  Reply: sysReply,
  Signal: sysSignal,
  Wait: sysWait,
  Poll: sysPoll,
  Yield: sysYield,
  Invoke: sysInvoke,
  NBSend: sysNBSend,
  NBRecv: sysNBRecv,
  NBCall: sysNBCall,
  NanoSleep: sysNanoSleep,
  Down: sysDown,
  Up: sysUp,
  NBDown: sysNBDown,
  AsyncSend: sysAsyncSend,
  AsyncReceive: sysAsyncReceive,
  NBAsyncReceive: sysNBAsyncReceive,
  CallTimed: sysCallTimed,
  SendTimed: sysSendTimed,
  RecvTimed: sysRecvTimed,
  RecvAny: sysRecvAny,
  ReplyRecvAny: sysReplyRecvAny,
  RecvAnyTimed: sysRecvAnyTimed,
  ReplyRecvAnyTimed: sysReplyRecvAnyTimed,
  ReplyRecvTimed: sysReplyRecvTimed,
  WaitTimed: sysWaitTimed,
  DownTimed: sysDownTimed,
  AsyncReceiveTimed: sysAsyncReceiveTimed,
};

const invokers: { readonly [K in keyof Invocations]: Invoker } = {
  CNodeCopy: invokeCopy,
  CNodeMint: invokeMint,
  CNodeMove: invokeMove,
  CNodeDelete: invokeDelete,
  CNodeRevoke: invokeRevoke,
  UntypedRetype: invokeRetype,
  UntypedMakeRights: invokeMakeRights,
  UntypedSplit: invokeSplit,
  UntypedMerge: invokeMerge,
  UntypedInspect: invokeInspectUntyped,
  DeviceFrame: invokeDeviceFrame,
  AllocRightCreate: invokeCreate,
  AllocRightSplit: invokeSplitRight,
  AllocRightMerge: invokeMergeRight,
  AllocRightCount: invokeCountRights,
  FrameMap: invokeMap,
  FrameUnmap: invokeUnmap,
  TcbResume: invokeResume,
  TcbSuspend: invokeSuspend,
  TcbSetSpace: invokeSetSpace,
  TcbWriteRegisters: invokeWriteRegisters,
  TcbBindNotification: invokeBindNotification,
  TcbServe: invokeServe,
  TcbSetMaxPriority: invokeSetMaxPriority,
  TcbSetFaultPortals: invokeSetFaultPortals,
  TcbSetAffinity: invokeSetAffinity,
  SchedContextConfigure: invokeConfigure,
  SchedContextBind: invokeBind,
  SchedContextSetTimeout: invokeSetTimeout,
  SchedContextUnbind: invokeUnbind,
  EndpointCancelBadgedSends: invokeCancelBadgedSends,
  PortalBind: invokePortalBind,
  PortalSetId: invokePortalSetId,
  ChannelSetLimit: invokeSetLimit,
  IrqControlGet: invokeGet,
  IrqAck: invokeAck,
  IrqSetHandler: invokeSetHandler,
  IrqClear: invokeClear,
  MemoryObjectCommit: invokeCommit,
  MemoryObjectDecommit: invokeDecommit,
  MemoryObjectSetPool: invokeSetMemoryObjectPool,
  MemoryObjectClone: invokeClone,
  MemoryObjectInspect: invokeInspect,
  VSpaceProtect: invokeProtect,
  VSpaceUnmap: invokeUnmapRegion,
  VSpaceMapMO: invokeMapMO,
  VSpaceSetPool: invokeSetPool,
  VSpaceForkRange: invokeForkRange,
  DebugSetName: invokeSetName,
  DebugIdentify: invokeIdentify,
  DebugDumpScheduler: invokeDumpScheduler,
  DebugUtilisation: invokeUtilisation,
  DebugSetRing: invokeSetRing,
  DebugTrace: invokeTrace,
};

const handlerTable = tableOf(syscalls, handlers, noSuchSyscall);
const invokerTable = tableOf(invocations, invokers, noSuchInvocation);

const TYPE_MASK: u64 = (1 << capabilityWord.type.bits) - 1;
/// Of a label without an invocation.
const NO_SUCH: u16 = 0xffff;
const ILLEGAL_INSTRUCTION: u64 = 2;
const FIRST_PAGE_FAULT: u64 = 12;

/// Returns the thread to resume, null where none can run.
export function dispatchSyscall(): Ptr<Tcb> | null {
  const t = currentTcb(), x = ref(t.registers.x);
  const number = x[17];
  const handler = number < handlerTable.length ? handlerTable[number] : noSuchSyscall;
  const error = handler(t);
  if (error !== KernelError.None) x[10] = u64(-i64(error));
  return chooseThread();
}

/// The same for an exception. Page faults in regions are the kernel's to resolve, where the pool has memory; so is the
/// first use of floats.
export function dispatchFault(cause: u64): Ptr<Tcb> | null {
  const t = currentTcb(), address = csr.stval.read();
  if (cause >= FIRST_PAGE_FAULT && t.vspaceSlot.word !== 0) {
    const code = resolveFault(unsafe.container<VSpace>(t.vspaceSlot.object!, "header"), cause, address);
    if (code !== 0) sendFault(t, code, address);
  } else if (cause !== ILLEGAL_INSTRUCTION || !takeFpu(t)) {
    sendFault(t, cause, address);
  }
  return chooseThread();
}

function sysInvoke(t: Ptr<Tcb>): KernelError {
  const x = ref(t.registers.x);
  const slot = lookup(t.cspace, x[10]);
  if (slot === null || slot.word === 0) return KernelError.InvalidCapability;
  const label = x[11];
  if (label >= requirements.length || requirements[label] === NO_SUCH) return KernelError.InvalidOperation;
  // Type and rights of the capability, checked here for all.
  const required: u64 = requirements[label];
  if (((slot.word ^ required) & TYPE_MASK) !== 0) return KernelError.InvalidCapability;
  if ((~slot.word & required) !== 0) return KernelError.MissingRight;
  // A handler that has a result writes it over this.
  x[10] = 0;
  return invokerTable[label](t, slot, unsafe.ptr<Arr<u64, 5>>(u64.of(ref(x[12]))));
}

function sysYield(t: Ptr<Tcb>): KernelError {
  t.registers.x[10] = 0;
  yieldCurrent();
  return KernelError.None;
}

function sysNanoSleep(t: Ptr<Tcb>): KernelError {
  sleepUntil(t, deadlineIn(t.registers.x[10]));
  return KernelError.None;
}

function noSuchSyscall(_t: Ptr<Tcb>): KernelError {
  return KernelError.InvalidOperation;
}

function noSuchInvocation(_t: Ptr<Tcb>, _slot: Ptr<Slot>, _a: Arguments): KernelError {
  return KernelError.InvalidOperation;
}

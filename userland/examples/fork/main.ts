// Pattern 6, fork: the child gets every region of the parent, shared until either writes.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { memoryObjectInspect, memoryObjectSetPool, vspaceForkRange, vspaceMapMO, vspaceSetPool } from "../../lib/stubs.js";
import { RW, VSPACE, begin, end, make, sayNumber } from "../support.js";

const MEMORY: u64 = 0x5000_0000, USER_END: u64 = 0x40_0000_0000;

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const mo = make(ObjectType.MemoryObject, 12), pool = make(ObjectType.Untyped, 18), child = make(ObjectType.VSpace, 0);
  memoryObjectSetPool(mo, pool);
  vspaceSetPool(child, make(ObjectType.Untyped, 16));
  vspaceMapMO(VSPACE, MEMORY, mo, 0, 8, RW);
  const words = unsafe.many<u64>(MEMORY);
  for (let page: usize = 0; page < 4; page++) words[512 * page] = page;
  let calls: u64 = 1;
  while (vspaceForkRange(VSPACE, child, 0, USER_END) === -KernelError.Restart) calls += 1;
  sayNumber("calls until the fork was whole: ", calls);
  words[512] = 77;
  sayNumber("the parent writes to a shared page, and reads ", words[512]);
  sayNumber("it still has as many pages as before: ", u64(memoryObjectInspect(mo)));
  end();
}

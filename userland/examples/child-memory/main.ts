// Pattern 5, memory for a child: Untyped, MemoryObject, mapping, page. A page that is not committed in time is when it
// is first touched, without a message to anyone.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { memoryObjectCommit, memoryObjectInspect, memoryObjectSetPool, vspaceMapMO } from "../../lib/stubs.js";
import { RW, VSPACE, begin, end, make, sayNumber } from "../support.js";

const MEMORY: u64 = 0x5000_0000;

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  begin(info);
  const mo = make(ObjectType.MemoryObject, 12);
  memoryObjectSetPool(mo, make(ObjectType.Untyped, 16));
  memoryObjectCommit(mo, 0, 2);
  vspaceMapMO(VSPACE, MEMORY, mo, 0, 8, RW);
  sayNumber("pages committed by MemoryObjectCommit: ", u64(memoryObjectInspect(mo)));
  const words = unsafe.many<u64>(MEMORY);
  words[0] = 1;
  words[5 * 512] = 2;
  sayNumber("after a store to page 0 and one to page 5: ", u64(memoryObjectInspect(mo)));
  sayNumber("a page that nobody wrote reads as ", words[6 * 512]);
  end();
}

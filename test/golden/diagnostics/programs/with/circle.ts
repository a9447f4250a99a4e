import { a } from "../TM2018.js";
export const b: u64 = a + 1;

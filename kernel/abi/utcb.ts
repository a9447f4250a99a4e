// The UTCB: one pinned page for each thread, which user and kernel both see (2.03, 2.21).
//
//   byte 0                                            3840              4096
//        +----------------------------------------------+-----------------+
//        | words 4, 5, … of the message: 480 words      | the user's own  |
//        +----------------------------------------------+-----------------+
//
// Words 0 to 3 travel in a2..a5; message word i >= 4 is UTCB word i - 4.
export const utcbLayout = { maxUntyped: 480, bytes: 4096 } as const;

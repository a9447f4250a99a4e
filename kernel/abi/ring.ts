// The event ring: a page that the kernel writes messages of traced threads to, oldest overwritten (4.29).
//
//   word 0      how many events were written since the ring was set
//   word 4 …    event i at word 4 + 6 * (i % 84): time in ticks, first word of the sender's name and of the receiver's,
//               the badge, the tag, message word 0; a reply has the badge of all ones
export const ringLayout = { headerWords: 4, eventWords: 6, events: 84 } as const;

// One line in, and the same line out, on a console that is not the UART.
import { CONSOLE, Queue, WRITE, describe, find, live, negotiate, offer, setUp, submit } from "./lib/virtio.js";

const receive = zeroed<Queue>();
const transmit = zeroed<Queue>();
const line = zeroed<Arr<u8, 256>>();
const PIECE = 8;

function send(text: string): void {
  describe(ref(transmit.descriptors[0]), u64.of(text.ptr), u32(text.length), 0, 0);
  submit(find(CONSOLE), ref(transmit), 0);
}

export function main(): void {
  const s = find(CONSOLE);
  negotiate(s, 0);
  setUp(s, 0, ref(receive));
  setUp(s, 1, ref(transmit));
  print("status ", live(s), "\n");
  send("ready\n");
  let length: u64 = 0;
  while (length === 0 || line[length - 1] !== 10) {
    describe(ref(receive.descriptors[0]), u64.of(ref(line[length])), PIECE, WRITE, 0);
    const got = submit(s, ref(receive), 0);
    assert(got > 0 && got <= PIECE, "more than there was room for");
    length += got;
  }
  print("got ", length, "\n");
  send("you said: ");
  send(unsafe.text(line.slice(0, length)));
}

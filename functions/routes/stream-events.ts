import { StreamEvent } from "../../lib/schema/stream.ts";
import type { Socket } from "../http/env.ts";

/** A client with more unread bytes gets no further events until it has read them. */
const MOST_UNREAD = 65_536;

/**
 * Returns what sends events. A client that doesn't read loses events instead of filling the
 * server's memory. It is told how many before the next event that it gets.
 */
export function eventSender(socket: Socket): (event: StreamEvent) => void {
  let lost = 0;
  return (event) => {
    if (socket.unread > MOST_UNREAD) {
      lost += 1;
      return;
    }
    if (lost > 0) socket.send(JSON.stringify({ type: "lost", events: lost }));
    lost = 0;
    socket.send(JSON.stringify(StreamEvent.parse(event)));
  };
}

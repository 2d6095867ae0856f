import { readFileSync } from "node:fs";
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type ConnectionLimits = {
  /** Open connections over all clients. */
  total: number;
  /** Open connections of one client address. Raise it behind a proxy: all clients then share an address. */
  perAddress: number;
};

export const DEFAULT_CONNECTIONS: ConnectionLimits = { total: 1000, perAddress: 32 };

/** A client that does not read its reply is cut off after this long. */
const UNREAD_REPLY_MS = 30_000;
/** Descriptors that files, the database and threads need beside the connections. */
const OTHER_DESCRIPTORS = 100;

/** What the server knows about its open connections. */
export type Connections = {
  /** Closes the connections that serve no request; with `all`, those too. */
  destroy(which: "unused" | "all"): void;
};

/**
 * Bounds the connections of a server. A new connection beyond a limit takes the place of the one that has been without
 * a request for longest, so that silent connections never lock anyone out; where every connection serves a request, the
 * new one is closed.
 */
export function boundConnections(server: Server, limits: ConnectionLimits): Connections {
  const total = Math.min(limits.total, availableDescriptors());
  // Sets iterate in insertion order: the first unused connection is the one that was unused for longest.
  const unused = new Set<Socket>();
  const open = new Map<string, Set<Socket>>();
  let count = 0;

  const addressOf = (socket: Socket) => socket.remoteAddress ?? "";

  server.on("connection", (socket: Socket) => {
    const address = addressOf(socket);
    const own = open.get(address) ?? new Set<Socket>();
    open.set(address, own);
    if (own.size >= limits.perAddress && !evict(own)) return socket.destroy();
    if (count >= total && !evict(unused)) return socket.destroy();
    own.add(socket);
    unused.add(socket);
    count += 1;
    socket.once("close", () => {
      count -= 1;
      own.delete(socket);
      unused.delete(socket);
      if (own.size === 0 && open.get(address) === own) open.delete(address);
    });
  });

  /** Closes the longest unused connection among `candidates`. Returns false if each of them serves a request. */
  function evict(candidates: ReadonlySet<Socket>): boolean {
    for (const socket of candidates) {
      if (!unused.has(socket)) continue;
      socket.destroy();
      unused.delete(socket);
      return true;
    }
    return false;
  }

  server.prependListener("request", (_request, response: ServerResponse) => {
    const { socket } = response;
    if (!socket) return;
    unused.delete(socket);
    let timer: NodeJS.Timeout | undefined;
    response.once("prefinish", () => {
      timer = setTimeout(() => socket.destroy(), UNREAD_REPLY_MS);
      timer.unref();
    });
    response.once("close", () => {
      clearTimeout(timer);
      if (!socket.destroyed) unused.add(socket);
    });
  });

  return {
    destroy(which) {
      const sockets = which === "all" ? [...open.values()].flatMap((own) => [...own]) : [...unused];
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** File descriptors that may be spent on connections; without a limit on systems that have no /proc. */
function availableDescriptors(): number {
  try {
    const soft = /Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Math.max(10, Number(soft) - OTHER_DESCRIPTORS);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

import { readFileSync } from "node:fs";
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export type ConnectionLimits = {
  /** The most open connections of all clients. */
  total: number;
  /**
   * The most open connections per client address. Raise it behind a proxy: all clients share its
   * address.
   */
  perAddress: number;
};

export const DEFAULT_CONNECTIONS: ConnectionLimits = { total: 1000, perAddress: 32 };

/** The connection of a client that doesn't read its reply is closed after this time. */
const UNREAD_REPLY_MS = 30_000;
/** File descriptors that are reserved for files, the database and threads. */
const OTHER_DESCRIPTORS = 100;

export type Connections = {
  /** Closes the connections without a request, or all of them. */
  destroy(which: "unused" | "all"): void;
};

/**
 * Limits the connections of a server. Beyond a limit, a new connection replaces the one that has
 * been without a request for the longest time, so that silent connections never lock anyone out. If
 * every connection serves a request, the new one is closed.
 */
export function boundConnections(server: Server, limits: ConnectionLimits): Connections {
  const total = Math.min(limits.total, availableDescriptors());
  // Sets iterate in insertion order, so the first one has been unused for the longest time.
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

  /**
   * Closes the candidate that has been unused longest. Returns false if each one serves a request.
   */
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

  // A socket that has become a WebSocket serves its stream until it is closed.
  server.prependListener("upgrade", ({ socket }) => unused.delete(socket));

  return {
    destroy(which) {
      const sockets = which === "all" ? [...open.values()].flatMap((own) => [...own]) : [...unused];
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Returns how many connections the file descriptors allow. Infinity on systems without /proc. */
function availableDescriptors(): number {
  try {
    const soft = /Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Math.max(10, Number(soft) - OTHER_DESCRIPTORS);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

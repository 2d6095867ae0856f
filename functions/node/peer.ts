import type { IncomingHttpHeaders } from "node:http";

/**
 * Returns the address of the client of a request. Behind a trusted proxy it is the last one in
 * X-Forwarded-For, which the proxy appended: a client can forge those before it.
 */
export function peerOf(
  { socket, headers }: { socket: { remoteAddress?: string | undefined }; headers: IncomingHttpHeaders },
  trustProxy: boolean,
): string | undefined {
  const forwarded = [headers["x-forwarded-for"]].flat().join(",").split(",").at(-1)?.trim();
  return (trustProxy && forwarded) || socket.remoteAddress?.replace(/^::ffff:/, "");
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gate } from "../http/env.ts";
import { bodyBytes } from "../http/guard/admission.ts";
import { MAX_BODY_BYTES } from "../http/guard/limits.ts";
import type { Refusals } from "../http/replies/refusals.ts";
import { patternOf, type Route } from "../http/route.ts";

/** Answers a request that the server has no room for. Returns false if the app shall answer it. */
export type Door = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Refuses requests with audio while the gate is full, before the app sees them: the key isn't
 * checked, the body isn't kept, and no store is read. Under ten times the load that a server can
 * handle, nine of ten requests end here, so a refusal must cost much less than a clip.
 *
 * The app checks the gate again, because bodies and keys take time to arrive.
 */
export function fullServerDoor(gate: Gate, routes: readonly Route[], refusals: Refusals): Door {
  const withAudio = routes
    .filter(({ takesAudio }) => takesAudio)
    .map(({ method, path }) => ({ method: method.toUpperCase(), path, pattern: patternOf(path) }));

  return (request, response) => {
    const length = request.headers["content-length"];
    if (!gate.full(bodyBytes(length))) return false;
    const { method, url = "" } = request;
    const [path = ""] = url.split("?", 1);
    const route = withAudio.find((one) => one.method === method && one.pattern.test(path));
    if (!route) return false;
    const { status, headers, body } = refusals.next(route.method, route.path);
    response.writeHead(status, staysOpen(request) ? headers : { ...headers, Connection: "close" });
    response.end(body);
    return true;
  };
}

/**
 * Whether Node shall read and discard the body after the reply, so that the connection can be used
 * again. Not for a body that may be long, and not for one that the client only sends if it is
 * asked to.
 */
function staysOpen({ headers }: IncomingMessage): boolean {
  return headers.expect === undefined && Number(headers["content-length"]) <= MAX_BODY_BYTES;
}

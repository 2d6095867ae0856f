import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** How one request is served badly. */
type Fault =
  /**
   * Closes the connection after this many bytes of the body, once `when` reports that the client
   * has them.
   */
  | { cutAfter: number; when?: () => boolean }
  /** So many bytes, then nothing more. */
  | { stallAfter: number }
  | { status: number };

export type FileServer = {
  url: string;
  /** The requests, in order. */
  requests: { path: string; range: string | undefined; ifRange: string | undefined }[];
  /** Bytes of bodies that were sent. */
  sent(): number;
  /** The next requests are served like this, one each. */
  faults: Fault[];
  /** Replaces the file, and its ETag where there is one. */
  replace(bytes: Uint8Array): void;
};

/**
 * Serves one file on 127.0.0.1, with ranges by default. `/moved` redirects to it, `/loop` to
 * itself. Closes when the test ends.
 */
export async function fileServer(
  bytes: Uint8Array,
  how: { ranges?: boolean; etag?: boolean; length?: boolean } = {},
): Promise<FileServer> {
  const { ranges = true, etag = true, length = true } = how;
  const state = { bytes, version: 1, sent: 0 };
  const requests: FileServer["requests"] = [];
  const faults: Fault[] = [];

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { range, "if-range": ifRange } = request.headers;
    requests.push({ path: request.url ?? "", range, ifRange: ifRange as string | undefined });
    if (request.url === "/moved") return response.writeHead(302, { Location: "/file.onnx" }).end();
    const fault = faults.shift();
    if (fault && "status" in fault) return response.writeHead(fault.status).end("no");
    const tag = `"v${state.version}"`;
    const asked = /^bytes=(\d+)-$/.exec(range ?? "");
    const start = ranges && asked && (ifRange === undefined || ifRange === tag) ? Number(asked[1]) : 0;
    const total = state.bytes.length;
    if (start > 0 && start >= total)
      return response.writeHead(416, { "Content-Range": `bytes */${total}` }).end();
    const body = state.bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      ...(length ? { "Content-Length": body.length } : {}),
      ...(etag ? { ETag: tag } : {}),
      ...(start > 0 ? { "Content-Range": `bytes ${start}-${total - 1}/${total}` } : {}),
    });
    const most = fault && "cutAfter" in fault ? fault.cutAfter : fault?.stallAfter;
    const part = body.subarray(0, most);
    state.sent += part.length;
    if (!fault) return response.end(part);
    response.write(part, () => {
      if (!("cutAfter" in fault)) return;
      const { when = () => true } = fault;
      const look = setInterval(() => {
        if (!when()) return;
        clearInterval(look);
        response.destroy();
      }, 10);
      response.once("close", () => clearInterval(look));
    });
  };

  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.onnx`,
    requests,
    sent: () => state.sent,
    faults,
    replace(next) {
      state.bytes = next;
      state.version += 1;
    },
  };
}

import { Agent, request } from "node:http";
import type { Running } from "./server.ts";

const GIVE_UP_MS = 40_000;
const CAPACITY_SECONDS = 5;

export type Reply = { status: number; ms: number; endedMs: number };

export const agent = new Agent({ keepAlive: true, maxSockets: 900 });

/** Sends a request. Status 0 means that the connection failed, or that no reply came in 40 s. */
export function send(server: Running, path: string, body?: Buffer): Promise<Reply> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const done = (status: number) => {
      const endedMs = performance.now();
      resolve({ status, ms: endedMs - startMs, endedMs });
    };
    const sent = request(server.url + path, {
      agent,
      method: body ? "POST" : "GET",
      timeout: GIVE_UP_MS,
      headers: {
        authorization: `Bearer ${server.key}`,
        ...(body ? { "content-type": "audio/wav", "content-length": body.length } : {}),
      },
    });
    sent.on("response", (reply) => {
      reply.resume();
      reply.on("end", () => done(reply.statusCode ?? 0));
      reply.on("error", () => done(0));
    });
    sent.on("timeout", () => sent.destroy(new Error("timed out")));
    sent.on("error", () => done(0));
    sent.end(body);
  });
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Measures verifications per second with four callers that each wait for their reply. */
export async function capacityOf(server: Running, clip: Buffer): Promise<number> {
  const end = performance.now() + CAPACITY_SECONDS * 1000;
  let answered = 0;
  const caller = async () => {
    while (performance.now() < end)
      if ((await send(server, "/verify?speaker=awb", clip)).status === 200) answered += 1;
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  return answered / CAPACITY_SECONDS;
}

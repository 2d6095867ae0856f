import { Agent, get } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/**
 * A thread that asks `/health` every 50 ms until it receives a message, then posts the milliseconds
 * of all replies. It has an event loop of its own, so that the load generator's delays don't count.
 */
const EVERY_MS = 50;
const agent = new Agent({ keepAlive: true });
const times: Promise<number>[] = [];

const probe = () =>
  new Promise<number>((resolve) => {
    const startMs = performance.now();
    const asked = get(`${workerData.url}/health`, { agent }, (reply) => {
      reply.resume();
      reply.on("end", () => resolve(performance.now() - startMs));
    });
    asked.on("error", () => resolve(Number.POSITIVE_INFINITY));
  });

const timer = setInterval(() => times.push(probe()), EVERY_MS);
parentPort?.once("message", async () => {
  clearInterval(timer);
  parentPort?.postMessage(await Promise.all(times));
  agent.destroy();
});

import { parentPort } from "node:worker_threads";
import { scanRows } from "../../score/search/int8-scan.ts";
import type { ScanAnswer, ScanOrder } from "./scan-thread.ts";

/** The page of scratch memory that the main thread doesn't use. */
const PAGE = 1;

parentPort?.on("message", ({ id, target, search }: ScanOrder) => {
  const answer = { id, found: scanRows(target, search, PAGE) } satisfies ScanAnswer;
  parentPort?.postMessage(answer);
});

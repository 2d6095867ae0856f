/**
 * Runs cases concurrently. Each lane has its own proxies, clients and app, on one table and one
 * bucket.
 */
import type { Answer, Client } from "../functions/client.ts";
import type { Call, Fault, FaultProxy, Spoilt } from "../support/fault-proxy.ts";
import type { TestServices } from "../support/services.ts";
import { damage, type FaultOperation, prepare, type State, stateOf } from "./fault-operations.ts";

/** patient: the same app on connections without faults. */
export type Lane = { client: Client; patient: Client; proxies: readonly FaultProxy[] };
export type FaultCase = {
  operation: FaultOperation;
  at: string;
  nth: number;
  fault: Fault;
  attempts: "first" | "all";
};

const QUIET_MS = 100;
/** Allowance for a busy machine. */
const SLACK_MS = 1000;
const MOST_ATTEMPTS = 3;

const textOf = ({ operation, at, nth, fault, attempts }: FaultCase): string =>
  `${operation.name}: ${fault} of ${attempts} attempts of ${at} ${nth}`;

/** The names of the calls that a request makes without faults, and their numbers. */
export async function callsOf(
  lane: Lane,
  clean: TestServices,
  operation: FaultOperation,
): Promise<Map<string, number>> {
  // Twice, because the first request fills caches.
  for (const round of ["first", "second"]) {
    const speaker = `plain-${operation.name.replaceAll(" ", "-")}-${round}`;
    const prepared = await prepare(clean, speaker, operation.takes);
    spoil(lane, undefined);
    const reply = await operation.request(lane.client, speaker, prepared);
    if (reply.status >= 300) throw new Error(`${operation.name}: ${reply.status} ${reply.text}`);
  }
  const counts = new Map<string, number>();
  for (const { operation: name } of callsIn(lane)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/**
 * Runs one case on its own speaker and returns what is wrong with the outcome, in words.
 *
 * An outcome is right if a success is committed, a 503 or 504 is unchanged or committed, no call is
 * tried more than three times, the reply is in time, nothing is damaged, and the same request
 * again, without faults, ends in the committed state.
 */
async function runCase(
  lane: Lane,
  clean: TestServices,
  one: FaultCase,
  { speaker, deadlineMs }: { speaker: string; deadlineMs: number },
): Promise<string[]> {
  const { operation } = one;
  const prepared = await prepare(clean, speaker, operation.takes);
  const before = await stateOf(clean, speaker);
  spoil(lane, { operation: one.at, nth: one.nth, fault: one.fault, attempts: one.attempts });
  const start = performance.now();
  const reply = await operation.request(lane.client, speaker, prepared);
  const took = performance.now() - start;
  if (reply.status === 504) await quiet(lane);
  const calls = callsIn(lane);
  const wrong: string[] = [];
  if (took > deadlineMs + SLACK_MS) wrong.push(`took ${Math.round(took)} ms`);
  for (const call of calls)
    if (call.attempts > MOST_ATTEMPTS) wrong.push(`${call.operation} was tried ${call.attempts} times`);
  wrong.push(...outcome(reply, before, await stateOf(clean, speaker), operation));
  const again = await operation.request(lane.patient, speaker, prepared);
  if (again.status >= 300 && !operation.again.includes(again.status))
    wrong.push(`again: ${again.status} ${again.text}`);
  const last = await stateOf(clean, speaker);
  if (!alike(last, operation.after(before)) && !mayRepeat(last, before, operation))
    wrong.push(`again: ${show(last)}`);
  wrong.push(...(await damage(clean, speaker)));
  return wrong.map((text) => `${textOf(one)}: ${text}`);
}

/** A committed rename that is requested again is committed again. */
const mayRepeat = (last: State, before: State, { name, after }: FaultOperation): boolean =>
  name === "rename" && alike(last, after(after(before)));

function outcome(reply: Answer, before: State, now: State, { after }: FaultOperation): string[] {
  const committed = alike(now, after(before));
  if (reply.status < 300) return committed ? [] : [`${reply.status} and not committed: ${show(now)}`];
  if (reply.status !== 503 && reply.status !== 504) return [`${reply.status} ${reply.text}`];
  return committed || alike(now, before) ? [] : [`half done: ${show(now)}`];
}

const show = (state: State): string => JSON.stringify(state);
const alike = (a: State, b: State): boolean => show(a) === show(b);

const spoil = ({ proxies }: Lane, spoilt: Spoilt | undefined): void => {
  for (const proxy of proxies) proxy.spoil(spoilt);
};
const callsIn = ({ proxies }: Lane): Call[] => proxies.flatMap((proxy) => [...proxy.calls()]);

/** Waits until no call has arrived for a while, because work may continue after a 504. */
async function quiet(lane: Lane): Promise<void> {
  const last = () => Math.max(0, ...callsIn(lane).map(({ lastAt }) => lastAt));
  while (performance.now() - last() < QUIET_MS) await new Promise((done) => setTimeout(done, QUIET_MS / 4));
}

/** Runs all cases, one at a time in each lane, and returns what is wrong with any of them. */
export async function runCases(
  lanes: readonly Lane[],
  clean: TestServices,
  cases: readonly FaultCase[],
  deadlineMs: number,
): Promise<string[]> {
  const wrong: string[] = [];
  let next = 0;
  const work = async (lane: Lane) => {
    while (next < cases.length) {
      const index = next++;
      wrong.push(...(await runCase(lane, clean, cases[index], { speaker: `case-${index}`, deadlineMs })));
    }
  };
  await Promise.all(lanes.map(work));
  return wrong;
}

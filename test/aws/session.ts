/** One long scripted session over HTTP that touches every route which stores something. */
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import type { Services } from "../../lib/ports/services.ts";
import { type Answer, base64Of, bytesOf, type Client, clientOf, json, wav } from "../functions/client.ts";
import { work } from "../functions/job.ts";
import { seededRandom } from "../support/fake-world.ts";
import type { TestServices } from "../support/services.ts";

type SessionReply = { request: string; status: number; headers: Record<string, string>; body: unknown };

const CALLERS = Array.from({ length: 26 }, (_, i) => `caller-${i}`);
const audio = (text: string) => ({ base64: base64Of(text) });

/**
 * Plays a session on services with one empty registry, and returns the replies in order. The
 * session has its own seeded source of random bytes, so every ID is the same each time.
 *
 * worker  does the jobs
 */
export async function playSession(
  services: TestServices,
  worker: Services = services,
): Promise<readonly SessionReply[]> {
  const client = await clientOf({ ...services, random: seededRandom("session") });
  const replies: SessionReply[] = [];
  const call: Client["call"] = async (method, path, init) => {
    const reply = await client.call(method, path, init);
    const request = neutral(`${method} ${path}`);
    replies.push({
      request,
      status: reply.status,
      ...(neutral(kept(reply)) as Omit<SessionReply, "request" | "status">),
    });
    return reply;
  };
  const enroll = (speaker: string, ...takes: readonly string[]) =>
    send(`/speakers/${speaker}/enroll`, {
      audio: takes.map((take) => audio(`voice=${speaker} take=${take}`)),
    });
  const send = (path: string, body: object, method = "POST", headers: Record<string, string> = {}) =>
    call(method, path, { headers: { ...json, ...headers }, body: JSON.stringify(body) });
  /** Starts a job, runs it and returns its result. */
  const made = async (path: string, body: object) => {
    const { id } = (await send(path, body)).body;
    await work(client, id, { ...worker, random: client.services.random });
    return (await call("GET", `/jobs/${id}`)).body.job.result;
  };
  const probe = (path: string, text: string) => call("POST", path, { headers: wav, body: bytesOf(text) });

  await call("GET", "/health");
  await call("GET", "/ready");
  await call("GET", "/speakers");
  await probe("/identify", "voice=ann take=9");
  for (const name of ["ann", "bob", "eve", "max"]) {
    await enroll(name, "1", "2", "3");
    client.services.clock.advance(1);
  }
  await enroll("ann", "3");
  await enroll("ann", "4");
  await probe("/speakers/ann/enroll", "voice=bob take=7");
  await probe("/speakers/short/enroll", "voice=short take=1 seconds=1");
  await probe("/speakers/none/enroll", "no clip");

  // The same Idempotency-Key again, with the same body and with another.
  const once = { ...wav, "Idempotency-Key": "one" };
  const first = { headers: once, body: bytesOf("voice=kim take=1") };
  await call("POST", "/speakers/kim/enroll", first);
  await call("POST", "/speakers/kim/enroll", first);
  await call("POST", "/speakers/kim/enroll", { headers: once, body: bytesOf("voice=kim take=2") });
  client.services.clock.advance(25 * 3600);
  await call("POST", "/speakers/kim/enroll", { headers: once, body: bytesOf("voice=kim take=2") });

  let cursor = "";
  do {
    const { body } = await call("GET", `/speakers?limit=2${cursor}`);
    cursor = body.next === null ? "" : `&cursor=${body.next}`;
  } while (cursor !== "");
  await call("GET", "/speakers?limit=2&cursor=broken");
  await call("GET", "/speakers/ann");
  await call("GET", "/speakers/nobody");
  const { clips } = (await call("GET", "/speakers/ann/clips")).body;
  await call("DELETE", `/speakers/ann/clips/${clips[1].id}`);
  await call("DELETE", `/speakers/ann/clips/${clips[1].id}`);
  await send("/speakers/ann", { name: "Ann", metadata: { team: "night" } }, "PATCH");
  await send("/speakers/ann", { name: "No" }, "PATCH", { "If-Match": '"1"' });
  await send("/speakers/ann", { metadata: {} }, "PATCH", { "If-Match": '"4"' });

  const decisions: string[] = [];
  const decided = async (reply: Promise<Answer>) => decisions.push((await reply).body.decisionId);
  await decided(probe("/verify?speaker=ann", "voice=ann take=9"));
  await decided(probe("/verify?speaker=ann", "voice=ann take=1"));
  await decided(probe("/verify?speaker=ann&far=0.05&scoring=z-norm", "voice=bob take=9"));
  await decided(probe("/verify?speaker=ann", "voice=ann take=9 seconds=0.2"));
  await decided(send("/verify", { speaker: "eve", audio: { clip: clips[0].id, speaker: "ann" } }));
  await probe("/verify?speaker=nobody", "voice=ann take=9");
  await decided(probe("/identify", "voice=bob take=9"));
  await decided(probe("/identify?limit=2", "voice=stranger take=9"));
  await decided(send("/compare", { audioA: audio("voice=x take=1"), audioB: audio("voice=x take=2") }));
  for (const id of decisions) await call("GET", `/decisions/${id}`);
  await call("GET", "/decisions/dec_unknown");
  await call("GET", "/decisions?limit=3");
  await call("GET", "/decisions?speaker=ann&operation=verify");
  await send(`/decisions/${decisions[0]}/label`, { verdict: "right" });
  await call("GET", `/decisions/${decisions[0]}`);

  await send("/speakers", { id: "later", name: "Later" });
  await send("/speakers", { id: "later" });
  await call("DELETE", "/speakers/later");
  await call("POST", "/identify?speakers=ann,bob", { headers: wav, body: bytesOf("voice=ann take=6") });
  await send("/groups/night", { name: "Night shift" }, "PUT");
  await send("/groups/night/members", { speakers: ["bob", "ann", "bob"] }, "PUT");
  await send("/groups/night/members", { speakers: ["nobody"] }, "PUT");
  await call("GET", "/groups/night");
  await call("GET", "/groups/night/members");
  await call("GET", "/groups/day");
  await send("/groups/night/members", { add: ["eve"], remove: ["bob"] }, "PATCH");
  await send("/groups/night/members", { add: ["nobody"] }, "PATCH");
  await send("/groups/night/members", { add: ["bob"], remove: ["eve"] }, "PATCH");
  await send("/groups/late", {}, "PUT");
  await call("GET", "/groups?limit=1");
  await call("GET", "/groups");
  await call("DELETE", "/groups/late");
  await call("DELETE", "/groups/late");
  await probe("/identify?group=night", "voice=ann take=9");
  await probe("/verify?speaker=ann&watchlist=night&fields=watchlist", "voice=bob take=5");
  await probe("/identify?group=night", "voice=eve take=9");

  for (const name of CALLERS) await enroll(name, "1", "2", "3");
  const strangers = Array.from({ length: 24 }, (_, i) => ({ audio: audio(`voice=stranger-${i} take=1`) }));
  const { cohort } = await made("/cohorts", { name: "callers", from: ["registry"], clips: strangers });
  await made("/cohorts", { from: [cohort] });
  await send("/cohorts", { from: ["coh_unknown"] });
  await call("GET", "/cohorts");
  await call("GET", "/jobs?kind=build-cohort&state=done");
  const started = await send("/jobs", { kind: "re-embed" });
  await call("POST", `/jobs/${started.body.id}/cancel`);
  await call("GET", `/jobs/${started.body.id}`);
  await call("GET", `/cohorts/${cohort}`);
  const { calibration } = await made("/calibrations", { from: "registry", cohort, activate: true });
  await call("GET", "/calibrations");
  await call("GET", `/calibrations/${calibration}`);
  await probe("/verify?speaker=caller-3", "voice=caller-3 take=9");
  await runBackgroundTask(client.services, {
    kind: "refresh-statistics",
    registryId: client.services.registryId,
  });
  await probe("/verify?speaker=caller-3", "voice=caller-3 take=9");
  await probe("/identify", "voice=caller-3 take=8");
  await send("/cohorts/active", { cohort: "previous" }, "PUT");
  await probe("/identify", "voice=caller-3 take=7");
  await send("/calibrations/active", { calibration: "bundled" }, "PUT");

  // Five wrong attempts, then none for a while.
  for (let i = 0; i < 6; i++) await probe("/verify?speaker=max", `voice=other-${i} take=1`);
  client.services.clock.advance(31);
  await probe("/verify?speaker=max", "voice=max take=9");

  await probe("/quality", "voice=max take=8");
  await send("/registry", { decisionDays: 90 }, "PATCH");
  await call("GET", "/registry");

  await call("POST", "/speakers/bob/reset");
  await probe("/verify?speaker=bob", "voice=bob take=9");
  await enroll("bob", "1");
  await send("/speakers/eve/opt-out", {});
  await send("/speakers/stranger/opt-out", {});
  await enroll("eve", "5");
  await enroll("stranger", "5");
  await probe("/identify", "voice=eve take=9");
  await call("DELETE", "/speakers/caller-5");
  await call("DELETE", "/speakers/caller-5");
  await call("GET", "/speakers/caller-5");
  await call("GET", `/cohorts/${cohort}`);
  await probe("/identify", "voice=caller-5 take=9");
  await enroll("caller-5", "1");
  await call("GET", "/speakers?limit=1000");
  return replies;
}

const HEADERS = ["content-type", "etag", "location", "idempotent-replayed", "retry-after", "erasure-receipt"];

function kept({ headers, body, text }: Answer) {
  const shown = HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { headers: Object.fromEntries(shown), body: text === "" ? "" : body };
}

/** Masks cursors: they contain a position of their store, sealed with the deployment's secret. */
const neutral = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replace(/("next":"|cursor=)[^"&]{20,}/g, "$1<cursor>"));

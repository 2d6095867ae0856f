/**
 * A real reply for every problem, as examples for the OpenAPI document. Servers of the tests send
 * them: those of the rows of docs/bad-input.md, and those that `SCENARIOS` provoke.
 */
import { setTimeout } from "node:timers/promises";
import { MEDIA_TYPE, typeOf } from "../../functions/http/replies/problem.ts";
import { openApiDocument } from "../../functions/openapi.ts";
import { guardedCall } from "../../lib/adapters/aws/failures.ts";
import { translated } from "../../lib/adapters/local/failures.ts";
import { withoutModel } from "../../lib/adapters/model/no-model.ts";
import { contention } from "../../lib/adapters/shared/contention.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { workOnJob } from "../../lib/domain/job/work.ts";
import { keepStrangers } from "../../lib/domain/people/keep.ts";
import { readRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError, type Slug, titles } from "../../lib/error.ts";
import type { JobId } from "../../lib/id.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import { audioRows } from "../bad-input/audio-rows.ts";
import { rows as authRows } from "../bad-input/auth-rows.ts";
import { rows as idRows } from "../bad-input/id-rows.ts";
import { rows as jsonRows } from "../bad-input/json-rows.ts";
import { rows as pieceRows } from "../bad-input/piece-rows.ts";
import { rows as probeRows } from "../bad-input/probe-rows.ts";
import { rows as protocolRows } from "../bad-input/protocol-rows.ts";
import type { Row } from "../bad-input/row.ts";
import { enrollFake, type Options, openStage, type Reply, type Stage, send } from "../bad-input/stage.ts";
import { rows as uploadRows } from "../bad-input/upload-rows.ts";
import { fakeClip, fakeEmbedder, heardVoice } from "../support/fake-embedder.ts";

type Scenario = { options?: Options; ask(stage: Stage): Promise<Reply> };

const ROWS: readonly Row[] = [
  ...[...jsonRows, ...protocolRows, ...idRows, ...uploadRows, ...pieceRows, ...probeRows, ...authRows],
];

const ask = (stage: Stage, method: string, path: string, body?: object, headers = {}): Promise<Reply> =>
  send(stage, {
    method,
    path,
    headers: { ...(body ? { "Content-Type": "application/json" } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

const CONSENT = {
  givenBy: { who: "person" },
  text: { name: "voice-notice", version: "2026-11" },
  purposes: ["verify"],
};
const audioOf = (text: string) => ({ base64: Buffer.from(fakeClip(text).bytes).toString("base64") });
const enroll = (text: string): Scenario => ({
  ask: (stage) => ask(stage, "POST", "/speakers/alice/enroll", { audio: audioOf(text) }),
});
const read = (path: string, options: Options = {}): Scenario => ({
  options,
  ask: (stage) => ask(stage, "GET", path),
});
/** A store of speakers whose reads end like this. */
const storeThat = (get: () => Promise<never>): Options => ({
  around: (services) => ({ ...services, speakers: { ...services.speakers, get } }),
});
const failing = (error: unknown): Options => storeThat(() => Promise.reject(error));

async function built(stage: Stage, fields: object): Promise<string> {
  const started = await ask(stage, "POST", "/cohorts", fields);
  const jobId: JobId = JSON.parse(started.text).id;
  const { services } = stage;
  while ((await workOnJob(services, { registryId: services.registryId, jobId })) === "more");
  const { text } = await ask(stage, "GET", `/jobs/${jobId}`);
  return JSON.parse(text).job.result.cohort;
}

const COHORT = {
  clips: Array.from({ length: 40 }, (_, i) => ({ audio: audioOf(`voice=voice${i} take=1`) })),
  topN: 5,
};

/** The same registry with another model. */
async function withNewerModel(stage: Stage, work: (newer: Stage) => Promise<Reply>): Promise<Reply> {
  const around = () => ({ ...stage.services, embedder: fakeEmbedder("newer") });
  const newer = await openStage({ around });
  try {
    return await work({ ...newer, key: stage.key });
  } finally {
    await newer.close();
  }
}

/** Takes longer than two requests need to arrive. */
function slowEmbedder(): Embedder {
  const fake = fakeEmbedder();
  return {
    ...fake,
    async embed(clip, options) {
      await setTimeout(2000);
      return fake.embed(clip, options);
    },
  };
}

const SCENARIOS: { [S in Slug]?: Scenario } = {
  "audio-low-quality": enroll("voice=alice take=2 snr=1"),
  "audio-no-speech": enroll("voice=alice take=2 seconds=0"),
  "audio-too-short": enroll("voice=alice take=2 seconds=0.7"),
  "duplicate-clip": enroll("voice=alice take=1"),
  "audio-multiple-speakers": {
    async ask(stage) {
      await ask(stage, "PATCH", "/registry", { refuseMultipleSpeakers: true });
      return enroll("voice=alice take=2 with=bob seconds=12").ask(stage);
    },
  },
  "enrollment-inconsistent": {
    async ask(stage) {
      await enrollFake(stage, "alice", "2", "3", "4");
      return enroll("voice=bob take=1").ask(stage);
    },
  },
  "clip-limit-reached": {
    async ask(stage) {
      for (let take = 2; take <= 50; take++) await enrollFake(stage, "alice", String(take));
      return enroll("voice=alice take=51").ask(stage);
    },
  },
  "consent-limit-reached": {
    async ask(stage) {
      for (;;) {
        const reply = await ask(stage, "POST", "/speakers/alice/consents", CONSENT);
        if (reply.status >= 400) return reply;
      }
    },
  },
  "candidate-conflict": {
    async ask(stage) {
      const { services } = stage;
      const registry = await readRegistry(services, services.registryId);
      const strangers = ["eve", "max"].map(heardVoice);
      const kept = { registry, recording: "upl_meeting", strangers, others: [], far: 0.01 };
      const [one, two] = (await keepStrangers(services, kept)).values();
      return ask(stage, "POST", `/candidates/${one}/merge`, { with: two });
    },
  },
  "candidate-not-found": read("/candidates/cnd_none"),
  "challenge-invalid": {
    ask: (stage) =>
      ask(stage, "POST", "/verify", {
        speaker: "alice",
        challenge: "vc_none",
        audio: audioOf("voice=alice take=9"),
      }),
  },
  "challenge-required": {
    async ask(stage) {
      await ask(stage, "PATCH", "/registry", { challengeRequired: true });
      return ask(stage, "POST", "/verify", { speaker: "alice", audio: audioOf("voice=alice take=9") });
    },
  },
  "calibration-not-found": read("/calibrations/cal_none"),
  "cohort-not-found": read("/cohorts/coh_none"),
  "decision-not-found": read("/decisions/dec_none"),
  "group-not-found": read("/groups/none"),
  "job-not-found": read("/jobs/job_0000000000000000"),
  "cohort-mismatch": {
    async ask(stage) {
      const cohort = await built(stage, COHORT);
      return withNewerModel(stage, (newer) => ask(newer, "PUT", "/cohorts/active", { cohort }));
    },
  },
  "calibration-mismatch": {
    async ask(stage) {
      const cohort = await built(stage, COHORT);
      await ask(stage, "PUT", "/cohorts/active", { cohort });
      return ask(stage, "PUT", "/calibrations/active", { calibration: "bundled" });
    },
  },
  "cohort-too-small": {
    async ask(stage) {
      const voices = Array.from({ length: 30 }, (_, i) => `voice${i}`);
      for (const voice of voices) await enrollFake(stage, voice, "1", "2");
      const cohort = await built(stage, { from: ["registry"], topN: 10 });
      for (const voice of voices.slice(4)) await ask(stage, "DELETE", `/speakers/${voice}`);
      return ask(stage, "PUT", "/cohorts/active", { cohort });
    },
  },
  "version-mismatch": {
    ask: (stage) => ask(stage, "PATCH", "/speakers/alice", { name: "Alice" }, { "If-Match": '"99"' }),
  },
  "webhook-limit-reached": {
    async ask(stage) {
      for (;;) {
        const reply = await ask(stage, "POST", "/webhooks", { url: "https://app.example.com/hook" });
        if (reply.status >= 400) return reply;
      }
    },
  },
  "idempotency-key-reused": {
    async ask(stage) {
      const key = { "Idempotency-Key": "one" };
      await ask(stage, "POST", "/speakers", { id: "carol" }, key);
      return ask(stage, "POST", "/speakers", { id: "dave" }, key);
    },
  },
  "idempotency-in-progress": {
    options: { embedder: slowEmbedder() },
    async ask(stage) {
      const key = { "Idempotency-Key": "one" };
      const once = () => ask(stage, "POST", "/quality", { audio: audioOf("voice=alice take=1") }, key);
      const replies = await Promise.all([once(), once(), once()]);
      return replies.find(({ status }) => status === 409) ?? once();
    },
  },
  "internal-error": read("/speakers/alice", failing(new Error("a bug"))),
  "deadline-exceeded": read("/speakers/alice", {
    ...storeThat(() => new Promise<never>(() => undefined)),
    deadlineMs: 50,
  }),
  "write-contention": {
    options: failing(contention()),
    ask: (stage) => ask(stage, "PATCH", "/speakers/alice", { name: "Alice" }),
  },
  "storage-unavailable": read(
    "/speakers/alice",
    failing(translated(Object.assign(new Error("disk"), { code: "EACCES" }))),
  ),
  "dependency-unavailable": read(
    "/speakers/alice",
    storeThat(() =>
      guardedCall("DynamoDB", () =>
        Promise.reject(Object.assign(new Error("down"), { $metadata: { httpStatusCode: 503 } })),
      ),
    ),
  ),
  "model-unavailable": {
    options: {
      around: (services) => ({
        ...services,
        embedder: withoutModel(new AppError("model-unavailable", "The file is damaged")).embedder,
      }),
    },
    ask: (stage) => ask(stage, "POST", "/identify", { audio: audioOf("voice=alice take=2") }),
  },
  overloaded: {
    options: { gate: { full: () => true, enter: () => undefined } },
    ask: (stage) => ask(stage, "POST", "/identify", { audio: audioOf("voice=alice take=2") }),
  },
};

const rowScenario = ({ send: sending }: Row): Scenario => ({
  async ask(stage) {
    const made = typeof sending === "function" ? await sending(stage) : sending;
    if ("raw" in made) throw new RangeError("a raw request");
    return send(stage, made);
  },
});

const isRaw = ({ send: sending }: Row): boolean => typeof sending !== "function" && "raw" in sending;

/** Returns the body of a reply for each problem that an operation lists, by slug. */
export async function collectProblems(): Promise<Record<string, object>> {
  const found: Record<string, object> = {};
  for (const slug of listedSlugs()) {
    const scenario = scenarioOf(slug);
    if (!scenario) throw new Error(`no reply for ${slug}`);
    found[slug] = await replyOf(slug, scenario);
  }
  return found;
}

/** The slugs that the document lists. Others are of jobs, whose results are no replies. */
export const listedSlugs = (): Slug[] => {
  const listed = openApiDocument().components.responses ?? {};
  const slugs = Object.values(listed).flatMap(({ content }) =>
    Object.keys(content?.[MEDIA_TYPE]?.examples ?? {}),
  );
  return (Object.keys(titles) as Slug[]).filter((slug) => slugs.includes(slug));
};

function scenarioOf(slug: Slug): Scenario | undefined {
  const row = ROWS.find((one) => one.slug === slug && !isRaw(one));
  return SCENARIOS[slug] ?? (row ? rowScenario(row) : audioScenario(slug));
}

/** A file that the decoders reject. */
function audioScenario(slug: Slug): Scenario | undefined {
  const row = audioRows.find((one) => one.slug === slug && one.mediaType !== undefined);
  if (!row) return undefined;
  const headers = { "Content-Type": row.mediaType ?? "" };
  return {
    options: { embedder: decodingEmbedder() },
    ask: (stage) => send(stage, { path: "/quality", headers, body: new Uint8Array(row.bytes) }),
  };
}

function decodingEmbedder(): Embedder {
  const fake = fakeEmbedder();
  return {
    ...fake,
    async embed(clip, options) {
      await readSamples(clip);
      return fake.embed(fakeClip("voice=alice take=1"), options);
    },
  };
}

async function replyOf(slug: Slug, { options, ask: provoke }: Scenario): Promise<object> {
  const stage = await openStage(options);
  try {
    if (!options) await enrollFake(stage, "alice", "1");
    const { headers, text } = await provoke(stage);
    const body = headers.get("Content-Type") === MEDIA_TYPE ? JSON.parse(text) : {};
    if (body.type !== typeOf(slug)) throw new Error(`not ${slug}: ${text}`);
    return body;
  } finally {
    await stage.close();
  }
}

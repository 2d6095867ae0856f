import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../functions/app.ts";
import { backgroundTaskRunner } from "../functions/node/background-tasks.ts";
import { serve } from "../functions/node/server.ts";
import { localServices } from "../lib/adapters/local/services.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { issueKey } from "../lib/domain/registry/key.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { SCOPES } from "../lib/schema/key.ts";
import { bySpeaker, readClips } from "../models/build/corpus.ts";
import { speechFolder } from "./support/speech.ts";

/**
 * Sixty speakers of the development speech. test/functions/calibrations.201.test.ts covers
 * synthetic voices.
 */
const speech = speechFolder();
const SPEAKERS = 60;
const ENROLLED = 4;
/** A clip needs 2 s of speech to enroll, and files contain pauses. */
const MIN_SECONDS = 2.6;

/** Returns each speaker's clips, the longest first. */
async function speakersIn(folder: string): Promise<[string, string[]][]> {
  const clips = (await readClips(folder, "dev"))
    .filter(({ corpus, seconds }) => corpus === "so762" && seconds >= MIN_SECONDS)
    .sort((a, b) => b.seconds - a.seconds);
  return [...bySpeaker(clips)]
    .map(([name, own]): [string, string[]] => [name, own.map(({ path }) => path)])
    .filter(([, own]) => own.length > ENROLLED)
    .slice(0, SPEAKERS);
}

async function realServer() {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-real-"));
  const services = localServices(folder, await openBundle({ workers: availableParallelism() }));
  const { registryId } = await ensureRegistry(services, "dev");
  const { token } = await issueKey(services, { registryId, name: "dev", scopes: SCOPES });
  const report = (error: unknown) => process.stderr.write(`${error}\n`);
  services.backgroundTasks.work(backgroundTaskRunner(services, { folder, report }));
  const server = await serve(createApp(services, { log: () => undefined }), { host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await server.close();
    await services.close();
    await rm(folder, { recursive: true });
  });
  return async (method: string, path: string, body?: string | object) => {
    const file = typeof body === "string";
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": file ? "audio/ogg" : "application/json" },
      ...(body && { body: file ? new Uint8Array(await readFile(body)) : JSON.stringify(body) }),
    });

    return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> };
  };
}

/** Waits until the job is done. */
async function resultOf(call: Awaited<ReturnType<typeof realServer>>, jobId: string) {
  for (;;) {
    const { job } = (await call("GET", `/jobs/${jobId}`)).body;
    if (job.state === "done") return job.result;
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

test.each(speech ? [speech] : [])(
  "enrolls sixty real speakers over HTTP, and a calibration on them holds for new clips",
  async (folder) => {
    const call = await realServer();
    const all = await speakersIn(folder);
    const enrolled = new Map<string, string>();
    for (const [name, clips] of all) {
      for (const clip of clips.slice(0, ENROLLED))
        await call("POST", `/speakers/${name}/enroll?force=true`, clip);
      enrolled.set(name, clips[ENROLLED]);
    }
    expect(enrolled.size).toBe(SPEAKERS);

    const started = await call("POST", "/calibrations", { from: "registry", defaultFar: 0.01 });
    expect(started.status).toBe(202);
    const made = await resultOf(call, started.body.id);
    const { id, report, tables } = (await call("GET", `/calibrations/${made.calibration}`)).body;
    expect(report).toMatchObject({ speakers: SPEAKERS, comparison: { candidate: { crossValidated: true } } });
    expect(report.comparison.candidate.eer).toBeLessThan(report.comparison.active.eer + 0.01);
    type Table = {
      method: string;
      bucket: string;
      bandwidth: string;
      points: { far: number; measured: Rates }[];
    };
    type Rates = Record<
      "far" | "frr",
      { rate: number; low: number; high: number; trials: number; speakers: number }
    >;
    const table = (tables as Table[]).find(
      (one) => one.method === "as-norm" && one.bucket === "any" && one.bandwidth === "any",
    );
    const stated = table?.points.find(({ far }) => far === 0.01)?.measured;
    expect(stated?.far).toMatchObject({ speakers: SPEAKERS, trials: report.impostorTrials });
    expect((await call("PUT", "/calibrations/active", { calibration: id })).status).toBe(200);

    // Verify a new clip of each speaker against that speaker and four others. A fifth reject in a
    // row would lock.
    const names = [...enrolled.keys()];
    const counts = { far: 0, frr: 0, inconclusive: 0 };
    for (const [i, [name, clip]] of [...enrolled].entries()) {
      for (const step of [1, 13, 29, 41]) {
        const other = enrolled.get(names[(i + step) % SPEAKERS]) ?? "";
        const { body } = await call("POST", `/verify?speaker=${name}`, other);
        expect(body).toMatchObject({ calibration: id, operatingPoint: { far: 0.01 } });
        if (body.decision === "accept") counts.far++;
      }
      const own = await call("POST", `/verify?speaker=${name}`, clip);
      // A clip that is too noisy or too short gets no score.
      if (own.body.decision === "inconclusive") counts.inconclusive++;
      if (own.body.decision === "reject") counts.frr++;
    }
    console.log(
      `${SPEAKERS} real speakers: ${counts.far} of ${4 * SPEAKERS} impostors accepted, ` +
        `${counts.frr} of ${SPEAKERS} rejected, ${counts.inconclusive} inconclusive; stated`,
      JSON.stringify(stated),
    );
    expect(counts.inconclusive).toBeLessThan(SPEAKERS / 10);
    expect(counts.far / (4 * SPEAKERS)).toBeLessThanOrEqual(stated?.far.high ?? 0);
    expect(counts.frr / SPEAKERS).toBeLessThanOrEqual(2 * (stated?.frr.high ?? 0));
  },
  300_000,
);

test("logs a note if there is no real speech", async () => {
  if (!speech)
    console.log("There is no real speech (../shared/speech or VOICEROLL_SPEECH), so this test is limited.");
  expect(speech === undefined || (await speakersIn(speech)).length === SPEAKERS).toBe(true);
});

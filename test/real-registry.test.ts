import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../functions/app.ts";
import { serve } from "../functions/node/server.ts";
import { localServices } from "../lib/adapters/local/services.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { issueKey } from "../lib/domain/registry/key.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { SCOPES } from "../lib/ports/registry.ts";
import { bySpeaker, readClips } from "../models/build/corpus.ts";
import { speechFolder } from "./support/speech.ts";

/** Sixty people of the development speech (without it: test/functions/calibrations.201.test.ts, synthetic voices). */
const speech = speechFolder();
const SPEAKERS = 60;
const ENROLLED = 4;
/** A clip needs 2 s of speech to enroll; files have pauses. */
const LEAST_SECONDS = 2.6;

/** Each person's clips, the longest first. */
async function people(folder: string): Promise<[string, string[]][]> {
  const clips = (await readClips(folder, "dev"))
    .filter(({ corpus, seconds }) => corpus === "so762" && seconds >= LEAST_SECONDS)
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
  const server = await serve(createApp(services, { log: () => undefined }), { host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await server.close();
    await services.close();
    await rm(folder, { recursive: true });
  });
  return async (method: string, path: string, body: string | object) => {
    const file = typeof body === "string";
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": file ? "audio/ogg" : "application/json" },
      body: file ? new Uint8Array(await readFile(body)) : JSON.stringify(body),
    });

    return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> };
  };
}

test.each(speech ? [speech] : [])(
  "sixty real speakers are enrolled over HTTP, calibrated on, and judged as it was stated ",
  async (folder) => {
    const call = await realServer();
    const all = await people(folder);
    const enrolled = new Map<string, string>();
    for (const [name, clips] of all) {
      for (const clip of clips.slice(0, ENROLLED))
        await call("POST", `/speakers/${name}/enroll?force=true`, clip);
      enrolled.set(name, clips[ENROLLED]);
    }
    expect(enrolled.size).toBe(SPEAKERS);

    const fitted = await call("POST", "/calibrations", { from: "registry", defaultFar: 0.01 });
    expect(fitted.status).toBe(201);
    const { id, report, tables } = fitted.body.calibration;
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

    // A clip of each that was not enrolled: against its own speaker, and against four others (five straight rejects lock).
    const names = [...enrolled.keys()];
    const wrong = { far: 0, frr: 0, inconclusive: 0 };
    for (const [i, [name, clip]] of [...enrolled].entries()) {
      for (const step of [1, 13, 29, 41]) {
        const other = enrolled.get(names[(i + step) % SPEAKERS]) ?? "";
        const { body } = await call("POST", `/verify?speaker=${name}`, other);
        expect(body).toMatchObject({ calibration: id, operatingPoint: { far: 0.01 } });
        if (body.decision === "accept") wrong.far++;
      }
      const own = await call("POST", `/verify?speaker=${name}`, clip);
      // A clip that is too noisy or too short is neither: it gets no score.
      if (own.body.decision === "inconclusive") wrong.inconclusive++;
      if (own.body.decision === "reject") wrong.frr++;
    }
    console.log(
      `${SPEAKERS} real speakers: ${wrong.far} of ${4 * SPEAKERS} impostors accepted, ${wrong.frr} of ${SPEAKERS} rejected, ${wrong.inconclusive} not judged; stated`,
      JSON.stringify(stated),
    );
    expect(wrong.inconclusive).toBeLessThan(SPEAKERS / 10);
    expect(wrong.far / (4 * SPEAKERS)).toBeLessThanOrEqual(stated?.far.high ?? 0);
    expect(wrong.frr / SPEAKERS).toBeLessThanOrEqual(2 * (stated?.frr.high ?? 0));
  },
  300_000,
);

test("where there is no real speech, this file says so", async () => {
  if (!speech)
    console.log("No real speech here (../shared/speech or VOICEROLL_SPEECH): no registry of real people.");
  expect(speech === undefined || (await people(speech)).length === SPEAKERS).toBe(true);
});

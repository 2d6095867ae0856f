import { writeSync } from "node:fs";
import { localServices } from "../../lib/adapters/local/services.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError } from "../../lib/error.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import { fakeCalibration, fakeCohort } from "../support/fake-cohort.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";

/**
 * Run as `enroll-child.ts FOLDER at-once|in-turn SPEAKER/TAKE...`. Prints "ready", waits for a
 * line, enrolls, and prints each answer immediately: everything it printed before being killed is
 * acknowledged.
 */
const [folder, mode, ...takes] = process.argv.slice(2);
const services = localServices(folder, {
  embedder: fakeEmbedder(),
  cohorts: { bundled: async () => fakeCohort(fakeEmbedder().model) },
  calibrations: { bundled: async () => fakeCalibration(fakeEmbedder().model) },
});
const registry = await ensureRegistry(services, "test");

async function enrollOne(speakerAndTake: string): Promise<void> {
  const [name, take] = speakerAndTake.split("/");
  const speakerId = parseSpeakerId(name);
  if (!speakerId) throw new RangeError(name);
  try {
    const clips = [fakeClip(`voice=${name} take=${take}`)];
    const reply = await enroll(services, { registry, speakerId, clips });
    writeSync(1, `done ${name} ${reply.clips[0].id}\n`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    writeSync(1, `${error.slug} ${name} -\n`);
  }
}

writeSync(1, "ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
if (mode === "at-once") await Promise.all(takes.map(enrollOne));
else for (const one of takes) await enrollOne(one);
await services.close();
process.exit(0);

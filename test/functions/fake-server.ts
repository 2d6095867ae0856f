/*
 * `functions/local.ts` with the fake embedder, as a process that a test can kill. Prints its
 * address and a key. With VOICEROLL_KILL_AFTER=n it kills itself after the nth write for a request.
 */
import { createApp } from "../../functions/app.ts";
import { backgroundTaskRunner } from "../../functions/node/background-tasks.ts";
import { serve } from "../../functions/node/server.ts";
import { localServices } from "../../lib/adapters/local/services.ts";
import { addBackgroundTasks } from "../../lib/domain/job/background-task.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry, updateRegistry } from "../../lib/domain/registry/registry.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { crashing } from "../support/crashing.ts";
import { fakeCalibration, fakeCohort } from "../support/fake-cohort.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";

const embedder = fakeEmbedder();
const folder = process.env.VOICEROLL_DATA ?? "";
const services = localServices(folder, {
  embedder,
  cohorts: { bundled: async () => fakeCohort(embedder.model) },
  calibrations: { bundled: async () => fakeCalibration(embedder.model) },
});
const { registryId } = await ensureRegistry(services, "test");
await updateRegistry(services, { registryId, settings: { requestsPerMinute: undefined } });
const { token } = await issueKey(services, { registryId, name: "test", scopes: SCOPES });
const report = (error: unknown) => process.stderr.write(`${error}\n`);
services.backgroundTasks.work(backgroundTaskRunner(services, { folder, report }));
await addBackgroundTasks(services);
const killAfter = Number(process.env.VOICEROLL_KILL_AFTER ?? Number.POSITIVE_INFINITY);
const mortal = crashing(services, killAfter, () => process.kill(process.pid, "SIGKILL"));
const { url } = await serve(createApp(mortal, { log: () => undefined }), { host: "127.0.0.1", port: 0 });
process.stdout.write(`key ${token}\n${url}\n`);

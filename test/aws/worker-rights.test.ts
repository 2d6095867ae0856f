import { expect, inject, test } from "vitest";
import { backgroundTaskWorker } from "../../functions/aws/background-task-events.ts";
import { uploadWorker } from "../../functions/aws/upload-events.ts";
import { addBackgroundTasks } from "../../lib/domain/job/background-task.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { HERE, speakerId } from "../contract/store.ts";
import { base64Of, clientOf, json } from "../functions/client.ts";
import { uploaded } from "../functions/upload.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { policyOf } from "../support/policy.ts";
import { bindTo, unusedOf } from "../support/rights.ts";
import { galleryPlace, putSpeakers, SPEAKERS } from "./gallery-place.ts";

const standIns = inject("standIns");
const quarter = { getRemainingTimeInMillis: () => 900_000 };
const message = (body: object) => ({ Records: [{ messageId: "m", body: JSON.stringify(body) }] });

test.skipIf(!standIns)(
  "each worker needs the rights of its role, and no other",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const { clock, open } = await awsPlace(standIns);
    const services = open();
    const registry = await ensureRegistry(services, "test");
    const { registryId } = registry;
    const c = await clientOf({ ...services, clock, registry, registryId, folder: "" });
    const used: Record<string, Set<string>> = {};
    const as = (role: string) => {
      const clients = standInClients(standIns);
      used[role] = new Set();
      bindTo(policyOf(role), used[role], Object.values(clients));
      return open({ clients });
    };
    const faults: unknown[] = [];
    const log = ({ error }: { error?: string }) => void (error && faults.push(error));
    const hold = <T>(_record: unknown, work: () => Promise<T>) => work();

    const uploads = uploadWorker(as("UploadWorkerRole"), { log, hold });
    for (const take of [1, 3]) {
      const upload = await uploaded(c, `voice=ann take=${take}`, { enroll: { speaker: "ann" } });
      const object = { key: `uploads/${registryId}/${upload}` };
      await uploads(message({ Records: [{ eventName: "ObjectCreated:Post", s3: { object } }] }));
      expect((await c.call("GET", `/uploads/${upload}`)).body).toMatchObject({ state: "enrolled" });
    }

    const lines = [
      { speaker: "ann", audio: { base64: base64Of("voice=ann take=2") } },
      { speaker: "bob", audio: { upload: await uploaded(c, "voice=bob take=1") } },
    ];
    const started = async (path: string, fields: object): Promise<string> =>
      (await c.call("POST", path, { headers: json, body: JSON.stringify(fields) })).body.id;
    const id = await started("/jobs", { kind: "enroll-batch", lines });
    const jobs = backgroundTaskWorker(as("JobWorkerRole"), { log, hold });
    await jobs(message({ kind: "job", registryId, jobId: id }), quarter);
    await jobs(message({ kind: "refresh-statistics", registryId }), quarter);
    expect((await c.call("GET", `/jobs/${id}`)).body.job).toMatchObject({ state: "done", succeeded: 2 });

    const clips = [{ audio: { upload: await uploaded(c, "voice=eve take=9") } }];
    const cohort = await started("/cohorts", { from: ["bundled"], clips });
    await jobs(message({ kind: "job", registryId, jobId: cohort }), quarter);
    const { job } = (await c.call("GET", `/jobs/${cohort}`)).body;
    expect(job).toMatchObject({ state: "done", problem: null, result: { created: true } });
    for (let i = 0; i < 14; i++) await c.enroll(`voice-${i}`, "1", "2", "3", "4");
    const wanted = { from: "registry", cohort: job.result.cohort, activate: true };
    const calibration = await started("/calibrations", wanted);
    await jobs(message({ kind: "job", registryId, jobId: calibration }), quarter);
    expect((await c.call("GET", "/calibrations")).body.calibrations).toMatchObject([
      { bundled: true, active: false },
      { bundled: false, active: true, cohort: job.result.cohort },
    ]);

    await services.clips.put(registryId, "spk_gone", "clp_left", new Uint8Array(8));
    const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const eve = { audio: { base64: base64Of("voice=eve take=2") }, expiresAt };
    await c.call("POST", "/speakers/eve/enroll", { headers: json, body: JSON.stringify(eve) });
    await uploaded(c, "voice=eve take=1");
    clock.advance(86_400);
    await jobs(message({ kind: "sweep", registryId }), quarter);
    for (const { uid } of await services.clips.list(registryId)) expect(uid).not.toBe("spk_gone");
    expect((await c.call("GET", "/speakers/eve")).status).toBe(404);
    expect(await addBackgroundTasks(as("SweeperRole"))).toBe(1);
    expect(faults).toEqual([]);
    const unused = Object.fromEntries(
      Object.entries(used).map(([role, actions]) => [role, unusedOf(policyOf(role), actions)]),
    );
    expect(unused).toEqual({
      // The audio of a key with a quota is counted by updates. Tasks stay in this process, without
      // a queue.
      UploadWorkerRole: ["dynamodb:UpdateItem", "sqs:SendMessage"],
      // The misses of a search by a job are counted by updates.
      JobWorkerRole: ["dynamodb:UpdateItem", "sqs:SendMessage"],
      // The deployment's key encrypts the queue.
      SweeperRole: ["sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"],
    });
  },
  120_000,
);

test.skipIf(!standIns)(
  "the gallery builder writes a snapshot and removes an erased voice with only the rights of its role",
  async () => {
    if (!standIns) throw new RangeError("no servers");
    const clients = standInClients(standIns);
    const used = new Set<string>();
    const policy = policyOf("GalleryBuilderRole");
    bindTo(policy, used, Object.values(clients));
    const { build, open } = await galleryPlace(standIns, clients);
    const services = open();
    await putSpeakers(services, 0, SPEAKERS);
    expect(await build()).toBe("written");
    await services.speakers.remove(HERE, speakerId("v7"));
    expect(await build()).toBe("written");
    const needed = policy.actions.filter((action) => /^(dynamodb:(Query|BatchGetItem)|s3:)/.test(action));
    expect([...used].filter((action) => !action.startsWith("kms:")).sort()).toEqual(needed.sort());
  },
  120_000,
);

import { expect, test } from "vitest";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { sweep } from "../../lib/domain/maintenance/sweep.ts";
import { crashing } from "../support/crashing.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { type Answer, base64Of, type Client, clientOf, json } from "./client.ts";
import { uploaded } from "./upload.ts";

type Request = { method: string; path: string; body?: unknown; ifMatch?: string };

const send = (c: Client, request: Request, idempotencyKey: string): Promise<Answer> => {
  const { method, path, body, ifMatch } = request;
  return c.call(method, path, {
    headers: {
      ...(body === undefined ? {} : json),
      ...(ifMatch === undefined ? {} : { "If-Match": ifMatch }),
      "Idempotency-Key": idempotencyKey,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
};

/**
 * Sends a request to a process that crashes after its first write, and repeats it with another
 * process. Then again with a crash after the second write, and so on, until no crash occurs.
 *
 * prepare  the request of a round, for what that round sets up
 * returns  the replies to the repeated requests, then the reply without a crash
 */
async function crashedAtEachWrite(
  services: TestServices,
  prepare: (c: Client, round: number) => Promise<Request>,
): Promise<Answer[]> {
  const c = await clientOf(services);
  const answers: Answer[] = [];
  for (let round = 1; ; round++) {
    const request = await prepare(c, round);
    const crash = Promise.withResolvers<"crash">();
    const dying = await clientOf(
      crashing(services, round, () => crash.resolve("crash")),
      { key: c.key },
    );
    const first = await Promise.race([send(dying, request, `k${round}`), crash.promise]);
    if (first !== "crash") return [...answers, first];
    const early = await send(c, request, `k${round}`);
    // The crash came after the reply was stored.
    if (early.headers.get("Idempotent-Replayed")) {
      answers.push(early);
      continue;
    }
    expect([early.status, early.body.type]).toEqual([409, "urn:voiceroll:problem:idempotency-in-progress"]);
    services.clock.advance(5);
    answers.push(await send(c, request, `k${round}`));
  }
}

test("after a crash at any write, the repeated enrollment gets the first reply 5 s later", async () => {
  const services = await testServices();
  const answers = await crashedAtEachWrite(services, async (_c, round) => ({
    method: "POST",
    path: `/speakers/s${round}/enroll`,
    body: { audio: ["1", "2"].map((take) => ({ base64: base64Of(`voice=s${round} take=${take}`) })) },
  }));
  // The claim, two writes for each clip, the speaker and the reply.
  expect(answers.length).toBeGreaterThanOrEqual(8);
  for (const [i, { status, headers, body }] of answers.entries()) {
    expect([i, status, headers.get("ETag"), body.created]).toEqual([i, 201, '"1"', true]);
    expect(body.speaker).toMatchObject({ id: `s${i + 1}`, version: 1, clips: 2 });
    expect(body.clips).toHaveLength(2);
  }
  const { registryId } = services;
  await sweep(services, { registryId });
  expect((await fsck(services)).findings.filter(({ kind }) => kind !== "orphan-clip-item")).toEqual([]);
});

test("a repeated update with If-Match gets the first reply, and another's update still gets 412", async () => {
  const services = await testServices();
  const rename = async (c: Client, round: number) => {
    const { headers } = await c.enroll(`s${round}`, "1");
    const ifMatch = headers.get("ETag") ?? "";
    return {
      method: "PATCH",
      path: `/speakers/s${round}`,
      ifMatch,
      body: { name: "Ann", metadata: { a: "b" } },
    };
  };
  const answers = await crashedAtEachWrite(services, rename);
  // The claim, the speaker and the reply.
  expect(answers.length).toBeGreaterThanOrEqual(4);
  for (const { status, headers, body } of answers)
    expect([status, headers.get("ETag"), body.name]).toEqual([200, '"2"', "Ann"]);
  const c = await clientOf(services);
  const first = await rename(c, 100);
  await c.call("PATCH", first.path, { headers: json, body: JSON.stringify({ name: "Bob" }) });
  expect((await send(c, first, "late")).status).toBe(412);
});

test("a repeated enrollment uses the upload that its crashed first attempt holds", async () => {
  const services = await testServices();
  const answers = await crashedAtEachWrite(services, async (c, round) => ({
    method: "POST",
    path: `/speakers/s${round}/enroll`,
    body: { audio: { upload: await uploaded(c, `voice=s${round} take=1`) } },
  }));
  expect(answers.length).toBeGreaterThanOrEqual(7);
  expect(answers.map(({ status, body }) => [status, body.speaker?.clips])).toEqual(
    answers.map(() => [201, 1]),
  );
});

test("a repeated POST /jobs gets the job that its crashed first attempt has started", async () => {
  const services = await testServices();
  const line = { speaker: "ann", audio: { base64: base64Of("voice=ann take=1") } };
  const answers = await crashedAtEachWrite(services, async () => ({
    method: "POST",
    path: "/jobs",
    body: { kind: "enroll-batch", lines: [line] },
  }));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  const jobs = await services.jobs.list(services.registryId);
  expect(jobs.map(({ jobId }): string => jobId).toSorted()).toEqual(
    answers.map(({ body }) => body.id).toSorted(),
  );
});

test("a clip that was enrolled before is a duplicate, in a repeated request too", async () => {
  const services = await testServices();
  const c = await clientOf(services);
  await c.enroll("ann", "1");
  const request = {
    method: "POST",
    path: "/speakers/ann/enroll",
    body: { audio: { base64: base64Of("voice=ann take=1") } },
  };
  for (const _attempt of [1, 2]) {
    const { status, body } = await send(c, request, "k");
    expect([status, body.type]).toEqual([409, "urn:voiceroll:problem:duplicate-clip"]);
  }
});

test("a repeated DELETE finishes the erasure and gets a receipt, and a later one gets 404", async () => {
  const services = await testServices();
  const answers = await crashedAtEachWrite(services, async (c, round) => {
    await c.enroll(`s${round}`, "1", "2");
    return { method: "DELETE", path: `/speakers/s${round}` };
  });
  expect(answers.length).toBeGreaterThanOrEqual(5);
  for (const { status, headers } of answers) {
    const receipt = JSON.parse(headers.get("Erasure-Receipt") ?? "{}");
    expect([status, receipt.clips, receipt.removed?.recordings]).toEqual([204, 2, 2]);
  }
  expect(await services.clips.list(services.registryId)).toEqual([]);
  const c = await clientOf(services);
  for (const _attempt of [1, 2])
    expect((await send(c, { method: "DELETE", path: "/speakers/s1" }, "later")).status).toBe(404);
});

test("a repeated DELETE leaves a speaker alone that was enrolled under the ID after the crash", async () => {
  const services = await testServices();
  const c = await clientOf(services);
  await c.enroll("ann", "1");
  const crash = Promise.withResolvers<void>();
  // The third write removes the speaker, after the claim and the note of the erasure.
  const dying = await clientOf(crashing(services, 3, crash.resolve), { key: c.key });
  const request = { method: "DELETE", path: "/speakers/ann" };
  void send(dying, request, "k");
  await crash.promise;
  expect((await c.enroll("ann", "2")).status).toBe(201);
  services.clock.advance(5);
  expect((await send(c, request, "k")).status).toBe(204);
  expect((await c.call("GET", "/speakers/ann")).body.clips).toBe(1);
});

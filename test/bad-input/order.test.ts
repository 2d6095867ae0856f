/*
 * A request in which everything is wrong. Each step corrects the fault that the last reply named,
 * and expects the next check to fail.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { admissionGate } from "../../functions/http/guard/admission.ts";
import { statuses, typeOf } from "../../functions/http/replies/problem.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import type { Slug } from "../../lib/error.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { enrollFake, openStage, type Stage, send } from "./stage.ts";

type Request = Parameters<typeof send>[1] & { headers: Record<string, string> };
/** Changes that correct the fault of the last reply. `headers` are added to the existing ones. */
type Correction = Partial<Request>;
type Step = { slug: Slug; correction: Correction | ((stage: Stage) => Promise<Correction>) };

/** While true, the server admits no request with audio. */
let isFull = true;
const admitAll = async (): Promise<Correction> => {
  isFull = false;
  return {};
};

const tooLarge = new Uint8Array(5 << 20);
const steps: readonly Step[] = [
  { slug: "uri-too-long", correction: { path: "/verified?far=2&speaker=nobody" } },
  { slug: "route-not-found", correction: { path: "/verify?far=2&speaker=nobody" } },
  { slug: "method-not-allowed", correction: { method: "POST" } },
  { slug: "unauthorized", correction: async (stage) => ({ key: await compareKey(stage) }) },
  { slug: "insufficient-scope", correction: async ({ key }) => ({ key }) },
  { slug: "rate-limited", correction: (stage) => setQuota(stage, 1000) },
  { slug: "overloaded", correction: admitAll },
  { slug: "body-too-large", correction: { body: new Uint8Array() } },
  { slug: "unsupported-content-encoding", correction: { headers: { "Content-Encoding": "identity" } } },
  { slug: "empty-body", correction: { body: new TextEncoder().encode("no clip") } },
  { slug: "unsupported-media-type", correction: { headers: { "Content-Type": "audio/wav" } } },
  { slug: "not-acceptable", correction: { headers: { Accept: "application/json" } } },
  { slug: "idempotency-key-invalid", correction: { headers: { "Idempotency-Key": "one" } } },
  { slug: "validation-failed", correction: { path: "/verify?speaker=nobody" } },
  { slug: "speaker-not-found", correction: { path: "/verify?speaker=alice" } },
  {
    slug: "audio-undecodable",
    correction: { body: new Uint8Array(fakeClip("voice=alice take=2").bytes) },
  },
];

async function compareKey({ services }: Stage): Promise<string> {
  const { registryId } = services;
  return (await issueKey(services, { registryId, name: "compare", scopes: ["compare"] })).token;
}

async function setQuota({ services }: Stage, requestsPerMinute: number): Promise<Correction> {
  await updateRegistry(services, { registryId: services.registryId, settings: { requestsPerMinute } });
  return {};
}

test("the first check that fails determines the reply, in the order of docs/bad-input.md", async () => {
  const open = admissionGate({ requests: 1, bytes: 1e9 });
  const stage = await openStage({
    gate: { full: () => isFull, enter: (bytes) => (isFull ? undefined : open.enter(bytes)) },
  });
  onTestFinished(() => stage.close());
  await enrollFake(stage, "alice", "1");
  await setQuota(stage, 0);
  let request: Request = {
    method: "PUT",
    path: `/verified?far=2&speaker=${"n".repeat(9000)}`,
    key: "",
    headers: {
      "Content-Type": "text/plain",
      "Content-Encoding": "gzip",
      Accept: "text/xml",
      "Idempotency-Key": "",
    },
    body: tooLarge,
  };
  for (const { slug, correction } of steps) {
    const { status, text } = await send(stage, request);
    expect({ status, type: JSON.parse(text).type }).toEqual({ status: statuses[slug], type: typeOf(slug) });
    const changed = typeof correction === "function" ? await correction(stage) : correction;
    request = { ...request, ...changed, headers: { ...request.headers, ...changed.headers } };
  }
  expect((await send(stage, request)).status).toBe(200);
});

test("docs/bad-input.md lists the checks in that order", () => {
  const document = readFileSync(join(import.meta.dirname, "../../docs/bad-input.md"), "utf8");
  const section = document.slice(document.indexOf("## Order of checks"), document.indexOf("## Audio files"));
  const positions = steps.map(({ slug }) =>
    section.indexOf(slug.startsWith("audio-") ? "`audio-*`" : `\`${slug}\``),
  );
  expect(positions).not.toContain(-1);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});

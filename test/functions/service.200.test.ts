import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { typeOf } from "../../functions/http/replies/problem.ts";
import { openApiDocument } from "../../functions/openapi.ts";
import { client } from "./client.ts";

test("health, readiness and the API reference need no key", async () => {
  const { app } = await client();
  expect(await (await app.request("/health")).json()).toEqual({ status: "ok" });
  expect(await (await app.request("/ready")).json()).toMatchObject({ status: "ready", modelName: "fake" });
  for (const path of [
    "/docs",
    "/docs/start.js",
    "/docs/swagger-ui.css",
    "/docs/swagger-ui-bundle.js",
    "/openapi.json",
    "/compat/docs",
    "/compat/docs/start.js",
    "/compat/openapi.json",
  ])
    expect((await app.request(path)).status).toBe(200);
  expect((await app.request("/health", { method: "HEAD" })).status).toBe(200);
});

test.each(["/docs", "/compat/docs"])(
  "the reference page %s loads nothing from other hosts, and its policy forbids it",
  async (path) => {
    const { app } = await client();
    const page = await app.request(path);
    const policy = page.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    expect(links.filter((link) => !/^(\/compat)?\/docs\//.test(link ?? "") && link !== "data:,")).toEqual([]);
    expect(html).not.toMatch(/<script>|style=|onload/);
  },
);

test("the OpenAPI 3.1 document has every route, its security and its replies", async () => {
  const { app } = await client();
  const document = JSON.parse(await (await app.request("/openapi.json")).text());
  expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  expect(document.openapi).toBe("3.1.0");
  expect(document.info.description).toMatch(/not an\s+authenticator/);
  expect(document.info.description).toMatch(/detects neither replayed nor synthetic voices/);
  const operations = Object.values<
    Record<string, { operationId: string; security?: object; responses: object }>
  >(document.paths).flatMap((path) => Object.values(path));
  expect(operations.map((one) => one.operationId).toSorted()).toEqual([
    "activateCalibration",
    "activateCohort",
    "buildCohort",
    "calibrate",
    "cancelJob",
    "changeGroupMembers",
    "compare",
    "createChallenge",
    "createKey",
    "createSpeaker",
    "createToken",
    "createWebhook",
    "deleteCandidate",
    "deleteClip",
    "deleteGroup",
    "deleteWebhook",
    "embedClip",
    "enroll",
    "eraseSpeaker",
    "health",
    "identify",
    "labelDecision",
    "liftOptOut",
    "listCalibrations",
    "listCandidates",
    "listClips",
    "listCohorts",
    "listConsentProofs",
    "listConsents",
    "listDecisions",
    "listGroups",
    "listJobs",
    "listKeys",
    "listProblems",
    "listSpeakers",
    "listWebhookDeliveries",
    "listWebhooks",
    "measureQuality",
    "mergeCandidates",
    "metrics",
    "nameCandidate",
    "openUpload",
    "optOut",
    "putGroup",
    "putGroupMembers",
    "readAudit",
    "readCalibration",
    "readCandidate",
    "readClipAudio",
    "readCohort",
    "readConsentEvidence",
    "readDecision",
    "readGroup",
    "readGroupMembers",
    "readJob",
    "readOwnKey",
    "readProblem",
    "readRegistry",
    "readRetention",
    "readSpeaker",
    "readTrends",
    "readUpload",
    "readWebhook",
    "ready",
    "recordConsent",
    "rejectCandidate",
    "reportSpeaker",
    "resetSpeaker",
    "revokeKey",
    "rotateWebhookSecret",
    "splitCandidate",
    "startJob",
    "stream",
    "testWebhook",
    "unlockSpeaker",
    "updateKey",
    "updateRegistry",
    "updateSpeaker",
    "updateWebhook",
    "verify",
    "withdrawConsent",
  ]);
  for (const one of operations) {
    const open = ["health", "listProblems", "readProblem", "ready"].includes(one.operationId);
    expect(one.security).toEqual(open ? [] : [{ bearer: [] }]);
    if (!open)
      expect(Object.keys(one.responses)).toEqual(expect.arrayContaining(["401", "403", "422", "429", "503"]));
  }
  expect(JSON.stringify(document)).toContain(typeOf("speaker-not-found"));
});

test("an answered request leaves no listener on its signal, which the runtime keeps", async () => {
  const { app } = await client();
  const request = new Request("http://localhost/health");
  const listeners = getEventListeners(request.signal, "abort").length;
  expect((await app.fetch(request)).status).toBe(200);
  expect(getEventListeners(request.signal, "abort")).toHaveLength(listeners);
});

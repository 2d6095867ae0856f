import type { Context } from "hono";
import { AppError, type Slug } from "../../lib/error.ts";
import type { Env } from "../http/env.ts";
import { type Route, routingPath } from "../http/route.ts";
import { type Dialect, inDialect, type Operation } from "./dialect.ts";
import {
  describeSpeakerEnrollmentJob,
  listSpeakerEnrollmentJobs,
  startSpeakerEnrollmentJob,
} from "./voice-id-jobs.ts";
import { VOICE_ID_PATH, type VoiceIdOperation } from "./voice-id-operation.ts";
import { jobOutput, OUTPUT_PATH } from "./voice-id-output.ts";
import { evaluateSession } from "./voice-id-session.ts";
import { deleteSpeaker, describeSpeaker, listSpeakersOf, optOutSpeaker } from "./voice-id-speakers.ts";
import {
  associateFraudster,
  createWatchlist,
  deleteWatchlist,
  describeWatchlist,
  disassociateFraudster,
  listWatchlists,
} from "./voice-id-watchlists.ts";

/** In the order in which the OpenAPI document lists them. */
export const voiceIdOperations: readonly VoiceIdOperation[] = [
  describeSpeaker,
  listSpeakersOf,
  optOutSpeaker,
  deleteSpeaker,
  evaluateSession,
  startSpeakerEnrollmentJob,
  describeSpeakerEnrollmentJob,
  listSpeakerEnrollmentJobs,
  createWatchlist,
  describeWatchlist,
  listWatchlists,
  deleteWatchlist,
  associateFraudster,
  disassociateFraudster,
];

/** The errors of Voice ID, by the status of this service's problem. All have status 400 there. */
const ERRORS: Readonly<Record<number, string>> = {
  401: "AccessDeniedException",
  403: "AccessDeniedException",
  404: "ResourceNotFoundException",
  409: "ConflictException",
  412: "ConflictException",
  429: "ThrottlingException",
};
/**
 * Of an AWS signature, or as the API's own clients send it: nothing signs a request for the output.
 */
const KEY = /^(?:AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/|Bearer (\S+)$)/;

const voiceId: Dialect = {
  // The key is the access key ID. The signature isn't checked: only the key counts, over TLS.
  keyOf: (c) =>
    KEY.exec(c.req.header("Authorization") ?? "")
      ?.slice(1)
      .find(Boolean),
  failure(c, { status, slug, detail }) {
    const type = status >= 500 ? "InternalServerException" : (ERRORS[status] ?? "ValidationException");
    c.header("x-amzn-ErrorType", type);
    return c.json(
      { __type: type, Message: detail, message: detail, ...resourceOf(slug) },
      status >= 500 ? 500 : 400,
    );
  },
};

const RESOURCES: Partial<Record<Slug, string>> = {
  "speaker-not-found": "SPEAKER",
  "group-not-found": "WATCHLIST",
  "job-not-found": "BATCH_JOB",
};
const resourceOf = (slug: Slug | undefined) => {
  const ResourceType = slug && RESOURCES[slug];
  return ResourceType ? { ResourceType } : {};
};

/**
 * Answers clients of Amazon Connect Voice ID for what a registry can do (AWS JSON 1.0).
 * docs/migrate-from-voice-id.md lists the operations and the differences.
 */
export const voiceIdRoute: Route = {
  method: "post",
  path: VOICE_ID_PATH,
  mount(app, services) {
    const answer = (c: Context<Env>) => inDialect(services, voiceId, c, operationOf(c));
    app.post(VOICE_ID_PATH, answer);
    app.post(`${VOICE_ID_PATH}/`, answer);
  },
};

/** Not an operation of Voice ID: its clients read the output file from S3. */
export const voiceIdOutputRoute: Route = {
  method: "get",
  path: OUTPUT_PATH,
  mount(app, services) {
    app.get(routingPath(OUTPUT_PATH), (c) =>
      inDialect(services, voiceId, c, jobOutput(c.req.param("jobId") ?? "")),
    );
  },
};

function operationOf(c: Context<Env>): Operation {
  const name = /^VoiceID\.(\w+)$/.exec(c.req.header("X-Amz-Target") ?? "")?.[1] ?? "";
  return voiceIdOperations.find((one) => one.name === name) ?? unsupported(name);
}

/** A known key learns what to use instead. */
const unsupported = (name: string): Operation => ({
  route: `${VOICE_ID_PATH}#unsupported`,
  operationId: "unsupported",
  scope: "speakers:read",
  audit: "none",
  async handle() {
    throw new AppError(
      "validation-failed",
      `${name || "This operation"} isn't supported. docs/migrate-from-voice-id.md names what replaces it.`,
    );
  },
});

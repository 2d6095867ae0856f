import { type Slug, titles } from "../../../lib/error.ts";
import type { Accepts } from "../guard/media-type.ts";
import { Problem } from "./describe.ts";
import { MEDIA_TYPE, statuses, typeOf } from "./problem.ts";

/** Any request at all can fail with these. */
const HEAD: readonly Slug[] = ["uri-too-long", "headers-too-large"];
/** Any request under an API key can fail with these. */
const ANY: readonly Slug[] = [
  "unauthorized",
  "insufficient-scope",
  "tenant-suspended",
  "origin-not-allowed",
  "validation-failed",
  "rate-limited",
  "internal-error",
  "overloaded",
  "storage-unavailable",
  "dependency-unavailable",
  "deadline-exceeded",
];
const JSON_REPLY: readonly Slug[] = ["not-acceptable"];
const CHANGE: readonly Slug[] = ["write-contention"];
const IDEMPOTENT: readonly Slug[] = [
  "idempotency-key-invalid",
  "idempotency-in-progress",
  "idempotency-key-reused",
];
/** The route may be called without a body, or with `{}`. */
const ANY_BODY: readonly Slug[] = [
  "malformed-json",
  "body-too-large",
  "unsupported-media-type",
  "unsupported-content-encoding",
];
/** Any request that takes an upload can fail with these. */
export const UPLOAD_PROBLEMS: readonly Slug[] = [
  "upload-not-found",
  "upload-expired",
  "upload-incomplete",
  "upload-consumed",
  "upload-changed",
  "upload-checksum-mismatch",
];
const AUDIO: readonly Slug[] = [
  "malformed-multipart",
  "speaker-not-found",
  "clip-not-found",
  ...UPLOAD_PROBLEMS,
  "audio-too-long",
  "audio-unsupported-codec",
  "audio-unsupported-container",
  "audio-unsupported-layout",
  "audio-unsupported-rate",
  "audio-undecodable",
  "audio-truncated",
  "audio-invalid-samples",
  "segment-out-of-range",
  "quota-exceeded",
  "model-unavailable",
];

type Shape = {
  accepts?: Accepts | undefined;
  idempotent?: false | undefined;
  /** Whether the reply has pages. */
  paged?: boolean;
  /** False for a reply that is a file. */
  isJson?: boolean;
  /** The problems of the route's own operation. */
  problems?: readonly Slug[] | undefined;
};

/**
 * The problems that a route under an API key can reply with: its guards', its body's and its own.
 */
export function problemsOf({ accepts, idempotent, paged, isJson = true, problems = [] }: Shape): Slug[] {
  return [
    ...ANY,
    ...(isJson ? JSON_REPLY : []),
    ...(paged ? (["invalid-cursor"] as const) : []),
    ...(accepts ? [...CHANGE, ...ANY_BODY] : []),
    ...(accepts && accepts !== "empty" ? (["empty-body"] as const) : []),
    ...(accepts && idempotent !== false ? IDEMPOTENT : []),
    ...(accepts === "audio" || accepts === "clips" ? AUDIO : []),
    ...problems,
  ];
}

/** The problem replies of an operation, by status, as OpenAPI describes them. */
export function failures(slugs: readonly Slug[]) {
  const known = [...new Set([...HEAD, ...slugs])].sort();
  const byStatus = Map.groupBy(known, (slug) => statuses[slug]);
  return Object.fromEntries([...byStatus].map(([status, ofStatus]) => [status, failed(ofStatus)]));
}

const failed = (slugs: readonly Slug[]) => ({
  description: slugs.map((slug) => `\`${typeOf(slug)}\`: ${titles[slug]}`).join("\n\n"),
  content: {
    [MEDIA_TYPE]: {
      schema: Problem,
      examples: Object.fromEntries(slugs.map((slug) => [slug, { $ref: `#/components/examples/${slug}` }])),
    },
  },
});

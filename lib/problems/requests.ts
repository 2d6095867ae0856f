import type { Slug } from "../error.ts";
import type { Help } from "./types.ts";

/** Problems with a request itself, with its API key, or with the service. */
export const requestHelp = {
  "body-too-large": {
    meaning:
      "The body is larger than this route allows: 4.4 MiB with audio, and usually 64 KiB of JSON without " +
      "it. JSON with too many fields or elements is rejected too.",
    remedy: "Upload large files with `POST /uploads`, and split long lists into several requests.",
  },
  "deadline-exceeded": {
    meaning: "The service didn't finish the request in time. The work may still be completed.",
    remedy: "Repeat the request with the same `Idempotency-Key`, which returns the result if there is one.",
  },
  "dependency-unavailable": {
    meaning: "A service that this one depends on, such as the database, failed or is overloaded.",
    remedy: "Wait for the seconds in `Retry-After`, then repeat the request with the same `Idempotency-Key`.",
  },
  "embeddings-off": {
    meaning:
      "The registry neither hands out embeddings nor accepts them as probes. Both are off by default, because an " +
      "embedding identifies a person and can be used in place of a recording.",
    remedy:
      "Send the recording instead. To allow embeddings, set `embeddings` with `PATCH /registry` or " +
      "`voiceroll registry set --embeddings yes`.",
  },
  "empty-body": {
    meaning: "The body, or an audio file in it, has no bytes.",
    remedy: "Check that the file isn't empty and that your client sends it.",
  },
  "headers-too-large": {
    meaning: "The request's headers are larger than 16 KiB in total.",
    remedy: "Remove headers that the service doesn't need, such as cookies.",
  },
  "idempotency-in-progress": {
    meaning: "The first request with this `Idempotency-Key` is still running.",
    remedy: "Repeat the request after the seconds in `Retry-After`; it then gets the reply to the first one.",
  },
  "idempotency-key-invalid": {
    meaning: "The `Idempotency-Key` isn't 1 to 255 printable ASCII characters.",
    remedy: "Send a key such as a random UUID.",
  },
  "idempotency-key-reused": {
    meaning:
      "This `Idempotency-Key` was used for a different request within the last 24 hours. Nothing was " +
      "changed.",
    remedy: "Send a new key for each new request, and the same key only to repeat a request unchanged.",
  },
  "identify-attempts-exhausted": {
    meaning:
      "Too many searches in a row by this caller found no match, so the service pauses them to slow down " +
      "guessing.",
    remedy:
      "Wait for the seconds in `Retry-After`, and send a `Caller-Id` for each person or device so that " +
      "they are counted separately.",
  },
  "insufficient-scope": {
    meaning: "The API key or token is valid, but it doesn't allow this request.",
    remedy: "Use a key with the scope that `detail` names.",
  },
  "internal-error": {
    meaning: "The service failed in a way that it didn't expect. The cause is in its log, not in the reply.",
    remedy: "Repeat the request once; if it fails again, give the operator the request's ID, `instance`.",
  },
  "invalid-cursor": {
    meaning: "The cursor was changed, has expired, or belongs to another list.",
    remedy: "Request the first page again, without `cursor`.",
  },
  "malformed-json": {
    meaning:
      "The body isn't the JSON that the service accepts: UTF-8 without a byte order mark, at most 16 " +
      "levels deep, and without duplicate names.",
    remedy: "Write the body with a JSON library, and look at the place that `detail` names.",
  },
  "malformed-multipart": {
    meaning: "The multipart body can't be parsed, or a part that must be a file has no file name.",
    remedy: "Let your HTTP library build the form and set `Content-Type`, which contains the boundary.",
  },
  "method-not-allowed": {
    meaning: "The path exists, but not with this method.",
    remedy: "Use one of the methods in the reply's `Allow` header.",
  },
  "model-unavailable": {
    meaning: "The speaker model isn't loaded, so the service can't process audio. Other requests work.",
    remedy:
      "Try again after the seconds in `Retry-After`; if it lasts, the operator finds the reason in the log.",
  },
  "not-acceptable": {
    meaning: "The `Accept` header excludes `application/json`, which is the media type of the reply.",
    remedy: "Send `Accept: application/json`, or no `Accept` header.",
  },
  "origin-not-allowed": {
    meaning:
      "The request came from a web page whose origin isn't among the registry's `corsOrigins`, although the " +
      "deployment allows it.",
    remedy:
      "Add the page's origin to the registry with `PATCH /registry`, or send the request from your own server.",
  },
  overloaded: {
    meaning: "The service is processing as much audio as it can. It did nothing for this request.",
    remedy: "Repeat the request after the seconds in `Retry-After`, and wait longer after each refusal.",
  },
  "quota-exceeded": {
    meaning: "The API key has used the seconds of audio that it may send in a day (UTC).",
    remedy:
      "Wait until midnight UTC, or have the limit raised with `voiceroll keys set KEY " +
      "--audio-seconds-per-day`.",
  },
  "rate-limited": {
    meaning: "The API key has sent as many requests within 60 seconds as its registry allows.",
    remedy: "Wait for the seconds in `Retry-After`; the `RateLimit` header shows how many requests remain.",
  },
  "route-not-found": {
    meaning: "The service has no such route, or this deployment doesn't offer it.",
    remedy: "Check the path against the reference at `GET /docs`.",
  },
  "storage-unavailable": {
    meaning:
      "The server can't read or write its data: the disk is full, its permissions are wrong, or another " +
      "process has locked the database.",
    remedy: "Repeat the request later; the operator checks the disk and the server's log.",
  },
  "tenant-suspended": {
    meaning: "The operator has suspended this registry. None of its keys work during that time.",
    remedy: "Contact the operator of the service.",
  },
  unauthorized: {
    meaning: "The API key or token is missing, unknown, expired or revoked.",
    remedy: "Send a valid one as `Authorization: Bearer vr_...`, in the header and not in the URL.",
  },
  "unsupported-content-encoding": {
    meaning: "The request has a `Content-Encoding`. The service accepts no compressed bodies.",
    remedy: "Send the body uncompressed and without the header.",
  },
  "unsupported-media-type": {
    meaning: "The route doesn't accept the body's `Content-Type`.",
    remedy: "Send JSON as `application/json`, forms as `multipart/form-data` and recordings as `audio/*`.",
  },
  "upgrade-required": {
    meaning:
      "The route is a WebSocket, but the request is a plain one, or the service runs as a function on AWS.",
    remedy: "Connect to your own server with a WebSocket client, at ws:// or wss://.",
  },
  "uri-too-long": {
    meaning: "The URL, with its query, is longer than 8 KiB.",
    remedy: "Send the fields in the body instead of the query.",
  },
  "validation-failed": {
    meaning: "The request can be parsed, but a field is missing, unknown or has an invalid value.",
    remedy: "Correct the fields that `errors` or `detail` names.",
  },
  "verify-attempts-exhausted": {
    meaning:
      "Too many verifications of this speaker failed in a row, so the service pauses them to slow down " +
      "guessing.",
    remedy:
      "Wait for the seconds in `Retry-After`, or end the pause with `POST /speakers/{id}/unlock` once " +
      "you have " +
      "identified the person in another way.",
  },
  "write-contention": {
    meaning: "Other requests kept changing the same data, so this change couldn't be stored.",
    remedy:
      "Repeat the request with the same `Idempotency-Key`, and send fewer changes to one speaker at once.",
  },
} as const satisfies Partial<Record<Slug, Help>>;

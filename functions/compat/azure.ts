import type { Context } from "hono";
import type { Services } from "../../lib/ports/services.ts";
import type { Env } from "../http/env.ts";
import type { Route } from "../http/route.ts";
import { enrollProfile, identifyProfile, verifyProfile } from "./azure-audio.ts";
import {
  createProfile,
  deleteProfile,
  listProfiles,
  phrases,
  readProfile,
  resetProfile,
} from "./azure-profiles.ts";
import type { AzurePath } from "./azure-shapes.ts";
import { type Dialect, inDialect, type Operation } from "./dialect.ts";

const PREFIX = "/compat/azure";
/**
 * The paths of Azure Speaker Recognition behind the prefix: version 2021-09-05 (the version itself
 * is in the query) and version 2.0.
 */
const PATHS = [
  /^\/speaker-recognition\/(?<mode>verification|identification)\/text-independent\/(?<rest>.+)$/,
  /^\/speaker\/(?<mode>verification|identification)\/v2\.0\/text-independent\/(?<rest>.+)$/,
];
/** Version 2021-09-05 writes `profiles/ID:verify`, version 2.0 `profiles/ID/verify`. */
const OPERATIONS: readonly [RegExp, (path: AzurePath) => Operation][] = [
  [/^POST profiles$/, createProfile],
  [/^GET profiles$/, listProfiles],
  [/^POST profiles[:/]identifySingleSpeaker$/, identifyProfile],
  [/^GET profiles\/(?<id>[^:/]+)$/, readProfile],
  [/^DELETE profiles\/(?<id>[^:/]+)$/, deleteProfile],
  [/^POST profiles\/(?<id>[^:/]+)[:/]reset$/, resetProfile],
  [/^POST profiles\/(?<id>[^:/]+)\/enrollments$/, enrollProfile],
  [/^POST profiles\/(?<id>[^:/]+)[:/]verify$/, verifyProfile],
  [/^GET phrases\/[\w-]+$/, phrases],
];

/** Azure's clients send other statuses than these as an error without a message. */
const CODES: Readonly<Record<number, string>> = {
  400: "InvalidRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  429: "TooManyRequests",
};

const azure: Dialect = {
  keyOf: (c) => c.req.header("Ocp-Apim-Subscription-Key"),
  failure(c, { status, detail }) {
    const known = status in CODES || status >= 500 ? status : 400;
    const error = { code: CODES[known] ?? "InternalServerError", message: detail };
    return c.json({ error }, known as 400);
  },
};

/**
 * Answers the requests of Azure Speaker Recognition (text-independent), for programs that used it.
 * docs/migrate-from-azure.md lists the differences.
 */
export const azureRoute: Route = {
  method: "post",
  path: `${PREFIX}/{path}`,
  mount(app, services: Services) {
    app.all(`${PREFIX}/*`, (c) => inDialect(services, azure, c, operationOf(c)));
  },
};

function operationOf(c: Context<Env>): Operation | undefined {
  const path = decodeURIComponent(c.req.path).slice(PREFIX.length);
  const version = PATHS.findIndex((one) => one.test(path));
  const { mode, rest } = PATHS[version]?.exec(path)?.groups ?? {};
  for (const [pattern, operation] of OPERATIONS) {
    const match = pattern.exec(`${c.req.method} ${rest}`);
    if (match && (mode === "verification" || mode === "identification"))
      return operation({ mode, v2: version === 1, id: match.groups?.id ?? "" });
  }
  return undefined;
}

import type { Context } from "hono";
import type { Services } from "../../lib/ports/services.ts";
import type { Env } from "../http/env.ts";
import type { Route } from "../http/route.ts";
import { enrollProfile, identifyProfile, verifyProfile } from "./azure-audio.ts";
import { type AzureOperation, operationAt, patternOfPath } from "./azure-operation.ts";
import {
  createProfile,
  deleteProfile,
  listProfiles,
  phrases,
  readProfile,
  resetProfile,
} from "./azure-profiles.ts";
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
/** In the order in which the OpenAPI document lists them. */
export const azureOperations: readonly AzureOperation[] = [
  createProfile,
  listProfiles,
  readProfile,
  enrollProfile,
  verifyProfile,
  identifyProfile,
  resetProfile,
  deleteProfile,
  phrases,
];
const patterns = new Map(azureOperations.map((one) => [one, patternOfPath(one.path)]));

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
  if (mode !== "verification" && mode !== "identification") return undefined;
  for (const [operation, pattern] of patterns) {
    const match = pattern.exec(rest ?? "");
    if (match && operation.method === c.req.method)
      return operationAt(operation, { mode, v2: version === 1, id: match.groups?.profileId ?? "" });
  }
  return undefined;
}

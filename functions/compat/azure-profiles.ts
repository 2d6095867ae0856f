import { randomUUID } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { createSpeaker } from "../../lib/domain/speaker/create.ts";
import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { parseJson } from "../http/body/json.ts";
import { parse } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import { type AzurePath, PROFILE, profileIdOf, profileOf } from "./azure-shapes.ts";
import type { Operation } from "./dialect.ts";

const LOCALE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const Created = z.object({ locale: z.string().regex(LOCALE, "Send a locale such as en-us.") });
const Top = z.object({ $top: z.coerce.number().int().min(1).max(500).default(100) });
const ROUTE = "/compat/azure/profiles";
/** Azure's phrase for activation. Any other sentence does as well: it isn't checked. */
const PHRASE = "I'll talk for a few seconds so you can recognize my voice in the future.";

export const createProfile = (path: AzurePath): Operation => ({
  route: ROUTE,
  operationId: "createSpeaker",
  scope: "speakers:write",
  audit: "changes",
  async handle(services, { registry, act, body, c }) {
    const { locale } = parse(Created, parseJson(body));
    const speakerId = profileIdOf(randomUUID());
    act.speakerId = speakerId;
    const metadata = { [PROFILE.mode]: path.mode, [PROFILE.locale]: locale.toLowerCase() };
    return c.json(profileOf(await createSpeaker(services, { registry, speakerId, metadata }), path), 201);
  },
});

/** Lists the profiles of one mode, and speakers that weren't created as profiles. */
export const listProfiles = (path: AzurePath): Operation => ({
  route: ROUTE,
  operationId: "listSpeakers",
  scope: "speakers:read",
  audit: "none",
  async handle(services, { registry, c }) {
    const { $top: limit } = parse(Top, { $top: c.req.query("$top") });
    const place = { registryId: registry.registryId, route: ROUTE };
    const cursor = c.req.query("$skipToken");
    const { items, next } = await pageOf(services, place, { limit, cursor }, (page) =>
      listSpeakers(services, { registry, ...page }),
    );
    const value = items
      .filter(({ metadata }) => (metadata[PROFILE.mode] ?? path.mode) === path.mode)
      .map((speaker) => profileOf(speaker, path));
    if (next === null) return c.json({ value });
    const url = new URL(c.req.path, c.env.clientUrl ?? c.req.url);
    for (const [name, text] of new URL(c.req.url).searchParams) url.searchParams.set(name, text);
    url.searchParams.set("$skipToken", next);
    return c.json({ value, nextLink: url.href });
  },
});

export const readProfile = (path: AzurePath): Operation => ({
  route: `${ROUTE}/{id}`,
  operationId: "readSpeaker",
  scope: "speakers:read",
  audit: "none",
  async handle(services, { registry, c }) {
    return c.json(
      profileOf(await readSpeaker(services, { registry, speakerId: profileIdOf(path.id) }), path),
    );
  },
});

export const deleteProfile = (path: AzurePath): Operation => ({
  route: `${ROUTE}/{id}`,
  operationId: "eraseSpeaker",
  scope: "speakers:write",
  audit: "changes",
  async handle(services, { registry: { registryId }, act, c }) {
    act.speakerId = path.id;
    const receipt = await eraseSpeaker(services, { registryId, speakerId: profileIdOf(path.id) });
    c.env.trace.speakerUid = receipt.uid;
    return c.body(null, 204);
  },
});

export const resetProfile = (path: AzurePath): Operation => ({
  route: `${ROUTE}/{id}:reset`,
  operationId: "resetSpeaker",
  scope: "speakers:write",
  audit: "changes",
  async handle(services, { registry, act, c }) {
    act.speakerId = path.id;
    const speaker = await resetSpeaker(services, { registry, speakerId: profileIdOf(path.id) });
    c.env.trace.speakerUid = speaker.uid;
    return c.body(null, 204);
  },
});

export const phrases = (_path: AzurePath): Operation => ({
  route: "/compat/azure/phrases",
  operationId: "phrases",
  scope: "speakers:read",
  audit: "none",
  handle: async (_services, { c }) => c.json({ value: [{ activationPhrase: PHRASE }] }),
});

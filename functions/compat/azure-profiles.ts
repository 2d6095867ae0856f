import { randomUUID } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { createSpeaker } from "../../lib/domain/speaker/create.ts";
import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { listSpeakers, readSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { LOCALE, PROFILE } from "../../lib/transfer/azure-list.ts";
import { parseJson } from "../http/body/json.ts";
import { parse } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import type { AzureOperation } from "./azure-operation.ts";
import { Profile, profileIdOf, profileOf } from "./azure-shapes.ts";

const Created = z.object({
  locale: z
    .string()
    .regex(LOCALE, "Send a locale such as en-us.")
    .describe("A language tag. It is kept as metadata and changes nothing."),
});
const Top = z.object({
  $top: z.coerce.number().int().min(1).max(500).default(100).describe("The most profiles in the page."),
  $skipToken: z.string().optional().describe("Where the page starts. `nextLink` contains it."),
});
/** Azure's phrase for activation. Any other sentence does as well: it isn't checked. */
const PHRASE = "I'll talk for a few seconds so you can recognize my voice in the future.";

export const createProfile: AzureOperation = {
  name: "createProfile",
  summary: "Create a profile: a speaker without clips",
  method: "POST",
  path: "profiles",
  body: Created,
  status: 201,
  reply: Profile,
  operationId: "createSpeaker",
  scope: "speakers:write",
  audit: "changes",
  async handle(services, { registry, act, body, path }) {
    const { locale } = parse(Created, parseJson(body));
    const speakerId = profileIdOf(randomUUID());
    act.speakerId = speakerId;
    const metadata = { [PROFILE.mode]: path.mode, [PROFILE.locale]: locale.toLowerCase() };
    return profileOf(await createSpeaker(services, { registry, speakerId, metadata }), path);
  },
};

export const listProfiles: AzureOperation = {
  name: "listProfiles",
  summary: "List the profiles of one mode, and speakers that weren't created as profiles",
  method: "GET",
  path: "profiles",
  query: Top,
  status: 200,
  reply: (v2) =>
    z.object({
      value: z.array(Profile(v2)).describe("May be shorter than `$top`, even if more follow."),
      nextLink: z.string().optional().describe("The URL of the next page. Absent on the last page."),
    }),
  operationId: "listSpeakers",
  scope: "speakers:read",
  audit: "none",
  async handle(services, { registry, c, path }) {
    const query = new URL(c.req.url).searchParams;
    const { $top: limit, $skipToken: cursor } = parse(Top, Object.fromEntries(query));
    const place = { registryId: registry.registryId, route: "/compat/azure/profiles" };
    const { items, next } = await pageOf(services, place, { limit, cursor }, (page) =>
      listSpeakers(services, { registry, ...page }),
    );
    const value = items
      .filter(({ metadata }) => (metadata[PROFILE.mode] ?? path.mode) === path.mode)
      .map((speaker) => profileOf(speaker, path));
    if (next === null) return { value };
    const url = new URL(c.req.path, c.env.clientUrl ?? c.req.url);
    for (const [name, text] of query) url.searchParams.set(name, text);
    url.searchParams.set("$skipToken", next);
    return { value, nextLink: url.href };
  },
};

export const readProfile: AzureOperation = {
  name: "getProfile",
  summary: "Read a profile",
  method: "GET",
  path: "profiles/{profileId}",
  status: 200,
  reply: Profile,
  operationId: "readSpeaker",
  scope: "speakers:read",
  audit: "none",
  async handle(services, { registry, path }) {
    return profileOf(await readSpeaker(services, { registry, speakerId: profileIdOf(path.id) }), path);
  },
};

export const deleteProfile: AzureOperation = {
  name: "deleteProfile",
  summary: "Erase the speaker with everything that the registry knows of the speaker",
  method: "DELETE",
  path: "profiles/{profileId}",
  status: 204,
  operationId: "eraseSpeaker",
  scope: "speakers:write",
  audit: "changes",
  async handle(services, { registry: { registryId }, act, c, path }) {
    act.speakerId = path.id;
    const receipt = await eraseSpeaker(services, { registryId, speakerId: profileIdOf(path.id) });
    c.env.trace.speakerUid = receipt.uid;
    return undefined;
  },
};

export const resetProfile: AzureOperation = {
  name: "resetProfile",
  summary: "Delete the speaker's clips and voiceprint; the profile stays",
  method: "POST",
  path: "profiles/{profileId}:reset",
  status: 204,
  operationId: "resetSpeaker",
  scope: "speakers:write",
  audit: "changes",
  async handle(services, { registry, act, c, path }) {
    act.speakerId = path.id;
    const speaker = await resetSpeaker(services, { registry, speakerId: profileIdOf(path.id) });
    c.env.trace.speakerUid = speaker.uid;
    return undefined;
  },
};

export const phrases: AzureOperation = {
  name: "listPhrases",
  summary: "Read Azure's activation phrase; any sentence does as well",
  method: "GET",
  path: "phrases/{locale}",
  status: 200,
  reply: () =>
    z.object({
      value: z
        .array(z.object({ activationPhrase: z.string().describe("In English, whatever the locale.") }))
        .describe("One phrase."),
    }),
  operationId: "phrases",
  scope: "speakers:read",
  audit: "none",
  handle: async () => ({ value: [{ activationPhrase: PHRASE }] }),
};

import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createSpeaker } from "../../lib/domain/speaker/create.ts";
import { searchSpeakers } from "../../lib/domain/speaker/search.ts";
import { listSpeakers, updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { readSpeakerDetail } from "../../lib/domain/speaker/unlock.ts";
import { AppError } from "../../lib/error.ts";
import { Speaker, SpeakerDetail, SpeakerPage } from "../../lib/schema/speaker.ts";
import {
  Consent,
  ExpiresAt,
  Metadata,
  Name,
  PageFields,
  Speaker as SpeakerField,
  speakerIdOf,
} from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { pageOf } from "../http/guard/cursor.ts";
import { jsonFields, noFields, query } from "../http/input.ts";
import { headerParam } from "../http/replies/describe.ts";
import { route } from "../http/route.ts";

const Changes = z
  .strictObject({
    name: Name.optional(),
    metadata: Metadata.optional(),
    expiresAt: ExpiresAt.nullable().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, "Send `name`, `metadata` or `expiresAt`.");

const NewSpeaker = z.strictObject({
  id: SpeakerField.optional().describe(
    "Your own ID. It must match ^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$. Without it, the speaker gets a random one.",
  ),
  name: Name.optional(),
  metadata: Metadata.optional(),
  consent: Consent.optional(),
  expiresAt: ExpiresAt.optional(),
});

const create = {
  operationId: "createSpeaker",
  summary: "Create a speaker without a voice, to enroll later; enrolling an unknown ID creates one, too",
  tag: "Speakers",
  method: "post",
  path: "/speakers",
  scope: "speakers:write",
  problems: ["speaker-exists", "speaker-not-found", "speaker-opted-out", "consent-required"],
  input: jsonFields(NewSpeaker),
  reply: {
    status: 201,
    description: "The speaker, with the status `enrolling`",
    schema: Speaker,
    headers: { Location: { description: "The path of the speaker", schema: { type: "string" } } },
  },
} as const;

const SearchText = z
  .string()
  .max(128, "Send at most 128 characters.")
  .refine((text) => text.trim() !== "", "Send at least one letter or digit.");

const Filters = PageFields.extend({
  q: SearchText.optional().describe(
    "Only speakers whose ID, name or a word of the name starts with this, in upper or lower case. A page can " +
      "then be shorter than `limit`, or empty, while `next` is not null.",
  ),
});

const list = {
  operationId: "listSpeakers",
  summary: "List the registry's speakers in order of creation, or search them by ID and name",
  tag: "Speakers",
  method: "get",
  path: "/speakers",
  scope: "speakers:read",
  input: query(Filters),
  reply: { description: "A page of speakers", schema: SpeakerPage },
} as const;

const read = {
  operationId: "readSpeaker",
  summary: "Read one speaker; the ETag is the speaker's version",
  tag: "Speakers",
  method: "get",
  path: "/speakers/{id}",
  scope: "speakers:read",
  problems: ["speaker-not-found"],
  input: noFields,
  reply: { description: "The speaker", schema: SpeakerDetail },
} as const;

const update = {
  operationId: "updateSpeaker",
  summary: "Change a speaker's name or expiry, or replace its metadata",
  tag: "Speakers",
  method: "patch",
  path: "/speakers/{id}",
  scope: "speakers:write",
  problems: ["speaker-not-found", "speaker-opted-out", "version-mismatch"],
  parameters: [
    headerParam(
      "If-Match",
      "The ETag that you last read. If the speaker has changed since, the reply is 412.",
    ),
  ],
  input: jsonFields(Changes),
  reply: { description: "The updated speaker", schema: Speaker },
} as const;

export const speakerRoutes = [
  route(create, async (services, { registry, fields: { id, ...details }, act, c }) => {
    const speakerId = id === undefined ? undefined : speakerIdOf(id);
    const speaker = await createSpeaker(services, {
      registry,
      speakerId,
      attempt: c.var.attempt,
      ...details,
    });
    act.speakerId = speaker.id;
    noteSpeaker(c, speaker);
    c.header("Location", `/speakers/${speaker.id}`);
    return speaker;
  }),
  route(list, async (services, { registry, fields }) => {
    const place = { registryId: registry.registryId, route: list.path };
    const { items, next } = await pageOf(services, place, fields, (page) =>
      fields.q === undefined
        ? listSpeakers(services, { registry, ...page })
        : searchSpeakers(services, { registry, text: fields.q, ...page }),
    );
    return { speakers: items, next };
  }),
  route(read, async (services, { registry, param, c }) => {
    const speaker = await readSpeakerDetail(services, { registry, speakerId: speakerIdOf(param("id")) });
    noteSpeaker(c, speaker);
    return speaker;
  }),
  route(update, async (services, { registry, param, fields, c }) => {
    const speaker = await updateSpeaker(services, {
      registry,
      speakerId: speakerIdOf(param("id")),
      ifMatch: versionOf(c.req.header("If-Match")),
      attempt: c.var.attempt,
      ...fields,
    });
    noteSpeaker(c, speaker);
    return speaker;
  }),
];

/** Sets the ETag, and names the speaker in the log. */
export function noteSpeaker(c: Context<Env>, { uid, version }: { uid: string; version: number }): void {
  c.env.trace.speakerUid = uid;
  c.header("ETag", `"${version}"`);
}

/** Accepts `*` or one strong ETag of this API. Any other ETag matches no version. */
function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const version = /^"([1-9]\d{0,14})"$/.exec(ifMatch.trim())?.[1];
  if (version) return Number(version);
  throw new AppError("version-mismatch", 'Send If-Match with the ETag exactly as you read it, such as "3".');
}

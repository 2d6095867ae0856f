import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { listSpeakers, updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { readSpeakerDetail } from "../../lib/domain/speaker/unlock.ts";
import { AppError } from "../../lib/error.ts";
import { Speaker, SpeakerDetail, SpeakerPage } from "../../lib/schema/speaker.ts";
import { ExpiresAt, Metadata, Name, PageFields, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { openCursor, sealCursor } from "../http/guard/cursor.ts";
import { jsonFields, noFields, query } from "../http/input.ts";
import { headerParam } from "../http/replies/describe.ts";
import { route } from "../http/route.ts";

const DEFAULT_LIMIT = 100;

const Changes = z
  .strictObject({
    name: Name.optional(),
    metadata: Metadata.optional(),
    expiresAt: ExpiresAt.nullable().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, "Send `name`, `metadata` or `expiresAt`.");

const list = {
  operationId: "listSpeakers",
  summary: "List the registry's speakers in order of creation",
  tag: "Speakers",
  method: "get",
  path: "/speakers",
  scope: "speakers:read",
  input: query(PageFields),
  reply: { description: "A page of speakers", schema: SpeakerPage },
} as const;

const read = {
  operationId: "readSpeaker",
  summary: "Read one speaker; the ETag is the speaker's version",
  tag: "Speakers",
  method: "get",
  path: "/speakers/{id}",
  scope: "speakers:read",
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
  route(list, async (services, { registry, fields }) => {
    const place = { registryId: registry.registryId, route: list.path };
    const { limit = DEFAULT_LIMIT, cursor } = fields;
    const after = cursor === undefined ? undefined : openCursor(services, place, cursor);
    const page = await listSpeakers(services, { registry, limit, after });
    const next = page.next === undefined ? null : sealCursor(services, place, page.next);
    return { speakers: page.items, next };
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

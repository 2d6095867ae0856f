import { deleteClip, listClips } from "../../lib/domain/speaker/clip.ts";
import { ClipList, Speaker } from "../../lib/schema/speaker.ts";
import { clipIdOf, speakerIdOf } from "../http/body/schema.ts";
import { emptyBody, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { noteSpeaker } from "./speakers.ts";

export const clipRoutes = [
  route(
    {
      operationId: "listClips",
      summary: "List the clips that a voiceprint is made of",
      tag: "Speakers",
      method: "get",
      path: "/speakers/{id}/clips",
      scope: "speakers:read",
      input: noFields,
      reply: { description: "The clips, in the order of enrollment", schema: ClipList },
    },
    async (services, { registry, param }) => ({
      clips: await listClips(services, { registry, speakerId: speakerIdOf(param("id")) }),
    }),
  ),
  route(
    {
      operationId: "deleteClip",
      summary: "Delete a clip and remove it from the voiceprint exactly",
      tag: "Speakers",
      method: "delete",
      path: "/speakers/{id}/clips/{clipId}",
      scope: "speakers:write",
      input: emptyBody,
      reply: { description: "The updated speaker", schema: Speaker },
    },
    async (services, { registry, param, c }) => {
      const speaker = await deleteClip(services, {
        registry,
        speakerId: speakerIdOf(param("id")),
        clipId: clipIdOf(param("clipId")),
      });
      noteSpeaker(c, speaker);
      return speaker;
    },
  ),
];

import { FORMATS } from "../../lib/audio/formats/formats.ts";
import { deleteClip, listClips } from "../../lib/domain/speaker/clip.ts";
import { recordingFile } from "../../lib/domain/speaker/recording.ts";
import { ClipList, Speaker } from "../../lib/schema/speaker.ts";
import { clipIdOf, speakerIdOf } from "../http/body/schema.ts";
import { fileRoute } from "../http/file-route.ts";
import { emptyBody, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { noteSpeaker } from "./speakers.ts";

/** The media types of stored recordings: those of formats, or any. */
export const RECORDING_TYPES = [
  ...new Set(FORMATS.flatMap(({ mediaTypes }) => mediaTypes[0] ?? [])),
  "application/octet-stream",
];

export const clipRoutes = [
  fileRoute(
    {
      operationId: "readClipAudio",
      summary: "Download the recording of a clip, exactly as it was enrolled",
      tag: "Speakers",
      path: "/speakers/{id}/clips/{clipId}/audio",
      scope: "clips:read",
      problems: ["speaker-not-found", "clip-not-found"],
      description: "The recording",
      mediaTypes: RECORDING_TYPES,
    },
    (services, { registry, param }) =>
      recordingFile(services, {
        registry,
        speakerId: speakerIdOf(param("id")),
        clipId: clipIdOf(param("clipId")),
      }),
  ),
  route(
    {
      operationId: "listClips",
      summary: "List the clips that a voiceprint is made of",
      tag: "Speakers",
      method: "get",
      path: "/speakers/{id}/clips",
      scope: "speakers:read",
      problems: ["speaker-not-found"],
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
      problems: ["speaker-not-found", "clip-not-found"],
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

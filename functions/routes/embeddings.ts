import { z } from "@hono/zod-openapi";
import { embedClip } from "../../lib/domain/decision/embed.ts";
import { Embedding } from "../../lib/schema/embedding.ts";
import { selection } from "../http/body/piece.ts";
import { audioFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const Fields = z.strictObject(selection);

export const embeddingsRoute = route(
  {
    operationId: "embedClip",
    details:
      "Send the reply as `probe` to verify, identify or compare, in place of the recording. Only in a registry with " +
      "the setting `embeddings`. An embedding identifies a person: protect it like a recording.",
    summary: "Turn a clip into the embedding that decisions are made on",
    tag: "Decisions",
    method: "post",
    path: "/embeddings",
    audit: "decisions",
    scope: "embeddings",
    // A stored reply would keep the embedding.
    idempotent: false,
    problems: ["audio-no-speech", "audio-too-short", "embeddings-off"],
    input: audioFields(Fields, { audio: 1 }),
    reply: {
      description: "The embedding, and what a decision on it needs. Nothing is stored",
      schema: Embedding,
    },
  },
  async (services, { registry, clips, act }) => {
    const [clip] = clips("audio");
    // The embedding of a stored clip is of someone who may not be present.
    if (clip.enrolledFor !== undefined) act.recorded = true;
    return embedClip(services, { registry, clip });
  },
);

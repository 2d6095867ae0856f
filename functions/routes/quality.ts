import { z } from "@hono/zod-openapi";
import { measureQuality } from "../../lib/domain/decision/quality.ts";
import { MeasuredClip } from "../../lib/schema/decision.ts";
import { selection } from "../http/body/piece.ts";
import { audioFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const Fields = z.strictObject(selection);

export const qualityRoute = route(
  {
    operationId: "measureQuality",
    summary: "Measure a clip before it is used: how much speech it has, and what is wrong with it",
    tag: "Decisions",
    method: "post",
    path: "/quality",
    audit: "none",
    scope: ["speakers:write", "verify", "identify", "compare"],
    input: audioFields(Fields, { audio: 1 }),
    reply: { description: "The clip's quality. Nothing is stored", schema: MeasuredClip },
  },
  async (services, { clips }) => {
    const [clip] = clips("audio");
    return measureQuality(services, { clip });
  },
);

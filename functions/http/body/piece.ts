import { z } from "@hono/zod-openapi";
import { CLIP, LONG } from "../../../lib/audio/limits.ts";
import type { Piece } from "../../../lib/audio/types.ts";
import { Channel, invalid } from "./schema.ts";

const second = z.number().min(0).max(LONG.maxSeconds);

export const Segment = z
  .strictObject(
    { start: second, end: second },
    { error: 'Send {"start": 12.5, "end": 31} in JSON, or 12.5-31 in the query or a form: seconds.' },
  )
  .refine(({ start, end }) => start < end, "`start` must be before `end`.")
  .refine(
    ({ start, end }) => end - start <= CLIP.maxSeconds,
    `A segment can have at most ${CLIP.maxSeconds} s.`,
  )
  .meta({
    id: "Segment",
    description: "Use only this part of the recording, in seconds. Outside JSON: `12.5-31`.",
  });

export const FirstSpeechSeconds = z
  .number()
  .min(0.5)
  .max(CLIP.maxSeconds)
  .describe(
    "Use only the part from the first speech on until it has this many seconds of net speech, but at most " +
      `${CLIP.maxSeconds} s of the recording.`,
  );

/** Which channel and which part of a recording to use. */
export const selection = {
  channel: Channel.optional(),
  segment: Segment.optional(),
  firstSpeechSeconds: FirstSpeechSeconds.optional(),
};

export type Selection = { channel?: number | undefined; piece?: Piece | undefined };
const Selected = z.object(selection);

/**
 * Returns the selection that fields with these names make, of which others are ignored.
 *
 * suffix   "" or that of one of several clips, as in `channelA`
 * pointer  of the object that the fields are in
 * Throws `validation-failed` for both kinds of a part.
 */
export function selectionOf(fields: object, suffix = "", pointer = ""): Selection {
  const own = Object.keys(selection).map((name) => [name, Reflect.get(fields, name + suffix)]);
  const { channel, segment, firstSpeechSeconds } = Selected.parse(Object.fromEntries(own));
  if (segment && firstSpeechSeconds !== undefined)
    throw invalid([
      {
        pointer: `${pointer}/firstSpeechSeconds${suffix}`,
        detail: "Send either `segment` or `firstSpeechSeconds`, not both.",
      },
    ]);
  if (segment) return { channel, piece: { segment } };
  return { channel, piece: firstSpeechSeconds === undefined ? undefined : { firstSpeechSeconds } };
}

/** Returns the clip's own selection, completed by the request's. */
export const completed = (own: Selection, request: Selection): Selection => ({
  channel: own.channel ?? request.channel,
  piece: own.piece ?? request.piece,
});

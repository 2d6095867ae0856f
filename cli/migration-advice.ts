import type { Slug } from "../lib/error.ts";
import type { Failure } from "../lib/ports/upload.ts";
import { t } from "./text/language.ts";

/**
 * Says what to do about a recording that was not enrolled, to somebody who has only old recordings:
 * the person can't be asked to speak again.
 */
export const adviceOn = ({ slug }: Failure): string => ADVICE[slug]?.() ?? t`see docs/problems.md#${slug}`;

const otherRecording = () => t`leave it out, and add another recording of this person`;
const convert = () => t`listen to the file; if it plays, convert it to WAV and run the command again`;

const ADVICE: Partial<Record<Slug, () => string>> = {
  "validation-failed": () => t`correct the entry or add the file, and run the command again`,
  "audio-too-short": otherRecording,
  "audio-no-speech": () => t`check the channel: the person may be on the other one`,
  "audio-low-quality": otherRecording,
  "audio-multiple-speakers": () =>
    t`check that the channel has one person alone, or cut out the part of this person`,
  "audio-unsupported-layout": () => t`say which channel has the person, and run the command again`,
  "audio-undecodable": convert,
  "audio-truncated": convert,
  "audio-unsupported-codec": convert,
  "audio-unsupported-container": convert,
  "audio-unsupported-rate": otherRecording,
  "empty-body": () => t`the file is empty: copy it again`,
  "enrollment-inconsistent": () =>
    t`listen to it: it may be of somebody else; to accept such recordings, run the command again with --force`,
  "speaker-opted-out": () => t`leave the person out: this person has opted out`,
};

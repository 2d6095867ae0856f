import type { Slug } from "../error.ts";
import { audioHelp } from "./audio.ts";
import { recordHelp } from "./records.ts";
import { requestHelp } from "./requests.ts";
import type { Help } from "./types.ts";
import { zhAudioHelp } from "./zh-audio.ts";
import { zhRecordHelp } from "./zh-records.ts";
import { zhRequestHelp } from "./zh-requests.ts";

/** The text of every problem. A slug without one doesn't compile. */
export const help: Readonly<Record<Slug, Help>> = { ...audioHelp, ...recordHelp, ...requestHelp };
/** The same in Chinese. */
export const zhHelp: Readonly<Record<Slug, Help>> = { ...zhAudioHelp, ...zhRecordHelp, ...zhRequestHelp };

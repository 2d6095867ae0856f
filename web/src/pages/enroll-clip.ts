import type { Api } from "../api/client.ts";
import type { EnrollmentReply } from "../api/types.ts";
import { type AudioClip, bodyOf } from "../audio/clip.ts";

export type EnrollOptions = { name?: string; consent?: string; force?: boolean };

/** Adds one clip to a speaker, who is created at the first one. */
export async function enrollClip(
  api: Api,
  speaker: string,
  clip: AudioClip,
  { name, consent, force }: EnrollOptions = {},
): Promise<EnrollmentReply> {
  const path = `/speakers/${encodeURIComponent(speaker)}/enroll`;
  const query = { name, consent, force: force || undefined };
  return api.call<EnrollmentReply>(path, { method: "POST", query, body: await bodyOf(clip) });
}

import type { Upload } from "../../ports/upload.ts";

/** An upload as JSON kept it: what was undefined is left out there. */
export function uploadOf(body: string): Upload {
  const upload = JSON.parse(body) as Upload;
  const { enroll, heldUntil, holder, problem } = upload;
  return {
    ...upload,
    enroll: enroll && { speakerId: enroll.speakerId, channel: enroll.channel ?? undefined },
    heldUntil: heldUntil ?? undefined,
    holder: holder ?? undefined,
    problem: problem ?? undefined,
  };
}

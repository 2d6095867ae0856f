import type { Upload } from "../../ports.ts";

/** An upload as JSON kept it: what was undefined is left out there. */
export function uploadOf(body: string): Upload {
  const upload = JSON.parse(body) as Upload;
  const { enrol, heldUntil, holder, problem } = upload;
  return {
    ...upload,
    enrol: enrol && { speakerId: enrol.speakerId, channel: enrol.channel ?? undefined },
    heldUntil: heldUntil ?? undefined,
    holder: holder ?? undefined,
    problem: problem ?? undefined,
  };
}

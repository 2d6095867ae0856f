import type { SpeakerReply } from "../api/types.ts";
import { t } from "../text/text.ts";

const TONES: Record<SpeakerReply["status"], string> = {
  enrolled: "good",
  enrolling: "warn",
  "opted-out": "bad",
  "needs-reenrollment": "warn",
};

export const StatusTag = ({ status }: { status: SpeakerReply["status"] }) => (
  <span class={`tag ${TONES[status]}`}>{t(`status.${status}`)}</span>
);

/** The replies of the API, as its own schemas describe them. */
import type { Calibration, CalibrationList } from "../../../lib/schema/calibration.ts";
import type { Challenge } from "../../../lib/schema/challenge.ts";
import type { CohortList, ReportedCohort } from "../../../lib/schema/cohort.ts";
import type { Consent, ConsentList } from "../../../lib/schema/consent.ts";
import type {
  Decision,
  DecisionPage,
  ExplainedDecision,
  Identification,
  MeasuredClip,
  PastDecision,
} from "../../../lib/schema/decision.ts";
import type { Job, JobList, JobPage } from "../../../lib/schema/job.ts";
import type { Key, KeyList, MadeKey, OwnKey } from "../../../lib/schema/key.ts";
import type { Quality } from "../../../lib/schema/measures.ts";
import type { PersonReport } from "../../../lib/schema/person-report.ts";
import type { RegistryView, Settings } from "../../../lib/schema/registry.ts";
import type { Score, Threshold } from "../../../lib/schema/score.ts";
import type {
  ClipList,
  Enrollment,
  Group,
  GroupMembers,
  GroupPage,
  Speaker,
  SpeakerDetail,
  SpeakerPage,
} from "../../../lib/schema/speaker.ts";
import type { Trends } from "../../../lib/schema/trend.ts";
import type { DeliveryList, MadeWebhook, Webhook, WebhookList } from "../../../lib/schema/webhook.ts";
import type { View } from "../../../lib/schema/zod.ts";

export type CalibrationReply = View<typeof Calibration>;
export type CalibrationTable = CalibrationReply["tables"][number];
export type CalibrationListReply = View<typeof CalibrationList>;
export type CalibrationSummary = CalibrationListReply["calibrations"][number];
export type ChallengeReply = View<typeof Challenge>;
export type CohortListReply = View<typeof CohortList>;
export type CohortReply = CohortListReply["cohorts"][number];
export type ReportedCohortReply = View<typeof ReportedCohort>;
export type ConsentReply = View<typeof Consent>;
export type ConsentListReply = View<typeof ConsentList>;
export type DecisionReply = View<typeof Decision>;
export type IdentificationReply = View<typeof Identification>;
export type PastDecisionReply = View<typeof PastDecision>;
export type DecisionPageReply = View<typeof DecisionPage>;
export type ExplainedReply = View<typeof ExplainedDecision>;
export type AnyDecision = DecisionReply | IdentificationReply;
export type MeasuredClipReply = View<typeof MeasuredClip>;
export type QualityReply = View<typeof Quality>;
export type ScoreReply = View<typeof Score>;
export type ThresholdReply = View<typeof Threshold>;
export type JobReply = View<typeof Job>;
export type JobListReply = View<typeof JobList>;
export type JobPageReply = View<typeof JobPage>;
export type PersonReportReply = View<typeof PersonReport>;
export type SpeakerReply = View<typeof Speaker>;
export type SpeakerDetailReply = View<typeof SpeakerDetail>;
export type SpeakerPageReply = View<typeof SpeakerPage>;
export type ClipListReply = View<typeof ClipList>;
export type ClipReply = ClipListReply["clips"][number];
export type EnrollmentReply = View<typeof Enrollment>;
export type GroupReply = View<typeof Group>;
export type GroupPageReply = View<typeof GroupPage>;
export type GroupMembersReply = View<typeof GroupMembers>;
export type KeyReply = View<typeof Key>;
export type KeyListReply = View<typeof KeyList>;
export type MadeKeyReply = View<typeof MadeKey>;
export type OwnKeyReply = View<typeof OwnKey>;
export type WebhookReply = View<typeof Webhook>;
export type WebhookListReply = View<typeof WebhookList>;
export type MadeWebhookReply = View<typeof MadeWebhook>;
export type DeliveryListReply = View<typeof DeliveryList>;
export type DeliveryReply = DeliveryListReply["deliveries"][number];
export type SettingsReply = View<typeof Settings>;
export type RegistryReply = View<typeof RegistryView>;
export type TrendsReply = View<typeof Trends>;

import type { Route } from "../http/route.ts";
import { auditRoute } from "./audit.ts";
import { calibrationRoutes } from "./calibrations.ts";
import { candidateRoutes } from "./candidates.ts";
import { createChallengeRoute } from "./challenges.ts";
import { clipRoutes } from "./clips.ts";
import { cohortRoutes } from "./cohorts.ts";
import { compareRoute } from "./compare.ts";
import { consentRoutes } from "./consents.ts";
import { decisionRoutes } from "./decisions.ts";
import { embeddingsRoute } from "./embeddings.ts";
import { enrollRoute } from "./enroll.ts";
import {
  eraseSpeakerRoute,
  liftOptOutRoute,
  optOutRoute,
  resetSpeakerRoute,
  unlockSpeakerRoute,
} from "./erase-speaker.ts";
import { groupRoutes } from "./groups.ts";
import { healthRoute, readyRoute } from "./health.ts";
import { identifyRoute } from "./identify.ts";
import { jobRoutes } from "./jobs.ts";
import { keyRoutes } from "./keys.ts";
import { metricsRoute } from "./metrics.ts";
import { personReportRoute } from "./person-report.ts";
import { problemRoutes } from "./problems.ts";
import { qualityRoute } from "./quality.ts";
import { registryRoutes } from "./registry.ts";
import { retentionRoute } from "./retention.ts";
import { speakerRoutes } from "./speakers.ts";
import { streamRoute } from "./stream.ts";
import { createTokenRoute } from "./tokens.ts";
import { trendsRoute } from "./trends.ts";
import { uploadRoutes } from "./uploads.ts";
import { verifyRoute } from "./verify.ts";
import { webhookRoutes } from "./webhooks.ts";

/** Every route of the API, in the order in which the OpenAPI document lists them. */
export const apiRoutes: readonly Route[] = [
  enrollRoute,
  ...speakerRoutes,
  eraseSpeakerRoute,
  ...clipRoutes,
  resetSpeakerRoute,
  unlockSpeakerRoute,
  optOutRoute,
  liftOptOutRoute,
  ...consentRoutes,
  ...candidateRoutes,
  personReportRoute,
  retentionRoute,
  createChallengeRoute,
  verifyRoute,
  identifyRoute,
  streamRoute,
  compareRoute,
  qualityRoute,
  embeddingsRoute,
  ...decisionRoutes,
  trendsRoute,
  ...groupRoutes,
  ...calibrationRoutes,
  ...cohortRoutes,
  ...uploadRoutes,
  ...jobRoutes,
  ...keyRoutes,
  ...webhookRoutes,
  ...registryRoutes,
  createTokenRoute,
  auditRoute,
  metricsRoute,
  healthRoute,
  readyRoute,
  ...problemRoutes,
];

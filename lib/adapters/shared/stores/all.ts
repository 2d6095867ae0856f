import type { BundledCalibrations } from "../../../ports/calibration.ts";
import type { BundledCohorts } from "../../../ports/cohort.ts";
import type { RegistryStore } from "../../../ports/registry.ts";
import type { Services } from "../../../ports/services.ts";
import type { Clock, Random } from "../../../ports/world.ts";
import { backoff } from "../contention.ts";
import type { Attachments, Documents } from "../documents.ts";
import { sealedAttachments } from "../sealed-attachments.ts";
import type { Templates } from "../templates.ts";
import type { Workers } from "../workers.ts";
import { activeStore } from "./active.ts";
import { auditStore } from "./audit.ts";
import { calibrationStore } from "./calibrations.ts";
import { candidateStore } from "./candidates.ts";
import { cohortStore } from "./cohorts.ts";
import { consentProofStore } from "./consent-proofs.ts";
import { decisionStore } from "./decisions.ts";
import { erasureStore, optOutStore } from "./erasures.ts";
import { groupStore } from "./groups.ts";
import { heardProbeStore } from "./heard-probes.ts";
import { idempotencyStore } from "./idempotency.ts";
import { jobStore } from "./jobs.ts";
import { keyStore } from "./keys.ts";
import { outboxStore } from "./outbox.ts";
import { retentionStore } from "./retention.ts";
import { uploadStore } from "./uploads.ts";
import { webhookStore } from "./webhooks.ts";

/** The stores that work on any backend's documents. contents: of cohorts and calibrations */
export function documentStores(
  backing: {
    documents: Documents;
    contents: Attachments;
    manifests: Attachments;
    registries: RegistryStore;
    templates: Templates;
  },
  given: {
    cohorts: BundledCohorts;
    calibrations: BundledCalibrations;
    clock: Clock;
    random: Random;
    drawLsn: () => string;
    /** Undefined if this process can't tell which other processes run. */
    workers?: Workers | undefined;
  },
) {
  const { cohorts, calibrations, drawLsn } = given;
  const pause = backoff(given);
  const { documents, contents, manifests, registries } = backing;
  const cohortContents = sealedAttachments(contents, backing.templates);
  return {
    registries,
    keys: keyStore(documents),
    active: activeStore(documents, registries),
    audit: auditStore(documents, { pause }),
    groups: groupStore(documents),
    uploads: uploadStore(documents),
    jobs: jobStore(documents, manifests),
    decisions: decisionStore(documents),
    idempotency: idempotencyStore(documents, given.clock, given.workers),
    heardProbes: heardProbeStore(documents),
    erasures: erasureStore(documents),
    optOuts: optOutStore(documents),
    consentProofs: consentProofStore(documents),
    retention: retentionStore(documents),
    webhooks: webhookStore(documents),
    outbox: outboxStore(documents),
    candidates: candidateStore(documents, backing.templates),
    cohorts: cohortStore(documents, cohortContents, { ...cohorts, drawLsn, pause }),
    calibrations: calibrationStore(documents, contents, { ...calibrations, drawLsn }),
  } satisfies Partial<Services>;
}

import { listConsents, recordConsent, withdrawConsent } from "../../lib/domain/speaker/consent.ts";
import { consentProofs } from "../../lib/domain/speaker/consent-proof.ts";
import { evidenceFile } from "../../lib/domain/speaker/evidence.ts";
import { Consent, ConsentList, ConsentProofList } from "../../lib/schema/consent.ts";
import { consentIdOf, NewConsent, NewWithdrawal } from "../http/body/consent.ts";
import { speakerIdOf, uploadIdOf } from "../http/body/schema.ts";
import { fileRoute } from "../http/file-route.ts";
import { uploadedAudio } from "../http/guard/held-uploads.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { UPLOAD_PROBLEMS } from "../http/replies/failures.ts";
import { route } from "../http/route.ts";
import { RECORDING_TYPES } from "./clips.ts";

const consents = { tag: "Consents", path: "/speakers/{id}/consents" } as const;

export const consentRoutes = [
  fileRoute(
    {
      ...consents,
      operationId: "readConsentEvidence",
      summary: "Download the recording that proves a consent, exactly as it was sent",
      path: "/speakers/{id}/consents/{consentId}/evidence",
      scope: "clips:read",
      problems: ["speaker-not-found", "consent-not-found"],
      description: "The recording",
      mediaTypes: RECORDING_TYPES,
    },
    (services, { registry, param }) =>
      evidenceFile(services, {
        registry,
        speakerId: speakerIdOf(param("id")),
        consentId: consentIdOf(param("consentId")),
      }),
  ),
  route(
    {
      ...consents,
      operationId: "recordConsent",
      summary: "Record a consent of a person: to what text, for which purposes, given by whom",
      details: "Consents are only added. A withdrawal ends one, and both stay on record.",
      method: "post",
      scope: "speakers:write",
      problems: ["speaker-not-found", "speaker-opted-out", "consent-limit-reached", ...UPLOAD_PROBLEMS],
      input: jsonFields(NewConsent),
      reply: { status: 201, description: "The consent", schema: Consent },
    },
    async (services, { registry, param, fields, act, c }) => {
      const speakerId = speakerIdOf(param("id"));
      const by = { keyId: c.var.key.keyId, attempt: c.var.attempt };
      const { evidence: { upload, ...evidence } = {}, ...rest } = fields;
      const consent = fields.evidence ? { ...rest, evidence } : rest;
      const recording =
        upload === undefined ? undefined : await uploadedAudio(services, c, uploadIdOf(upload), {});
      const made = await recordConsent(services, { registry, speakerId, consent, recording, ...by });
      act.details = { consent: made.id, purposes: [...made.purposes] };
      return made;
    },
  ),
  route(
    {
      ...consents,
      operationId: "listConsents",
      summary: "List a person's consents, oldest first, and what they allow now",
      method: "get",
      scope: "speakers:read",
      problems: ["speaker-not-found"],
      input: noFields,
      reply: { description: "The consents, withdrawn ones included", schema: ConsentList },
    },
    (services, { registry, param }) =>
      listConsents(services, { registry, speakerId: speakerIdOf(param("id")) }),
  ),
  route(
    {
      ...consents,
      operationId: "withdrawConsent",
      summary: "Withdraw a consent; its purposes are refused at once",
      details: "The consent stays on record with its withdrawal. A second withdrawal changes nothing.",
      method: "post",
      path: "/speakers/{id}/consents/{consentId}/withdraw",
      scope: "speakers:write",
      problems: ["speaker-not-found", "consent-not-found"],
      input: jsonFields(NewWithdrawal),
      reply: { description: "The consent with its withdrawal", schema: Consent },
    },
    async (services, { registry, param, fields, act, c }) => {
      const speakerId = speakerIdOf(param("id"));
      const consentId = consentIdOf(param("consentId"));
      act.details = { consent: consentId };
      const by = { keyId: c.var.key.keyId, attempt: c.var.attempt };
      return withdrawConsent(services, { registry, speakerId, consentId, ...fields, ...by });
    },
  ),
  route(
    {
      ...consents,
      operationId: "listConsentProofs",
      summary: "List what remains of the consents of people who were erased under this ID",
      details: "Empty unless the registry's setting `keepConsentProofs` was on when the person was erased.",
      method: "get",
      path: "/speakers/{id}/consent-proofs",
      scope: "speakers:read",
      problems: ["speaker-not-found"],
      input: noFields,
      reply: { description: "The proofs, which name nobody", schema: ConsentProofList },
    },
    async (services, { registry: { registryId }, param }) => ({
      proofs: await consentProofs(services, { registryId, speakerId: speakerIdOf(param("id")) }),
    }),
  ),
];

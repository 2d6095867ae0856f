import type { Slug } from "../error.ts";
import type { Help } from "./types.ts";

/** Problems with what a request names: speakers, clips, uploads, jobs, cohorts, calibrations. */
export const recordHelp = {
  "calibration-mismatch": {
    meaning:
      "The calibration was fitted with another model or cohort than the active one, so its thresholds " +
      "don't apply to today's scores.",
    remedy: "Calibrate again, or activate the cohort that `detail` names first.",
  },
  "calibration-not-found": {
    meaning: "No calibration with this ID exists in this registry.",
    remedy: "Use an ID that `GET /calibrations` lists.",
  },
  "candidate-conflict": {
    meaning:
      "The voices can't be one person: both were heard in one recording, they have different names, or somebody has " +
      "said that they are different people.",
    remedy:
      "Look at where they were heard (`GET /candidates/{candidateId}`) and split what is of another person. " +
      "`force` overrides only what somebody has said.",
  },
  "candidate-not-found": {
    meaning: "No candidate voice has this ID. It was deleted, merged into another one, or has expired.",
    remedy: "Use an ID that `GET /candidates` lists.",
  },
  "challenge-invalid": {
    meaning:
      "The challenge has expired (after two minutes), was used before, or was made for another speaker or with " +
      "another API key.",
    remedy: "Make a new challenge with `POST /challenges` and record the person again.",
  },
  "challenge-required": {
    meaning: "The registry verifies a person only with a recording of digits that it has just chosen.",
    remedy: "Make a challenge with `POST /challenges`, and send it as `challenge` with the recording.",
  },
  "clip-limit-reached": {
    meaning: "The enrollment would give the speaker more than 50 clips.",
    remedy: "Delete clips that you no longer need, then enroll again.",
  },
  "clip-not-found": {
    meaning: "The speaker has no clip with this ID, or the clip was enrolled without storing its recording.",
    remedy:
      "Use a clip that `GET /speakers/{id}/clips` lists and, if you need its audio, that has a recording.",
  },
  "cohort-clips-unfit": {
    meaning:
      "Some clips can't be used in a cohort, for example because they contain too little speech. No " +
      "cohort was built.",
    remedy: "Replace or remove the clips that `errors` lists, and start the job again.",
  },
  "cohort-mismatch": {
    meaning: "The cohort was built with another model than the one that this service runs.",
    remedy: "Build a new cohort with the current model.",
  },
  "cohort-not-found": {
    meaning: "No cohort with this ID exists in this registry.",
    remedy: "Use an ID that `GET /cohorts` lists.",
  },
  "cohort-too-small": {
    meaning: "The cohort has too few voices, or too few of them remain after others were erased.",
    remedy: "Build a cohort with clips of more people, or include the bundled cohort.",
  },
  "consent-limit-reached": {
    meaning: "The speaker has 50 consents, the most that are kept for one speaker.",
    remedy: "Erase the speaker and enroll it again, or don't record a consent for every use.",
  },
  "consent-not-found": {
    meaning: "The speaker has no consent with this ID.",
    remedy: "Use an ID that `GET /speakers/{id}/consents` lists.",
  },
  "consent-required": {
    meaning:
      "No consent of the person allows this. Either the registry enrolls only with `consent`, or it needs a " +
      "recorded consent for this purpose, or the person has withdrawn it.",
    remedy:
      "Obtain the person's consent. Send `consent` with the enrollment, or record it with " +
      "`POST /speakers/{id}/consents`.",
  },
  "decision-not-found": {
    meaning: "No decision with this ID is stored. Decisions are kept for 90 days by default.",
    remedy: "Use an ID that `GET /decisions` lists.",
  },
  "file-changed": {
    meaning: "The file at a URI was replaced or deleted while a job was reading it.",
    remedy: "Leave the file as it is until the job is done, and start the job again.",
  },
  "file-not-allowed": {
    meaning:
      "Jobs read files by URI only under the prefixes that the operator of the service allows, and links " +
      "don't lead out of them.",
    remedy:
      "Move the file under an allowed prefix, or ask the operator to add its prefix to " +
      "`VOICEROLL_FILE_PREFIXES`.",
  },
  "file-not-found": {
    meaning:
      "There is no file at this URI, or the service may not read it: S3 doesn't always tell which. An " +
      "archived object can't be read either.",
    remedy: "Check the URI, which is case-sensitive, and the permissions of the file or the bucket.",
  },
  "file-too-large": {
    meaning: "A file at a URI can have at most 256 MiB.",
    remedy: "Split the file, or store its audio in a compressed format.",
  },
  "group-not-found": {
    meaning: "No group with this ID exists in this registry.",
    remedy: "Use an ID that `GET /groups` lists, or create the group with `PUT /groups/{id}`.",
  },
  "job-not-found": {
    meaning: "No job with this ID exists in this registry. Jobs are deleted after 30 days.",
    remedy: "Use an ID that `GET /jobs` lists.",
  },
  "key-not-found": {
    meaning: "No API key with this ID exists in this registry.",
    remedy: "Use an ID that `GET /keys` lists (`key_...`), not the key itself (`vr_...`).",
  },
  "model-mismatch": {
    meaning:
      "The speaker's voiceprint, or the embedding that the request sent, was made with another model. Vectors of " +
      "two models can't be compared, so there is no score.",
    remedy:
      "For a voiceprint, run `voiceroll models reembed` if the recordings are stored; otherwise reset the speaker " +
      "and enroll again. For an embedding, embed the recording again with `POST /embeddings`.",
  },
  "speaker-exists": {
    meaning: "A speaker with this ID already exists in this registry.",
    remedy: "Choose another ID, or change the existing speaker with `PATCH /speakers/{id}`.",
  },
  "speaker-expired": {
    meaning: "The speaker's retention has ended, and the next sweep will erase the speaker.",
    remedy: "Erase the speaker with `DELETE /speakers/{id}` before you enroll it again.",
  },
  "speaker-not-enrolled": {
    meaning: "The speaker exists but has no clips, so there is no voiceprint to compare with.",
    remedy: "Enroll at least one clip with `POST /speakers/{id}/enroll`.",
  },
  "speaker-not-found": {
    meaning:
      "No speaker with this ID exists in this registry. Speakers that were erased or have expired, and " +
      "those of other registries, get the same reply.",
    remedy: "Check the ID, which is case-sensitive, and enroll the speaker if it is new.",
  },
  "speaker-opted-out": {
    meaning: "The person has opted out, so the service neither enrolls nor compares the voice.",
    remedy: "Respect the choice; if the person withdraws it, lift it with `DELETE /speakers/{id}/opt-out`.",
  },
  "too-few-trials": {
    meaning: "The clips allow too few comparisons to measure error rates reliably.",
    remedy:
      "Enroll as many more speakers as `detail` says, with at least two clips each, and calibrate again.",
  },
  "upload-changed": {
    meaning: "The uploaded file was replaced while the service was reading it.",
    remedy: "Send the request again when no other program writes to the upload.",
  },
  "upload-checksum-mismatch": {
    meaning: "The uploaded file doesn't have the size or the SHA-256 checksum that was announced for it.",
    remedy: "Create a new upload with the values of the file, and send the file again.",
  },
  "upload-consumed": {
    meaning:
      "The upload has already been used or is being used by another request. An upload can be used once, " +
      "and one that is enrolled on arrival can't be used otherwise.",
    remedy: "Create a new upload and send the file again.",
  },
  "upload-expired": {
    meaning: "The upload expired before the file arrived.",
    remedy: "Create a new upload and send the file before its `expiresAt`.",
  },
  "upload-incomplete": {
    meaning: "The upload was created, but its file hasn't arrived yet.",
    remedy: "Send the file to the upload's URL first, then repeat the request.",
  },
  "upload-not-found": {
    meaning: "No upload with this ID exists in this registry. Uploads are deleted after a day.",
    remedy: "Create a new upload and send the file again.",
  },
  "webhook-limit-reached": {
    meaning: "The registry has 10 webhooks, the most that it can have.",
    remedy: "Delete a webhook that you no longer need, or send the events of several from your own server.",
  },
  "webhook-not-found": {
    meaning: "No webhook with this ID exists in this registry.",
    remedy: "Use an ID that `GET /webhooks` lists (`whk_...`).",
  },
  "version-mismatch": {
    meaning:
      "Another request has changed the speaker since you read it, so `If-Match` doesn't match. Nothing " +
      "was changed.",
    remedy: "Read the speaker again, and repeat the change with the new `ETag` in `If-Match`.",
  },
} as const satisfies Partial<Record<Slug, Help>>;

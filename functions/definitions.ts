import {
  activateCalibrationDefinition,
  calibrateDefinition,
  listCalibrationsDefinition,
  readCalibrationDefinition,
} from "./routes/calibrations.ts";
import { deleteClipDefinition, listClipsDefinition } from "./routes/clips.ts";
import {
  activateCohortDefinition,
  buildCohortDefinition,
  listCohortsDefinition,
  readCohortDefinition,
} from "./routes/cohorts.ts";
import { compareDefinition } from "./routes/compare.ts";
import { readDecisionDefinition } from "./routes/decisions.ts";
import { enrollDefinition } from "./routes/enroll.ts";
import { eraseSpeakerDefinition, optOutDefinition, resetSpeakerDefinition } from "./routes/erase-speaker.ts";
import {
  putGroupDefinition,
  putMembersDefinition,
  readGroupDefinition,
  readMembersDefinition,
} from "./routes/groups.ts";
import { healthDefinition, readyDefinition } from "./routes/health.ts";
import { identifyDefinition } from "./routes/identify.ts";
import { readJobDefinition, startJobDefinition } from "./routes/jobs.ts";
import { listSpeakersDefinition, readSpeakerDefinition } from "./routes/speakers.ts";
import { updateSpeakerDefinition } from "./routes/update-speaker.ts";
import { openUploadDefinition, readUploadDefinition } from "./routes/uploads.ts";
import { verifyDefinition } from "./routes/verify.ts";

/** Every route that OpenAPI describes, in the order it shows them. */
export const definitions = [
  enrollDefinition,
  listSpeakersDefinition,
  readSpeakerDefinition,
  updateSpeakerDefinition,
  eraseSpeakerDefinition,
  listClipsDefinition,
  deleteClipDefinition,
  resetSpeakerDefinition,
  optOutDefinition,
  verifyDefinition,
  identifyDefinition,
  compareDefinition,
  readDecisionDefinition,
  readGroupDefinition,
  putGroupDefinition,
  readMembersDefinition,
  putMembersDefinition,
  calibrateDefinition,
  buildCohortDefinition,
  listCohortsDefinition,
  activateCohortDefinition,
  readCohortDefinition,
  listCalibrationsDefinition,
  activateCalibrationDefinition,
  readCalibrationDefinition,
  openUploadDefinition,
  readUploadDefinition,
  startJobDefinition,
  readJobDefinition,
  healthDefinition,
  readyDefinition,
] as const;

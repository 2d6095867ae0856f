import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { holdIn } from "./hold.ts";
import { lambdaServices } from "./lambda-services.ts";
import { uploadWorker } from "./upload-events.ts";
import { lambdaLog } from "./worker-log.ts";

const { uploadQueueUrl } = lambdaEnvironment(process.env);
if (uploadQueueUrl === undefined)
  throw new Error("voiceroll: set VOICEROLL_UPLOAD_QUEUE_URL in the environment. See docs/operate.md.");

export const handler = uploadWorker(await lambdaServices(process.env), {
  log: lambdaLog(process.env),
  hold: holdIn(uploadQueueUrl),
});

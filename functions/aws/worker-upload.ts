import { lambdaServices } from "./lambda-services.ts";
import { uploadWorker } from "./upload-events.ts";
import { lambdaLog } from "./worker-log.ts";

export const handler = uploadWorker(await lambdaServices(process.env), { log: lambdaLog(process.env) });

import { lambdaServices, writeLog } from "./lambda-services.ts";
import { uploadWorker } from "./upload-events.ts";

export const handler = uploadWorker(await lambdaServices(process.env), { log: writeLog });

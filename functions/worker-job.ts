import { choreWorker } from "./chore-events.ts";
import { lambdaServices, writeLog } from "./lambda-services.ts";

export const handler = choreWorker(await lambdaServices(process.env), { log: writeLog });

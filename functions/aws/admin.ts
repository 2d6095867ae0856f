import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { bundleStandIn } from "../../lib/adapters/model/no-model.ts";
import { AppError } from "../../lib/error.ts";
import { type AdminReply, answerAdmin } from "./admin-request.ts";
import { lambdaLog } from "./worker-log.ts";

// Keys need no network.
const noModel = bundleStandIn(new AppError("model-unavailable", "The admin function has no model."));
const services = awsServices({ ...lambdaEnvironment(process.env), ...noModel });
const log = lambdaLog(process.env);

/**
 * Answers `aws lambda invoke` (docs/deploy.md). The reply of create-key contains the token, so it
 * isn't logged.
 */
export async function handler(event: unknown): Promise<AdminReply> {
  const reply = await answerAdmin(services, event);
  log({ event: "problem" in reply ? "admin.refused" : "admin.done" });
  return reply;
}

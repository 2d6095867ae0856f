/**
 * The API of functions/aws/lambda.ts on the embedded store in VOICEROLL_DATA, which tests the
 * bundle, the model and the event adapter without a table and a bucket. Writes the API key to the
 * file that VOICEROLL_TEST_KEY names.
 */
import { writeFileSync } from "node:fs";
import { lambdaHandler } from "../../functions/aws/lambda-app.ts";
import { localServices } from "../../lib/adapters/local/services.ts";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { SCOPES } from "../../lib/schema/key.ts";

const folder = process.env.VOICEROLL_MODEL;
const bundle = await openBundle({ workers: 0, ...(folder ? { folder } : {}) });
const services = localServices(process.env.VOICEROLL_DATA ?? "", bundle);
const { registryId } = await ensureRegistry(services, "test");
const { token } = await issueKey(services, { registryId, name: "test", scopes: SCOPES });
writeFileSync(process.env.VOICEROLL_TEST_KEY ?? "", token);

export const handler = lambdaHandler(services, {
  log: (entry) => process.stdout.write(`${JSON.stringify(entry)}\n`),
});

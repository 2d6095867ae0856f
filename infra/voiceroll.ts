import { ownNamespace } from "./alarm-list.ts";
import { alarms, dimensionsOf } from "./alarms.ts";
import { httpApi } from "./api.ts";
import { objectBucket } from "./bucket.ts";
import { dashboard } from "./dashboard.ts";
import { functions } from "./functions.ts";
import { withKept } from "./kept-settings.ts";
import { encryptionKey } from "./key.ts";
import { logMetrics } from "./log-metrics.ts";
import { announceUploads, workQueues } from "./queues.ts";
import { checkedFormer, checkedSecret, stageOf } from "./stage.ts";
import { readKept, storeKept } from "./stored-settings.ts";
import { dataTable } from "./table.ts";
import { workers } from "./workers.ts";

const NO_DEV =
  "`sst dev` can't run these functions: they are built folders with a native network, not sources. Use `npm start` " +
  "to work on the service, and `npm run deploy -- --stage dev` to try it on AWS.";

/** Creates all resources. Returns the outputs of the deployment, which docs/deploy.md describes. */
export async function voiceroll() {
  if ($dev) throw new Error(NO_DEV);
  const given = stageOf($app.stage, process.env);
  const stage = withKept(given, await readKept(given), given.change);
  storeKept(stage);
  const secret = new sst.Secret("VoicerollSecret").value.apply(checkedSecret);
  const formerSecrets = new sst.Secret("VoicerollFormerSecrets", "").value.apply(checkedFormer);
  const key = encryptionKey(stage);
  const stores = { table: dataTable(stage, key), bucket: objectBucket(stage, key), queues: workQueues() };
  const { table, bucket, queues } = stores;
  announceUploads(bucket, queues.uploads);
  const environment = {
    VOICEROLL_TABLE: table.name,
    VOICEROLL_BUCKET: bucket.name,
    VOICEROLL_KMS_KEY_ID: key.arn,
    VOICEROLL_JOB_QUEUE_URL: queues.jobs.queue.url,
    VOICEROLL_UPLOAD_QUEUE_URL: queues.uploads.queue.url,
    VOICEROLL_SECRET: secret,
    VOICEROLL_FORMER_SECRETS: formerSecrets,
    ...(stage.model ? { VOICEROLL_MODEL: stage.model } : {}),
    ...(stage.eventBus ? { VOICEROLL_EVENT_BUS: stage.eventBus } : {}),
    ...(stage.filePrefixes.length > 0 ? { VOICEROLL_FILE_PREFIXES: stage.filePrefixes.join(",") } : {}),
    ...(stage.corsOrigins.length > 0 ? { CORS_ORIGINS: stage.corsOrigins.join(",") } : {}),
    ...(stage.candidateIndex ? { VOICEROLL_CANDIDATE_INDEX: stage.candidateIndex } : {}),
    ...(stage.candidateIndexFrom ? { VOICEROLL_CANDIDATE_INDEX_FROM: String(stage.candidateIndexFrom) } : {}),
    AWS_EMF_NAMESPACE: ownNamespace(stage.name),
  };
  const made = functions({ stage, key, environment }, stores);
  const http = httpApi(stage, made.api);
  workers(made, stores);
  const dimensions = dimensionsOf(http, made, stores);
  logMetrics(stage, made);
  const topic = alarms(stage, dimensions);
  dashboard(stage, dimensions);
  return {
    url: http.url,
    // For DNS that is elsewhere: the target of the domain's CNAME record.
    ...(stage.domain?.certificate
      ? { domainTarget: http.nodes.domainName.domainNameConfiguration.targetDomainName }
      : {}),
    table: table.name,
    bucket: bucket.name,
    kmsKey: key.arn,
    uploadQueue: queues.uploads.queue.url,
    jobQueue: queues.jobs.queue.url,
    alarmTopic: topic.arn,
    // infra/build/create-candidate-index.ts reads these.
    ...(stage.candidateIndex ? { candidateIndex: stage.candidateIndex, model: stage.model ?? "" } : {}),
    // Whoever may invoke this function can create keys. It needs no secret on the caller's machine.
    firstKey: $concat(
      $interpolate`aws lambda invoke --function-name ${made.admin.lambda.name} `,
      "--cli-binary-format raw-in-base64-out ",
      `--payload '{"do":"create-key"}' /dev/stdout`,
    ),
    // Leave the secret out: SST prints outputs and keeps them in a file.
    commandLine: $concat(
      $interpolate`VOICEROLL_TABLE=${table.name} VOICEROLL_BUCKET=${bucket.name} `,
      $interpolate`VOICEROLL_KMS_KEY_ID=${key.arn} VOICEROLL_JOB_QUEUE_URL=${queues.jobs.queue.url} `,
      // Commands change speakers, too, and their events go to the bus.
      stage.eventBus ? `VOICEROLL_EVENT_BUS=${stage.eventBus} ` : "",
      stage.candidateIndex ? `VOICEROLL_CANDIDATE_INDEX=${stage.candidateIndex} ` : "",
      'VOICEROLL_FORMER_SECRETS="$VOICEROLL_FORMER_SECRETS" ',
      'VOICEROLL_SECRET="$VOICEROLL_SECRET" npx voiceroll',
    ),
  };
}

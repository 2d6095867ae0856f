import { ALARMS, type Alarm, OUR_EVENTS, ownNamespace, type Subject } from "./alarm-list.ts";
import type { Made } from "./function.ts";
import type { Functions, Stores } from "./functions.ts";
import type { Stage } from "./stage.ts";

export type Dimensions = Readonly<Record<Subject, Record<string, $util.Input<string>>>>;

/** Returns the CloudWatch dimensions of each subject. */
export function dimensionsOf(
  http: sst.aws.ApiGatewayV2,
  made: Functions,
  { table, queues }: Stores,
): Dimensions {
  const lambda = ({ lambda }: Made) => ({ FunctionName: lambda.name });
  const ourEvents = Object.fromEntries(OUR_EVENTS.map((Event) => [Event, { Event }])) as Record<
    (typeof OUR_EVENTS)[number],
    { Event: string }
  >;
  const queue = (one: sst.aws.Queue) => ({ QueueName: one.nodes.queue.name });
  return {
    Http: { ApiId: http.nodes.api.id },
    Table: { TableName: table.name },
    Ours: {},
    ...ourEvents,
    Api: lambda(made.api),
    UploadWorker: lambda(made.uploadWorker),
    JobWorker: lambda(made.jobWorker),
    Sweeper: lambda(made.sweeper),
    GalleryBuilder: lambda(made.galleryBuilder),
    Admin: lambda(made.admin),
    UploadQueue: queue(queues.uploads.queue),
    UploadDead: queue(queues.uploads.dead),
    JobQueue: queue(queues.jobs.queue),
    JobDead: queue(queues.jobs.dead),
    GalleryDead: queue(queues.galleryDead),
    SweepDead: queue(queues.sweepDead),
  };
}

/**
 * Creates every alarm of the list and the topic that they notify. With an address set, the topic
 * also sends email.
 */
export function alarms(stage: Stage, dimensions: Dimensions): sst.aws.SnsTopic {
  const topic = new sst.aws.SnsTopic("Alarms");
  if (stage.alarmEmail)
    new aws.sns.TopicSubscription("AlarmsMail", {
      topic: topic.arn,
      protocol: "email",
      endpoint: stage.alarmEmail,
    });
  if (stage.monthlyBudget) budget(stage, stage.monthlyBudget);
  for (const one of ALARMS) metricAlarm(stage, one, dimensions[one.subject], topic);
  return topic;
}

/**
 * Tells the alarm address when the account's costs of a month exceed the budget or are forecast to.
 */
function budget({ name, alarmEmail }: Stage, dollars: number): void {
  if (!alarmEmail)
    throw new RangeError("VOICEROLL_MONTHLY_BUDGET needs VOICEROLL_ALARM_EMAIL: the address to tell.");
  new aws.budgets.Budget("MonthlyBudget", {
    name: `voiceroll-${name}`,
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(dollars),
    limitUnit: "USD",
    notifications: (["ACTUAL", "FORECASTED"] as const).map((notificationType) => ({
      notificationType,
      comparisonOperator: "GREATER_THAN",
      threshold: 100,
      thresholdType: "PERCENTAGE",
      subscriberEmailAddresses: [alarmEmail],
    })),
  });
}

function metricAlarm(
  stage: Stage,
  one: Alarm,
  dimensions: Record<string, $util.Input<string>>,
  topic: sst.aws.SnsTopic,
): void {
  const percentile = one.statistic === "p99";
  new aws.cloudwatch.MetricAlarm(`Alarm${one.name}`, {
    name: `voiceroll-${stage.name}-${one.name}`,
    alarmDescription: `docs/runbook.md, "${one.section}"`,
    namespace: one.namespace ?? ownNamespace(stage.name),
    metricName: one.metric,
    dimensions,
    ...(percentile ? { extendedStatistic: one.statistic } : { statistic: one.statistic }),
    period: one.periodSeconds,
    evaluationPeriods: one.periods,
    comparisonOperator: one.missing ? "LessThanThreshold" : "GreaterThanThreshold",
    threshold: one.missing ? 1 : one.above,
    treatMissingData: one.missing ? "breaching" : "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ALARMS, DEAD_LETTERS, FUNCTIONS } from "../../infra/alarm-list.ts";
import { ROOT } from "./platform.ts";
import { type Deployment, ofType, one, type Resource } from "./resources.ts";
import { at, holds, type Rule } from "./rule.ts";

const alarms = (d: Deployment): Resource[] => ofType(d, "cloudwatch/metricAlarm");

/** The dimensions of all alarms on a metric, as text. */
const watched = (d: Deployment, metric: string): string =>
  alarms(d)
    .filter(({ inputs }) => inputs.metricName === metric)
    .map(({ inputs }) => JSON.stringify(inputs.dimensions))
    .join();

const missing = (d: Deployment, metric: string, names: readonly string[]): string[] =>
  names.filter((name) => !watched(d, metric).includes(`-${name}`)).map((name) => `no alarm for ${name}`);

const workerSources = (): string => {
  const folder = join(ROOT, "functions/aws");
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
};

export const ALARM_RULES: readonly Rule[] = [
  holds("creates exactly the alarms of the list", (d) => {
    const made = alarms(d).map(({ inputs }) => inputs.name);
    const listed = ALARMS.map(({ name }) => `voiceroll-production-${name}`);
    return [
      ...listed.filter((name) => !made.includes(name)),
      ...made.filter((name) => !listed.includes(String(name))),
    ].map(String);
  }),
  holds("every dead-letter queue has an alarm", (d) => {
    const queues = ofType(d, "sqs/queue").filter(({ name }) => name.endsWith("DeadQueue"));
    return [
      ...(queues.length === DEAD_LETTERS.length ? [] : [`${queues.length} dead-letter queues`]),
      ...missing(d, "ApproximateNumberOfMessagesVisible", DEAD_LETTERS),
    ];
  }),
  holds("every function has alarms for errors and throttles", (d) => [
    ...missing(d, "Errors", FUNCTIONS),
    ...missing(d, "Throttles", FUNCTIONS),
  ]),
  holds("every alarm watches an existing resource, or an event that a worker logs", (d) => {
    const watching = ["cloudwatch/metricAlarm", "cloudwatch/dashboard"];
    const names = JSON.stringify(d.resources.filter(({ type }) => !watching.includes(type)));
    return alarms(d).flatMap(({ name, inputs }) =>
      Object.entries((inputs.dimensions ?? {}) as Record<string, string>)
        .filter(([dimension, value]) =>
          dimension === "Event" ? !workerSources().includes(`event: "${value}"`) : !names.includes(value),
        )
        .map(([, value]) => `${name} watches ${value}`),
    );
  }),
  holds("every alarm notifies the topic when it fires and when it clears", (d) => {
    const topic = one(d, "sns/topic").inputs.name;
    return alarms(d)
      .filter(
        (each) =>
          ![at(each, "alarmActions"), at(each, "okActions")].every((list) =>
            String(list).includes(String(topic)),
          ),
      )
      .map(({ name }) => name);
  }),
  holds("the topic sends email to the configured address", (d) =>
    one(d, "sns/topicSubscription").inputs.endpoint === "ops@example.com"
      ? []
      : ["the subscription has another endpoint"],
  ),
  holds("the address is told when the month's costs are forecast to exceed the budget", (d) => {
    const { limitAmount, limitUnit, notifications } = one(d, "budgets/budget").inputs;
    const told = (notifications as { notificationType: string; subscriberEmailAddresses: string[] }[])
      .filter(({ subscriberEmailAddresses }) => subscriberEmailAddresses.join() === "ops@example.com")
      .map(({ notificationType }) => notificationType);
    const found = [limitAmount, limitUnit, ...told].join();
    return found === "200,USD,ACTUAL,FORECASTED" ? [] : [found];
  }),
  holds("every function's log is filtered for errors of the key", (d) => {
    const counted = ofType(d, "cloudwatch/logMetricFilter").filter(
      (each) => at(each, "metricTransformation.name") === "KeyErrors",
    ).length;
    return counted === FUNCTIONS.length ? [] : [`${counted} functions have the filter`];
  }),
  holds("the dashboard is valid JSON with all its panels", (d) => {
    const { widgets } = JSON.parse(String(one(d, "cloudwatch/dashboard").inputs.dashboardBody));
    return widgets.length >= 8 ? [] : [`${widgets.length} panels`];
  }),
];

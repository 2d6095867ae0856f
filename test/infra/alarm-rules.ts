import { ALARMS, DEAD_LETTERS, FUNCTIONS } from "../../infra/alarm-list.ts";
import { type Deployment, ofType, one, type Resource } from "./resources.ts";
import { at, holds, type Rule } from "./rule.ts";

const alarms = (d: Deployment): Resource[] => ofType(d, "cloudwatch/metricAlarm");

/** Names of what an alarm on this metric watches. */
const watched = (d: Deployment, metric: string): string =>
  alarms(d)
    .filter(({ inputs }) => inputs.metricName === metric)
    .map(({ inputs }) => JSON.stringify(inputs.dimensions))
    .join();

const missing = (d: Deployment, metric: string, names: readonly string[]): string[] =>
  names.filter((name) => !watched(d, metric).includes(`-${name}`)).map((name) => `none for ${name}`);

export const ALARM_RULES: readonly Rule[] = [
  holds("every alarm of the list is made, and no other", (d) => {
    const made = alarms(d).map(({ inputs }) => inputs.name);
    const listed = ALARMS.map(({ name }) => `voiceroll-production-${name}`);
    return [
      ...listed.filter((name) => !made.includes(name)),
      ...made.filter((name) => !listed.includes(String(name))),
    ].map(String);
  }),
  holds("one for every queue of dead letters", (d) => {
    const queues = ofType(d, "sqs/queue").filter(({ name }) => name.endsWith("DeadQueue"));
    return [
      ...(queues.length === DEAD_LETTERS.length ? [] : [`${queues.length} queues of dead letters`]),
      ...missing(d, "ApproximateNumberOfMessagesVisible", DEAD_LETTERS),
    ];
  }),
  holds("errors and throttles of every function", (d) => [
    ...missing(d, "Errors", FUNCTIONS),
    ...missing(d, "Throttles", FUNCTIONS),
  ]),
  holds("what the metric alarms watch exists", (d) => {
    const names = JSON.stringify(d.resources);
    return alarms(d).flatMap(({ name, inputs }) =>
      Object.values((inputs.dimensions ?? {}) as Record<string, string>)
        .filter((value) => !names.includes(value))
        .map((value) => `${name} watches ${value}`),
    );
  }),
  holds("each tells the topic, when it comes and when it goes", (d) => {
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
  holds("the topic mails whom the operator named", (d) =>
    one(d, "sns/topicSubscription").inputs.endpoint === "ops@example.com" ? [] : ["it does not"],
  ),
  holds("a refusal of the key is counted from every function's log", (d) => {
    const counted = ofType(d, "cloudwatch/logMetricFilter").filter(
      (each) => at(each, "metricTransformation.name") === "KeyErrors",
    ).length;
    return counted === FUNCTIONS.length ? [] : [`${counted} count refusals`];
  }),
  holds("the dashboard parses and names existing metrics' owners", (d) => {
    const { widgets } = JSON.parse(String(one(d, "cloudwatch/dashboard").inputs.dashboardBody));
    return widgets.length >= 8 ? [] : [`${widgets.length} panels`];
  }),
];

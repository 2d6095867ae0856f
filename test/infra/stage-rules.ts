import { ofType } from "./resources.ts";
import { all, holds, type Rule } from "./rule.ts";

/** A stage that is not production and of which the operator set nothing. */
export const DEVELOPMENT_RULES: readonly Rule[] = [
  holds("it can be removed without a trace", ({ app, resources }) => [
    ...(app.removal === "remove" && !app.protect ? [] : [`removal ${app.removal}, protect ${app.protect}`]),
    ...resources.filter(({ retainOnDelete, protect }) => retainOnDelete || protect).map(({ name }) => name),
  ]),
  all("its table can be deleted and its bucket emptied", (d) => ofType(d, "dynamodb/table"), {
    deletionProtectionEnabled: false,
  }),
  all("its logs end after two weeks", (d) => ofType(d, "cloudwatch/logGroup"), { retentionInDays: 14 }),
  holds("no page of any origin reaches the bucket", (d) =>
    ofType(d, "s3/bucketCorsConfiguration").map(({ name }) => name),
  ),
  holds("nobody is mailed", (d) => ofType(d, "sns/topicSubscription").map(({ name }) => name)),
  all("it takes nothing from the account's concurrency", (d) => ofType(d, "lambda/function"), {
    reservedConcurrentExecutions: undefined,
    tracingConfig: { mode: "PassThrough" },
  }),
];

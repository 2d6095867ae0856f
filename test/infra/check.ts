/**
 * `npm run check:infra`: runs SST's components without AWS and without Pulumi's engine, and checks
 * the resources that they request. `--update` rewrites infra/snapshot.json.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ALARM_RULES } from "./alarm-rules.ts";
import { FUNCTION_RULES } from "./function-rules.ts";
import { installPlatform, ROOT } from "./platform.ts";
import { POLICY_RULES, VECTOR_RULES } from "./policy-rules.ts";
import { QUEUE_RULES } from "./queue-rules.ts";
import { type Deployment, inAccount, resourcesOf } from "./resources.ts";
import type { Rule } from "./rule.ts";
import { differences, writeSnapshot } from "./snapshot.ts";
import { DEVELOPMENT_RULES, MOVED, MOVED_RULES } from "./stage-rules.ts";
import { STORAGE_RULES } from "./storage-rules.ts";

const RULES = [...STORAGE_RULES, ...POLICY_RULES, ...FUNCTION_RULES, ...QUEUE_RULES, ...ALARM_RULES];
/** Every setting that an operator can make. */
const OPERATOR = {
  VOICEROLL_CORS_ORIGINS: "https://app.example.com",
  VOICEROLL_FILE_PREFIXES: "s3://recordings/calls/,s3://archive/",
  VOICEROLL_EVENT_BUS: "arn:aws:events:eu-central-1:123456789012:event-bus/app",
  VOICEROLL_CANDIDATE_INDEX: "dynamodb",
  VOICEROLL_ALARM_EMAIL: "ops@example.com",
  VOICEROLL_API_CONCURRENCY: "50",
  VOICEROLL_MONTHLY_BUDGET: "200",
  VOICEROLL_XRAY: "1",
  VOICEROLL_DOMAIN: "voice.example.com",
  VOICEROLL_CERTIFICATE: "arn:aws:acm:eu-central-1:123456789012:certificate/0",
};

const start = performance.now();
const print = (line: string): void =>
  console.log(`[${((performance.now() - start) / 1000).toFixed(0)} s] ${line}`);
let failed = 0;

installPlatform(print);
print("types of sst.config.ts and infra/");
types();
print("production, under mocks");
const production = await resourcesOf("production", OPERATOR);
print(`${inAccount(production).length} resources; ${RULES.length} rules`);
checkRules(RULES, production);
print("dev, under mocks");
checkRules(DEVELOPMENT_RULES, await resourcesOf("dev", {}));
print("production on a restored table, under mocks");
checkRules(MOVED_RULES, await resourcesOf("production", { ...OPERATOR, ...MOVED }));
print("production with S3 Vectors, under mocks");
checkRules(
  VECTOR_RULES,
  await resourcesOf("production", { ...OPERATOR, VOICEROLL_CANDIDATE_INDEX: "s3vectors:voices" }),
);
print("a stage that has stored settings");
const kept = { CHECK_STORED: JSON.stringify({ existingTable: "restored", model: "./models/other" }) };
checkRules(MOVED_RULES, await resourcesOf("production", { ...OPERATOR, ...kept }));
await refuses(
  "deploy refuses another table than the stage's",
  { ...kept, VOICEROLL_EXISTING_TABLE: "older" },
  /VOICEROLL_EXISTING_TABLE is older, but the stage production uses restored\. Leave the variable out/,
);
await refuses("sst dev is refused, with a reason", { CHECK_DEV: "1" }, /`sst dev` can't run these functions/);
print("a bundle that was built with another model");
await refuses(
  "deploy refuses a bundle without the model of VOICEROLL_MODEL",
  { VOICEROLL_MODEL: "absent" },
  /models\/absent\/model\.json is missing\. Build it first/,
);
compare(inAccount(production));
print(failed === 0 ? "infra: all checks passed" : `infra: ${failed} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function refuses(title: string, env: Record<string, string>, sentence: RegExp): Promise<void> {
  const refused = await resourcesOf("production", { ...OPERATOR, ...env }).then(
    () => "",
    (error: { stderr?: Buffer }) => String(error.stderr),
  );
  const ok = sentence.test(refused);
  if (!ok) failed += 1;
  console.log(`  ${ok ? "ok   " : "FAIL "} ${title}`);
}

function types(): void {
  try {
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", join(ROOT, "infra")], { encoding: "utf8" });
  } catch (error) {
    failed += 1;
    console.log((error as { stdout: string }).stdout);
  }
}

function checkRules(rules: readonly Rule[], deployment: Deployment): void {
  for (const { title, violations } of rules) {
    const found = violations(deployment);
    if (found.length > 0) failed += 1;
    console.log(found.length === 0 ? `  ok    ${title}` : `  FAIL  ${title}`);
    for (const sentence of found) console.log(`          ${sentence}`);
  }
}

function compare(resources: Parameters<typeof differences>[0]): void {
  if (process.argv.includes("--update")) {
    writeSnapshot(resources);
    print("infra/snapshot.json rewritten");
    return;
  }
  const found = differences(resources);
  if (found.length === 0) {
    print("no difference from infra/snapshot.json");
    return;
  }
  failed += 1;
  console.log(
    "  FAIL  the resources differ from infra/snapshot.json. To accept them: npm run check:infra -- --update",
  );
  for (const line of found) console.log(`          ${line}`);
}

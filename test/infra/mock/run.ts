/**
 * Runs sst.config.ts with SST's components and writes every resource that they register with
 * Pulumi's engine. test/infra/resources.ts bundles this file into the platform's folder, as the sst
 * command does with a configuration.
 */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import "./globals.ts";
import { run } from "#platform/auto/run";
import config from "../../../sst.config.ts";
import { answered, made } from "./aws.ts";

type Kept = { protect?: boolean; retainOnDelete?: boolean };
type Resource = { type: string; name: string; inputs: Record<string, unknown> };
const resources: Resource[] = [];
/** Options that go to the engine, not to the provider. */
const kept = new Map<string, Kept>();

await runtime.setMocks(
  {
    newResource(args) {
      resources.push({ type: args.type, name: args.name, inputs: args.inputs });
      return made(args);
    },
    call: answered,
  },
  "voiceroll",
  $app.stage,
);

/** The sst command's replies: the path of a function's folder, and the bucket for deployments. */
const ANSWERS: Record<string, (params: { handler: string; bundle: string }) => unknown> = {
  "Runtime.Build": ({ handler, bundle }) => ({
    handler,
    out: join(process.env.CHECK_BUILT as string, basename(bundle)),
    errors: [],
    sourcemaps: [],
  }),
  "Provider.Aws.Bootstrap": () => ({ asset: "sst-asset" }),
};

const rpc = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, params } = JSON.parse(Buffer.concat(chunks).toString());
  const answer = ANSWERS[method];
  response.end(JSON.stringify(answer ? { result: answer(params[0]) } : { error: `no answer to ${method}` }));
});
await new Promise<void>((resolve) => rpc.listen(0, "127.0.0.1", resolve));
process.env.SST_SERVER = `http://127.0.0.1:${(rpc.address() as AddressInfo).port}`;

let outputs: Record<string, unknown> = {};
await runtime.runInPulumiStack(async () => {
  outputs = await run(async () => {
    runtime.registerStackTransformation(({ type, name, opts }) => {
      const { protect, retainOnDelete } = opts as Kept;
      kept.set(`${type} ${name}`, { ...(protect && { protect }), ...(retainOnDelete && { retainOnDelete }) });
      return undefined;
    });
    return config.run() as Promise<Record<string, unknown>>;
  });
});
await runtime.disconnect();
const plain = await resolved(outputs);
rpc.close();
const app = await config.app({ stage: $app.stage } as Parameters<typeof config.app>[0]);
writeFileSync(
  process.env.CHECK_RESULT as string,
  JSON.stringify({
    app,
    outputs: plain,
    resources: resources.map((one) => ({ ...one, ...kept.get(`${one.type} ${one.name}`) })),
  }),
);

async function resolved(outputs: Record<string, unknown>): Promise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(outputs))
    result[name] = await (value instanceof Object && "promise" in value
      ? (value as { promise(): Promise<unknown> }).promise()
      : value);
  return result;
}

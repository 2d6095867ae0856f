/**
 * Works like Lambda's Node runtime: imports the handler, takes one invocation at a time, replies.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { pathToFileURL } from "node:url";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = (path, value) =>
  fetch(`${api}/${path}`, { method: "POST", body: JSON.stringify(value ?? null) });
const failure = (error) => ({
  errorType: error.name,
  errorMessage: error.message,
  stackTrace: [error.stack],
});

const [file, name] = process.env._HANDLER.split(".");
const handler = await import(pathToFileURL(`${process.env.LAMBDA_TASK_ROOT}/${file}.mjs`).href)
  .then((module) => module[name])
  .catch(async (error) => {
    await post("init/error", failure(error));
    process.exit(1);
  });

while (true) {
  const next = await fetch(`${api}/invocation/next`);
  const awsRequestId = next.headers.get("Lambda-Runtime-Aws-Request-Id");
  const deadline = Number(next.headers.get("Lambda-Runtime-Deadline-Ms"));
  const context = { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    await post(`invocation/${awsRequestId}/response`, await handler(await next.json(), context));
  } catch (error) {
    await post(`invocation/${awsRequestId}/error`, failure(error));
  }
}

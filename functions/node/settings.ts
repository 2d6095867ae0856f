import * as z from "zod";
import { CorsOrigins, FilePrefixes, setVariables } from "../../lib/schema/variables.ts";
import { DEFAULT_CONNECTIONS } from "./connections.ts";
import { parsePublicUrl } from "./public-url.ts";

const PORT = "isn't a port. Set it to a number from 0 to 65535.";
const WHOLE = "isn't a whole number above 0.";
const PUBLIC_URL = "isn't an HTTP URL. Set it to one such as https://voice.example.com.";

const whole = (byDefault: number) => z.coerce.number(WHOLE).int(WHOLE).min(1, WHOLE).default(byDefault);

/** The environment variables of your own server. docs/operate.md lists them from these texts. */
export const ServerSettings = z.object({
  VOICEROLL_STORE: z
    .enum(["local", "aws"], "must be local or aws.")
    .default("local")
    .describe(
      "`local`: SQLite and files in `VOICEROLL_DATA`. `aws`: DynamoDB, S3 and SQS, with the variables of the next " +
        "table. The server then also works on the messages of the job queue.",
    ),
  VOICEROLL_DATA: z
    .string()
    .default("./data")
    .describe(
      "The folder of the store, the secret, the models and the first API key (`api-key`). With the store `aws`, " +
        "only the key.",
    ),
  HOST: z
    .string()
    .default("127.0.0.1")
    .describe(
      "The address to listen on. `127.0.0.1` accepts connections from this machine only, `0.0.0.0` from everywhere.",
    ),
  PORT: z.coerce
    .number(PORT)
    .int(PORT)
    .min(0, PORT)
    .max(65_535, PORT)
    .default(7999)
    .describe("The port. 0 chooses a free one."),
  PUBLIC_URL: z
    .string()
    .transform((text, context) => {
      const url = parsePublicUrl(text);
      if (url === undefined) context.addIssue({ code: "custom", message: PUBLIC_URL });
      return url ?? z.NEVER;
    })
    .optional()
    .describe(
      "The URL at which clients reach the server, for the URLs of upload forms. Without it: the address it listens on.",
    ),
  TRUST_PROXY: z
    .enum(["0", "1"], "must be 1 or 0.")
    .default("0")
    .describe(
      "`1`: the proxy in front of the server is trusted. Its `Forwarded`, `X-Forwarded-For`, `X-Forwarded-Proto` " +
        "and `X-Forwarded-Host` headers give the client's address for the log and, without `PUBLIC_URL`, the " +
        "server's URL. The `Host` header never does.",
    ),
  CORS_ORIGINS: CorsOrigins.describe(
    "The origins of web pages that may call the API from a browser, separated by commas, or `*` for all. Without " +
      "it, no page of another origin may.",
  ),
  WEBHOOK_PRIVATE_ADDRESSES: z
    .enum(["0", "1"], "must be 1 or 0.")
    .default("0")
    .describe(
      "`1`: webhooks may have private addresses and http:// URLs, in a network of your own. Otherwise events are " +
        "posted to public addresses by https:// only, so that a key can't reach your internal services.",
    ),
  VOICEROLL_FILE_PREFIXES: FilePrefixes,
  MAX_CONNECTIONS: whole(DEFAULT_CONNECTIONS.total).describe("The most open connections in total."),
  MAX_CONNECTIONS_PER_ADDRESS: whole(DEFAULT_CONNECTIONS.perAddress).describe(
    "The most open connections from one address. Raise it behind a proxy, because all clients then share one address.",
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url("isn't a URL. Set it to one such as http://collector:4318.")
    .optional()
    .describe(
      "The OpenTelemetry collector to which the server sends its metrics and traces, by OTLP over HTTP. " +
        "OpenTelemetry's other `OTEL_EXPORTER_OTLP_*` variables, `OTEL_SERVICE_NAME` and " +
        "`OTEL_RESOURCE_ATTRIBUTES` also apply. Without this variable and the next two, nothing is sent.",
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z
    .url("isn't a URL. Set it to one such as http://collector:4318/v1/traces.")
    .optional()
    .describe("The URL to which traces are sent instead. Alone: only traces are sent."),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: z
    .url("isn't a URL. Set it to one such as http://collector:4318/v1/metrics.")
    .optional()
    .describe("The URL to which metrics are sent instead. Alone: only metrics are sent."),
  OTEL_METRIC_EXPORT_INTERVAL: whole(60_000).describe(
    "The time between two exports of metrics, in milliseconds.",
  ),
});
export type ServerSettings = z.output<typeof ServerSettings>;

/** Returns the settings, or one sentence for each invalid variable. An empty variable isn't set. */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
): { settings: ServerSettings } | { problems: readonly string[] } {
  const given = setVariables(env);
  const { data, error } = ServerSettings.safeParse(given);
  if (data) return { settings: data };
  return {
    problems: error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name} ${given[name]} ${message}`;
    }),
  };
}

import { lookup as resolve } from "node:dns";
import { type ClientRequest, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Sent, WebhookSender } from "../../ports/webhook.ts";
import { isPublicAddress } from "./public-address.ts";

const USUAL_TIMEOUT_MS = 10_000;
/** The rest of a reply isn't read. */
const MOST_REPLY_BYTES = 16_384;
const MOST_URL_LENGTH = 2048;

/**
 * Posts by HTTPS to public addresses.
 *
 * allowPrivate  also by HTTP, and to every address: for tests and for a network of your own
 * timeoutMs     for an attempt, from the name's resolution to the end of the reply
 */
export function webhookSender({
  allowPrivate,
  timeoutMs = USUAL_TIMEOUT_MS,
}: {
  allowPrivate: boolean;
  timeoutMs?: number;
}): WebhookSender {
  return {
    refusal: (text) => refusalOf(text, allowPrivate),
    post(text, headers, body) {
      // The setting may have changed since the webhook was created.
      const refusal = refusalOf(text, allowPrivate);
      if (refusal !== undefined) return Promise.resolve({ failure: refusal });
      return posted(new URL(text), {
        headers,
        body,
        timeoutMs,
        lookup: allowPrivate ? undefined : publicLookup,
      });
    },
  };
}

function refusalOf(text: string, allowPrivate: boolean): string | undefined {
  if (text.length > MOST_URL_LENGTH) return `A URL can have at most ${MOST_URL_LENGTH} characters.`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !(url.protocol === "https:" || (allowPrivate && url.protocol === "http:")))
    return "Use a URL that starts with https://.";
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    return "A URL can't have a user name, a password or a fragment.";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(host) && !isPublicAddress(host)) return NOT_PUBLIC;
  return undefined;
}

const NOT_PUBLIC = "This address isn't public, so events aren't sent to it.";

/**
 * Resolves a host name to public addresses only. The connection is made to exactly the addresses
 * that were checked, so a name that resolves differently a moment later has no effect.
 */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "");
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(Object.assign(new Error(NOT_PUBLIC), { code: "ENOTPUBLIC" }), "");
    if (options.all) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};

function posted(
  url: URL,
  given: {
    headers: Readonly<Record<string, string>>;
    body: string;
    timeoutMs: number;
    lookup: LookupFunction | undefined;
  },
): Promise<Sent> {
  const { headers, body, timeoutMs, lookup } = given;
  return new Promise((done) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const sent: ClientRequest = request(url, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body), "user-agent": "voiceroll" },
      // A connection of its own, which no other destination uses.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(lookup ? { lookup } : {}),
    });
    sent.on("response", (response) => {
      const status = response.statusCode ?? 0;
      let left = MOST_REPLY_BYTES;
      const end = () => {
        done({ status });
        sent.destroy();
      };
      response.on("data", ({ length }: Buffer) => {
        left -= length;
        if (left < 0) end();
      });
      response.on("end", end);
      // The status counts, even if the rest of the reply doesn't arrive.
      response.on("error", end);
    });
    sent.on("error", (error) => done({ failure: failureOf(error) }));
    sent.end(body);
  });
}

/** A sentence without the addresses and certificates that an error can name. */
function failureOf(error: Error & { code?: string }): string {
  const { code = "", name } = error;
  if (code === "ENOTPUBLIC") return NOT_PUBLIC;
  if (name === "AbortError" || name === "TimeoutError") return "There was no reply in time.";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "The host name can't be resolved.";
  if (code === "ECONNREFUSED") return "The connection was refused.";
  if (/CERT|SELF_SIGNED|^ERR_TLS|UNABLE_TO/.test(code)) return "The TLS certificate isn't valid.";
  return "The connection failed.";
}

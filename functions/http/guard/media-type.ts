import type { MiddlewareHandler } from "hono";
import { isAudioType } from "../../../lib/audio/formats/formats.ts";
import { AppError } from "../../../lib/error.ts";
import type { BodyKind, Env } from "../env.ts";

/**
 * The bodies that a route accepts. "audio": raw audio, multipart or JSON. "clips": multipart or
 * JSON, because there are several clips. "fields": JSON. "empty": no body, or `{}`.
 */
export type Accepts = "audio" | "clips" | "fields" | "empty";

/** Whether requests to such a route are work for the embedding threads. */
export const takesAudio = (accepts: Accepts | undefined): boolean =>
  accepts === "audio" || accepts === "clips";

/** Returns a media type in lower case, without its parameters. */
export const essence = (type: string): string => type.replace(/;.*$/s, "").trim().toLowerCase();

export const negotiated =
  (accepts: Accepts): MiddlewareHandler<Env> =>
  async (c, next) => {
    const { body } = c.var;
    const encoding = c.req.header("Content-Encoding");
    if (encoding !== undefined && essence(encoding) !== "identity")
      throw new AppError("unsupported-content-encoding", "Send the body without a Content-Encoding.");
    if (body.length === 0 && accepts !== "empty")
      throw new AppError("empty-body", "This route needs a body, and the body is empty.");
    c.set("bodyKind", body.length === 0 ? "none" : kindOf(c.req.header("Content-Type") ?? "", accepts));
    if (!allowsJson(c.req.header("Accept")))
      throw new AppError("not-acceptable", "Replies are application/json. Allow that type in Accept.");
    await next();
  };

function kindOf(contentType: string, accepts: Accepts): BodyKind {
  const type = essence(contentType);
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? "utf-8";
  if (type === "application/json" && /^utf-?8$/i.test(charset)) return "json";
  const several = takesAudio(accepts);
  if (several && type === "multipart/form-data") return "multipart";
  if (accepts === "audio" && isAudioType(type)) return "raw";
  const others = several ? ", multipart/form-data" : "";
  const audio =
    accepts === "audio"
      ? ", or the audio itself as audio/*, video/*, application/ogg or application/octet-stream"
      : "";
  throw new AppError(
    "unsupported-media-type",
    `Send one of these types in Content-Type: application/json${others}${audio}.`,
  );
}

/** Implements RFC 9110, section 12.5.1. A range with q=0 excludes that type. */
function allowsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const excluded = parameters.some((one) => /^q=0(\.0*)?$/.test(one));
    return (
      !excluded && ["*/*", "application/*", "application/json", "application/problem+json"].includes(type)
    );
  });
}

/** Checks Accept for routes that read no body. */
export const acceptsJson: MiddlewareHandler<Env> = async (c, next) => {
  if (!allowsJson(c.req.header("Accept")))
    throw new AppError("not-acceptable", "Replies are application/json. Allow that type in Accept.");
  await next();
};

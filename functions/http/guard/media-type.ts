import type { MiddlewareHandler } from "hono";
import { acceptedMediaTypes } from "../../../lib/audio/formats/formats.ts";
import { AppError } from "../../../lib/error.ts";
import type { BodyKind, Env } from "../env.ts";

/** "audio": raw, multipart or JSON. "clips": several, so not raw. "fields": JSON only. "empty": nothing, or `{}`. */
export type Accepts = "audio" | "clips" | "fields" | "empty";

/** A media type without its parameters, in lower case. */
export const essence = (type: string): string => type.split(";")[0].trim().toLowerCase();

export const isAudioType = (type: string): boolean => acceptedMediaTypes.includes(type);

export const negotiated =
  (accepts: Accepts): MiddlewareHandler<Env> =>
  async (c, next) => {
    const { body } = c.var;
    const encoding = c.req.header("Content-Encoding");
    if (encoding !== undefined && essence(encoding) !== "identity")
      throw new AppError("unsupported-content-encoding", "Send the body without a Content-Encoding.");
    if (body.length === 0 && accepts !== "empty")
      throw new AppError("empty-body", "The body is empty; this route needs one.");
    c.set("bodyKind", body.length === 0 ? "none" : kindOf(c.req.header("Content-Type") ?? "", accepts));
    if (!takesJson(c.req.header("Accept")))
      throw new AppError("not-acceptable", "Replies are application/json; let Accept allow it.");
    await next();
  };

function kindOf(contentType: string, accepts: Accepts): BodyKind {
  const type = essence(contentType);
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? "utf-8";
  if (type === "application/json" && /^utf-?8$/i.test(charset)) return "json";
  const several = accepts === "audio" || accepts === "clips";
  if (several && type === "multipart/form-data") return "multipart";
  if (accepts === "audio" && isAudioType(type)) return "raw";
  const others = several ? ", multipart/form-data" : "";
  const audio = accepts === "audio" ? `, ${acceptedMediaTypes.join(", ")}` : "";
  throw new AppError("unsupported-media-type", `Content-Type may be: application/json${others}${audio}.`);
}

/** RFC 9110, section 12.5.1; a range with q=0 is a refusal. */
function takesJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  return accept.split(",").some((range) => {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const refused = parameters.some((one) => /^q=0(\.0*)?$/.test(one));
    return (
      !refused && ["*/*", "application/*", "application/json", "application/problem+json"].includes(type)
    );
  });
}

/** For routes without guards. */
export const acceptsJson: MiddlewareHandler<Env> = async (c, next) => {
  if (!takesJson(c.req.header("Accept")))
    throw new AppError("not-acceptable", "Replies are application/json; let Accept allow it.");
  await next();
};

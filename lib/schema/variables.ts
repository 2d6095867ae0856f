import * as z from "zod";
import { isOriginOrAll, listed } from "../origins.ts";
import { isUriPrefix } from "../uri-prefix.ts";

const ORIGINS = "isn't a list of origins. Set it to one such as https://app.example.com,https://example.com.";

/** The variable CORS_ORIGINS, of your own server and of a function on AWS. */
export const CorsOrigins = z
  .string()
  .transform(listed)
  .refine((origins) => origins.every(isOriginOrAll), ORIGINS)
  .default([]);

const PREFIXES =
  "isn't a list of prefixes. Set it to one such as s3://bucket/calls/,file:///srv/calls/ with a slash at each end.";

/** The variable VOICEROLL_FILE_PREFIXES, of your own server and of a function on AWS. */
export const FilePrefixes = z
  .string()
  .transform(listed)
  .refine((prefixes) => prefixes.every(isUriPrefix), PREFIXES)
  .default([])
  .describe(
    "Prefixes of the files that jobs may read by URI, separated by commas: `s3://BUCKET/FOLDER/`, and on your own " +
      "server also `file:///FOLDER/`. Every registry may read them. Without it, jobs read no files by URI.",
  );

/** The variables that are set. An empty one isn't. */
export const setVariables = (env: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));

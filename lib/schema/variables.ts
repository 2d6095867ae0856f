import * as z from "zod";
import { isOriginOrAll, listed } from "../origins.ts";

const ORIGINS = "isn't a list of origins. Set it to one such as https://app.example.com,https://example.com.";

/** The variable CORS_ORIGINS, of your own server and of a function on AWS. */
export const CorsOrigins = z
  .string()
  .transform(listed)
  .refine((origins) => origins.every(isOriginOrAll), ORIGINS)
  .default([]);

/** The variables that are set. An empty one isn't. */
export const setVariables = (env: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));

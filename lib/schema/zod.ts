import { extendZodWithOpenApi } from "@asteasolutions/zod-to-openapi";
import { z } from "zod";

extendZodWithOpenApi(z);

/** zod with the method `.openapi()`, for names and descriptions in the OpenAPI document. */
export { z };

/** What a schema describes, as a value that no code changes. */
export type View<S extends z.ZodType> = Immutable<z.output<S>>;

type Immutable<T> = T extends string | number | boolean | null | undefined
  ? T
  : { readonly [Key in keyof T]: Immutable<T[Key]> };

/**
 * Any string at run time, and a `T` for the compiler. IDs are checked where they enter the service,
 * so replies need no more.
 */
export const text = <T extends string>(metadata: TextMetadata = {}): z.ZodType<T, T> =>
  z.string().openapi(metadata) as z.ZodType<string, string> as z.ZodType<T, T>;

/**
 * A schema with a name in the OpenAPI document, or null. `.nullable()` would put null into the
 * named schema or contradict it, depending on which use comes first.
 */
export const orNull = <S extends z.ZodType>(schema: S): z.ZodUnion<[S, z.ZodNull]> =>
  z.union([schema, z.null()]);

type TextMetadata = { description?: string; example?: string };

import { AppError } from "../error.ts";

export function invalid(pointer: string, detail: string): AppError {
  return new AppError("validation-failed", detail, { errors: [{ pointer, detail }] });
}

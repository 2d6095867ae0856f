import { expect, test } from "vitest";
import { failure } from "../../cli/exit.ts";
import { AppError } from "../../lib/error.ts";

test("what the caller can mend is exit 2, in one line that says how", () => {
  const error = new AppError("audio-truncated", "The file ends\nin its header.");
  expect(failure(error, false)).toEqual({ line: "voiceroll: The file ends in its header.", exit: 2 });
});

test("what the caller cannot mend is exit 70", () => {
  expect(failure(new AppError("storage-unavailable", "The disk is full."), false).exit).toBe(70);
  expect(failure(new AppError("model-unavailable", "No model."), false).exit).toBe(70);
  expect(failure(new RangeError("boom"), false)).toEqual({
    line: "voiceroll: internal error: boom (VOICEROLL_DEBUG=1 shows where)",
    exit: 70,
  });
});

test("the stack comes only when asked for", () => {
  expect(failure(new RangeError("boom"), false).line).not.toMatch(/\n/);
  expect(failure(new RangeError("boom"), true).line).toMatch(/\n.*at /s);
});

import { expect, test } from "vitest";
import { failure } from "../../cli/exit.ts";
import { AppError } from "../../lib/error.ts";

test("an error that the caller can fix gives exit code 2 and one line", () => {
  const error = new AppError("audio-truncated", "The file ends\nin its header.");
  expect(failure(error, false)).toEqual({ line: "voiceroll: The file ends in its header.", exit: 2 });
});

test("an error that the caller can't fix gives exit code 70", () => {
  expect(failure(new AppError("storage-unavailable", "The disk is full."), false).exit).toBe(70);
  expect(failure(new AppError("model-unavailable", "No model."), false).exit).toBe(70);
  expect(failure(new RangeError("boom"), false)).toEqual({
    line: "voiceroll: internal error: boom (set VOICEROLL_DEBUG=1 for a stack trace)",
    exit: 70,
  });
});

test("prints the stack only in debug mode", () => {
  expect(failure(new RangeError("boom"), false).line).not.toMatch(/\n/);
  expect(failure(new RangeError("boom"), true).line).toMatch(/\n.*at /s);
});

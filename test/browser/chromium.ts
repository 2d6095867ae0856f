import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser of this machine, or the one that VOICEROLL_CHROMIUM names; undefined if none is. */
export const chromium: string | undefined = [process.env.VOICEROLL_CHROMIUM ?? "", ...PLACES].find(
  existsSync,
);

/** A microphone that repeats a WAV file. */
export const fakeMicrophone = (file: string): string[] => [
  "--no-sandbox",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  `--use-file-for-fake-audio-capture=${file}`,
];

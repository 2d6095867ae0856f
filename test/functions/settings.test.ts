import { expect, test } from "vitest";
import { peerOf } from "../../functions/node/peer.ts";
import { readSettings } from "../../functions/node/settings.ts";

const settingsOf = (env: Record<string, string | undefined>) => {
  const read = readSettings(env);
  return "settings" in read ? read.settings : read.problems;
};

test("an empty variable counts as not set", () => {
  const defaults = { VOICEROLL_DATA: "./data", HOST: "127.0.0.1", PORT: 7999, MAX_CONNECTIONS: 1000 };
  expect(settingsOf({})).toMatchObject(defaults);
  expect(settingsOf({ VOICEROLL_DATA: "", HOST: "", PORT: "", MAX_CONNECTIONS: "" })).toMatchObject(defaults);
});

test("every invalid variable gets a sentence that names it and its value", () => {
  expect(
    settingsOf({ PORT: "70000", PUBLIC_URL: "ftp://x", MAX_CONNECTIONS: "1.5", TRUST_PROXY: "yes" }),
  ).toEqual([
    "PORT 70000 isn't a port. Set it to a number from 0 to 65535.",
    "PUBLIC_URL ftp://x isn't an HTTP URL. Set it to one such as https://voice.example.com.",
    "TRUST_PROXY yes must be 1 or 0.",
    "MAX_CONNECTIONS 1.5 isn't a whole number above 0.",
  ]);
});

test("a public URL loses its trailing slash", () => {
  expect(settingsOf({ PUBLIC_URL: "https://voice.example.com/" })).toMatchObject({
    PUBLIC_URL: "https://voice.example.com",
  });
});

test("only a trusted proxy names the peer, by the last address, which it appended itself", () => {
  const request = (forwarded?: string) => ({
    socket: { remoteAddress: "::ffff:10.0.0.1" },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  });
  expect(peerOf(request("192.0.2.1, 192.0.2.2"), false)).toBe("10.0.0.1");
  expect(peerOf(request("192.0.2.1, 192.0.2.2"), true)).toBe("192.0.2.2");
  expect(peerOf(request(), true)).toBe("10.0.0.1");
});

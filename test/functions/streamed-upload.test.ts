/* Files that are posted to the server itself, and how they arrive. */
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { arrivingFiles } from "../../lib/adapters/local/arriving-files.ts";
import { openStage, type Stage, send } from "../bad-input/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

type Ticket = { upload: { id: string }; form: { url: string; fields: Record<string, string> } };

async function ticket(bytes: number): Promise<Ticket> {
  const body = JSON.stringify({ mediaType: "audio/wav", bytes, sha256: "0".repeat(64) });
  const headers = { "Content-Type": "application/json" };
  return JSON.parse((await send(stage, { path: "/uploads", headers, body })).text);
}

const filesIn = (folder: string) => readdir(join(stage.services.folder, "uploads", folder)).catch(() => []);
const stateOf = async ({ upload }: Ticket) =>
  JSON.parse((await send(stage, { method: "GET", path: `/uploads/${upload.id}` })).text).state;

/** Starts a post of `length` bytes and sends these pieces of it. */
function start({ form }: Ticket, length: number, ...pieces: readonly string[]) {
  const { pathname, search } = new URL(form.url);
  const socket = connect(stage.port, "127.0.0.1");
  const head = [
    `POST ${pathname + search} HTTP/1.1`,
    "Host: x",
    "Content-Type: multipart/form-data; boundary=b",
    `Content-Length: ${length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  for (const piece of pieces) socket.write(piece);
  const reply = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
  socket.on("error", () => undefined);
  return { socket, reply };
}

const part = (head: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
const formHead = ({ form }: Ticket) =>
  Object.entries(form.fields)
    .map(([name, value]) => part(`name="${name}"`, value))
    .join("");
const file = (value: string) => part('name="file"; filename="a.wav"', value);

test("a client that leaves in the middle of its file leaves nothing on the disk", async () => {
  const made = await ticket(2_000_000);
  const { socket } = start(made, 2_001_000, formHead(made), file("x".repeat(1_000_000)).slice(0, -2));
  await expect.poll(async () => (await filesIn("writing")).length).toBe(1);
  socket.destroy();
  await expect.poll(async () => (await filesIn("writing")).length).toBe(0);
  expect(await stateOf(made)).toBe("waiting");
});

for (const [what, tail] of [
  ["before the closing delimiter", ""],
  ["inside the closing delimiter", "--b-"],
  ["in a field behind the file", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nhal'],
] as const)
  test(`a form that ends ${what} is refused, and its file isn't kept`, async () => {
    const made = await ticket(1000);
    const head = formHead(made) + file("x".repeat(1000)) + tail.slice(0, 20);
    const rest = tail.slice(20);
    const { socket, reply } = start(made, head.length + rest.length, head);
    // By now, the file is in if its delimiter is.
    await sleep(rest === "" ? 0 : 200);
    if (rest !== "") socket.write(rest);
    expect(await reply).toMatch(/^HTTP\/1.1 400 .*malformed-multipart/s);
    expect(await stateOf(made)).toBe("waiting");
    expect(await filesIn("writing")).toEqual([]);
  });

test("fields and files behind the file are ignored, as S3 does, whatever their size", async () => {
  const made = await ticket(1000);
  const body = `${formHead(made)}${file("x".repeat(1000))}${file("second")}${part('name="a"', "b".repeat(9000))}--b--`;
  const { reply } = start(made, body.length, body);
  expect(await reply).toMatch(/^HTTP\/1.1 204 /);
  const posted = await stage.services.uploadFiles.head(
    stage.services.registryId,
    made.upload.id as `upl_${string}`,
  );
  expect(posted?.bytes).toBe(1000);
});

test("a form with a wrong signature is refused before its file is written", async () => {
  const made = await ticket(1_000_000);
  const wrong = { ...made, form: { ...made.form, fields: { ...made.form.fields, token: "x" } } };
  const body = `${formHead(wrong) + file("x".repeat(1_000_000))}--b--`;
  const { socket, reply } = start(wrong, body.length, body.slice(0, -1));
  await sleep(200);
  expect(await filesIn("writing")).toEqual([]);
  socket.write("-");
  expect(await reply).toMatch(/^HTTP\/1.1 401 /);
});

test("files that arrive at the same time are bounded in number and by the free disk", async () => {
  const arriving = arrivingFiles(stage.services.folder, 0);
  const releases = await Promise.all(Array.from({ length: 64 }, () => arriving.reserve(1)));
  await expect(arriving.reserve(1)).rejects.toMatchObject({ slug: "overloaded" });
  releases[0]();
  (await arriving.reserve(1))();
  const full = { slug: "storage-unavailable", retryAfterSeconds: 60 };
  await expect(arriving.reserve(1e15)).rejects.toMatchObject(full);
  (await arriving.reserve(1))();
  await expect(arrivingFiles(stage.services.folder, 1e15).reserve(1)).rejects.toMatchObject(full);
});

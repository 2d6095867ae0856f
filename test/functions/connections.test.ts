import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { boundConnections, type ConnectionLimits } from "../../functions/node/connections.ts";

async function listening(limits: ConnectionLimits, answer: (path: string) => Promise<string>) {
  const server: Server = createServer(async (request, response) => {
    response.end(await answer(request.url ?? ""));
  });
  boundConnections(server, limits);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function silent(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** Returns the status line of a reply, or "" if the connection closes first. */
function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}

const OK = "HTTP/1.1 200 OK";

test("closes the oldest silent connection of an address for a new one beyond the limit", async () => {
  const port = await listening({ total: 100, perAddress: 4 }, async () => "x");
  const closed: number[] = [];
  for (let i = 0; i < 20; i++) (await silent(port)).on("close", () => closed.push(i));
  expect(await ask(port, "/")).toBe(OK);
  // The oldest connection was closed.
  expect(closed.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, i) => i));
});

test("closes the oldest silent connection of all addresses beyond the total limit", async () => {
  const port = await listening({ total: 3, perAddress: 100 }, async () => "x");
  for (let i = 0; i < 10; i++) await silent(port);
  expect(await ask(port, "/")).toBe(OK);
});

test("never closes a connection that serves a request for a new one", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const port = await listening({ total: 100, perAddress: 2 }, async (path) =>
    path === "/slow" ? promise : "x",
  );
  const slow = [ask(port, "/slow"), ask(port, "/slow")];
  await new Promise((done) => setTimeout(done, 100));
  expect(await ask(port, "/fast")).toBe("");
  resolve("done");
  expect(await Promise.all(slow)).toEqual([OK, OK]);
  expect(await ask(port, "/fast")).toBe(OK);
});

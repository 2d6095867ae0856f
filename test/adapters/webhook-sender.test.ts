import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isPublicAddress } from "../../lib/adapters/webhook/public-address.ts";
import { webhookSender } from "../../lib/adapters/webhook/sender.ts";

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test.each([
  ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "255.255.255.255"],
  ["169.254.169.254", "168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254"],
  ["::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1"],
  // An IPv4 address in another form: mapped, NAT64, 6to4, compatible.
  [
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "::127.0.0.1",
  ],
  ["224.0.0.1", "240.0.0.1", "198.18.0.1", "203.0.113.1", "not an address", ""],
])("isn't public: %s, %s and others like it", (...addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});

test("is public: an address that everyone reaches", () => {
  const addresses = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"];
  expect(addresses.filter((one) => !isPublicAddress(one))).toEqual([]);
});

test("connects to no host name that resolves to this machine", async () => {
  let connections = 0;
  const port = await listening(createServer().on("connection", () => connections++));
  const { post } = webhookSender({ allowPrivate: false });
  expect(await post(`https://localhost:${port}/`, {}, "{}")).toEqual({
    failure: "This address isn't public, so events aren't sent to it.",
  });
  expect(connections).toBe(0);
});

test("checks the URL again at each attempt, as the setting may have changed", async () => {
  const port = await listening(createServer((_request, response) => response.end()));
  const url = `http://127.0.0.1:${port}/`;
  expect(await webhookSender({ allowPrivate: true }).post(url, {}, "{}")).toEqual({ status: 200 });
  expect(await webhookSender({ allowPrivate: false }).post(url, {}, "{}")).toEqual({
    failure: "Use a URL that starts with https://.",
  });
});

test("ends an attempt without a reply after its time", async () => {
  const port = await listening(createServer(() => undefined));
  const { post } = webhookSender({ allowPrivate: true, timeoutMs: 200 });
  expect(await post(`http://127.0.0.1:${port}/`, {}, "{}")).toEqual({
    failure: "There was no reply in time.",
  });
});

test("takes the status of a reply that never ends, and reads only its beginning", async () => {
  const closed = Promise.withResolvers<void>();
  const port = await listening(
    createServer((_request, response) => {
      const more = () => {
        while (response.write("x".repeat(4096)));
      };
      response.on("drain", more).on("close", closed.resolve);
      more();
    }),
  );
  const { post } = webhookSender({ allowPrivate: true });
  expect(await post(`http://127.0.0.1:${port}/`, {}, "{}")).toEqual({ status: 200 });
  await closed.promise;
});

test("says why there was no reply, without addresses", async () => {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  const { post } = webhookSender({ allowPrivate: true });
  expect(await post(`http://127.0.0.1:${port}/`, {}, "{}")).toEqual({
    failure: "The connection was refused.",
  });
  const plain = await listening(createServer());
  const tls = await post(`https://127.0.0.1:${plain}/`, {}, "{}");
  expect(tls).toEqual({ failure: "The connection failed." });
});

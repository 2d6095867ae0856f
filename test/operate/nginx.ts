import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { ROOT } from "../functions/process.ts";
import { freePort } from "../support/stand-ins.ts";

export const nginx = ["/usr/sbin/nginx", "/usr/bin/nginx"].find(existsSync);

export type Proxy = { port: number; certificate: string; close(): void };

/**
 * Starts nginx with the site of infra/server/nginx.conf, in which only the ports and the paths of
 * the certificate are replaced. Everything that it writes is in `folder`.
 */
export async function startNginx(folder: string, serverPort: string): Promise<Proxy> {
  const port = await freePort();
  const [certificate, key] = [join(folder, "proxy.pem"), join(folder, "proxy.key")];
  const subject = ["-subj", "/CN=voice.example.com", "-addext", "subjectAltName=DNS:voice.example.com"];
  const files = ["-keyout", key, "-out", certificate];
  const selfSigned = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject, ...files];
  execFileSync("openssl", selfSigned, { stdio: "ignore" });
  const site = readFileSync(join(ROOT, "infra/server/nginx.conf"), "utf8")
    .replaceAll("127.0.0.1:7999", `127.0.0.1:${serverPort}`)
    .replace("listen 443", `listen 127.0.0.1:${port}`)
    .replace("/etc/ssl/voice.example.com.pem", certificate)
    .replace("/etc/ssl/voice.example.com.key", key);
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const paths = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join("\n");
  mkdirSync(join(folder, "logs"));
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; worker_processes 1; user root; pid ${join(folder, "pid")}; error_log stderr;
events {}
http { access_log off; ${paths}\n${site}}\n`,
  );
  const child = spawn(nginx ?? "", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "pipe" });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const proxy = {
    port,
    certificate: readFileSync(certificate, "utf8"),
    close: () => void child.kill("SIGTERM"),
  };
  while ((await send(proxy, "GET", "/health").catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return proxy;
}

/** Sends a request over TLS, as a client of voice.example.com. */
export function send(
  { port, certificate }: Proxy,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<{ status: number; text: string }> {
  const at = { host: "127.0.0.1", port, servername: "voice.example.com", ca: certificate };
  const all = { Host: "voice.example.com", ...headers };
  return new Promise((resolve, reject) => {
    const call = request({ ...at, method, path, headers: all }, async (reply) => {
      let text = "";
      for await (const chunk of reply) text += chunk;
      resolve({ status: reply.statusCode ?? 0, text });
    });
    call.on("error", reject);
    call.end(body);
  });
}

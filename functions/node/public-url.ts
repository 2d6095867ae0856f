type Headers = { get(name: string): string | null };

const HOST = /^[A-Za-z0-9.:[\]-]+$/;

/** Returns the URL without a trailing slash. Undefined if it isn't an HTTP URL. */
export function parsePublicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) return undefined;
  return url.href.replace(/\/+$/, "");
}

/**
 * Returns the URL at which the client of a request reaches a server. It never comes from the Host
 * header, which any client can choose.
 *
 * publicUrl   the operator's own setting; used if it is set
 * trustProxy  whether a proxy sets Forwarded or X-Forwarded-Proto and X-Forwarded-Host
 * listening   the server's own URL, for all other cases
 */
export function clientUrl(
  headers: Headers,
  at: { publicUrl?: string | undefined; trustProxy: boolean; listening: string },
): string {
  if (at.publicUrl !== undefined) return at.publicUrl;
  return (at.trustProxy ? forwardedUrl(headers) : undefined) ?? at.listening;
}

/** The first element is the proxy's that is nearest to the client (RFC 7239, section 4). */
function forwardedUrl(headers: Headers): string | undefined {
  const forwarded = first(headers.get("Forwarded"));
  const parameter = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}="?([^";\\s]+)`, "i").exec(forwarded ?? "")?.[1];
  const host = parameter("host") ?? first(headers.get("X-Forwarded-Host"));
  const proto = parameter("proto") ?? first(headers.get("X-Forwarded-Proto")) ?? "http";
  return host && HOST.test(host) && /^https?$/.test(proto) ? `${proto}://${host}` : undefined;
}

const first = (list: string | null): string | undefined => list?.split(",")[0]?.trim();

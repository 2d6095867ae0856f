import ipaddr from "ipaddr.js";

/** Azure answers its machines at this address, although it is in a public range. */
const AZURE_HOST = "168.63.129.16";
/** The only range of IPv6 that is routed on the internet. */
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

/**
 * Whether an address is reachable on the internet by everyone: not private, loopback, link-local
 * (which includes the metadata services of clouds), reserved, or another form of such an address.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // An IPv4 address that is written as IPv6 counts as what it is.
  const address = ipaddr.process(text);
  if (address.range() !== "unicast" || address.toString() === AZURE_HOST) return false;
  return address.kind() === "ipv4" || address.match(GLOBAL_IPV6);
}

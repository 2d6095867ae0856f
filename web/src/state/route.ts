import { useEffect, useState } from "preact/hooks";

/** The part of the address after `#/`, in decoded segments. */
const current = (): string[] => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decode);

export function useRoute(): string[] {
  const [route, setRoute] = useState(current);
  useEffect(() => {
    const changed = () => setRoute(current());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

export const linkTo = (...segments: readonly string[]): string =>
  `#/${segments.map(encodeURIComponent).join("/")}`;

export function go(...segments: readonly string[]): void {
  location.hash = linkTo(...segments);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

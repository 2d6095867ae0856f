import type { Services } from "../../lib/ports/services.ts";

/** The stores' methods that change something. */
const WRITES = /^(put|claim|renew|finish|release|remove|forget|clear|receive)/;

/**
 * Services of a process that dies right after its nth write. From then on no call ever ends.
 *
 * onCrash  called at that moment
 */
export function crashing<S extends Services>(services: S, nthWrite: number, onCrash: () => void): S {
  let writes = 0;
  const forever = () => new Promise<never>(() => undefined);
  const doomed = <Store extends object>(store: Store): Store =>
    Object.fromEntries(
      Object.entries(store).map(([name, member]) => {
        if (typeof member !== "function") return [name, member];
        const call = async (...args: unknown[]) => {
          if (writes >= nthWrite) return forever();
          const result: unknown = await member(...args);
          if (WRITES.test(name) && ++writes === nthWrite) onCrash();
          return writes >= nthWrite ? forever() : result;
        };
        // The change log and the lists are iterated, not awaited.
        return [name, WRITES.test(name) || name.startsWith("get") ? call : member];
      }),
    ) as Store;
  const { speakers, clips, uploads, uploadFiles, jobs, idempotency, erasures, cohorts, groups } = services;
  return {
    ...services,
    speakers: doomed(speakers),
    clips: doomed(clips),
    uploads: doomed(uploads),
    uploadFiles: doomed(uploadFiles),
    jobs: doomed(jobs),
    idempotency: doomed(idempotency),
    erasures: doomed(erasures),
    cohorts: doomed(cohorts),
    groups: doomed(groups),
  };
}

import { expect } from "vitest";
import { parseLine } from "../../functions/http/body/manifest.ts";
import { workOnJob } from "../../lib/domain/job/work.ts";
import type { Services } from "../../lib/ports/services.ts";
import { type Answer, type Client, json } from "./client.ts";

/** Starts a job by a request, runs it to its end and returns it as GET /jobs/:id does. */
export async function jobOf(c: Client, path: string, fields: object, key = c.key): Promise<Answer["body"]> {
  const started = await c.call("POST", path, { key, headers: json, body: JSON.stringify(fields) });
  expect([started.status, started.headers.get("Location")]).toEqual([202, `/jobs/${started.body.id}`]);
  await work(c, started.body.id);
  return (await c.call("GET", `/jobs/${started.body.id}`)).body.job;
}

/** Runs a job until no work is left. */
export async function work(c: Client, jobId: `job_${string}`, services: Services = c.services) {
  const input = { registryId: c.services.registryId, jobId };
  while ((await workOnJob({ ...services, parseLine }, input)) === "more");
}

/** Fits a calibration by a job. Returns it as GET /calibrations/:id does, and the suspects. */
export async function calibrated(c: Client, fields: object) {
  const { result, problem } = await jobOf(c, "/calibrations", fields);
  expect(problem).toBeNull();
  const { body } = await c.call("GET", `/calibrations/${result.calibration}`);
  return { calibration: body, suspects: result.suspects };
}

/** Builds a cohort by a job and returns it as GET /cohorts/:id does. */
export async function cohortBuilt(c: Client, fields: object, key = c.key) {
  const { result, problem } = await jobOf(c, "/cohorts", fields, key);
  expect(problem).toBeNull();
  const { body } = await c.call("GET", `/cohorts/${result.cohort}`, { key });
  return { cohort: body, created: result.created, left: result.left };
}

/**
 * Services that die at the n-th write, before or after it has happened. All later calls fail too,
 * as after a kill.
 */
export function dyingAt(services: Services, n: number, after: boolean): Services {
  let [writes, dead] = [0, false];
  const WRITES =
    /^(append|commit|put(Manifest|WithClips|Clip)?|remove(Clip|Manifest)?|refreshStats|noteRefreshedStats)$/;
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const real = Reflect.get(target, name);
        if (typeof real !== "function") return real;
        return async (...given: unknown[]) => {
          if (dead) throw new Error("killed");
          const fatal = WRITES.test(String(name)) && ++writes === n;
          if (fatal && !after) dead = true;
          if (dead) throw new Error("killed");
          const result = await real.apply(target, given);
          if (fatal) dead = true;
          if (dead) throw new Error("killed");
          return result;
        };
      },
    });
  const { candidates, speakers, clips, uploads, uploadFiles, jobs, cohorts, calibrations, active, audit } =
    services;
  return {
    ...services,
    candidates: wrap(candidates),
    speakers: wrap(speakers),
    clips: wrap(clips),
    uploads: wrap(uploads),
    uploadFiles: wrap(uploadFiles),
    jobs: wrap(jobs),
    cohorts: wrap(cohorts),
    calibrations: wrap(calibrations),
    active: wrap(active),
    audit: wrap(audit),
  };
}

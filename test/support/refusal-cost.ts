import { AppError } from "../../lib/error.ts";

/**
 * Runs `work` and prints one JSON line: its outcome ("accepted", a slug or another error), the
 * processor time in milliseconds and the growth of the peak resident set in megabytes.
 */
export async function printRefusalCost(work: () => Promise<unknown>): Promise<void> {
  const before = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  const outcome = await work().then(
    () => "accepted",
    (error: unknown) => (error instanceof AppError ? error.slug : String(error)),
  );
  const used = process.cpuUsage(start);
  const milliseconds = Math.round((used.user + used.system) / 1000);
  const megabytes = Math.round((process.resourceUsage().maxRSS - before) / 1024);
  console.log(JSON.stringify({ outcome, megabytes, milliseconds }));
}

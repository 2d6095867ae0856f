/** Decisions, calibrations, cohorts and jobs in the console. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../functions/process.ts";
import { chromium } from "./chromium.ts";
import { openConsole, signIn, verdict } from "./console-page.ts";
import { keyOf, started } from "./started.ts";

const withBrowser = test.skipIf(!chromium);
const TIMEOUT_MS = 240_000;

withBrowser(
  "a decision is found by its speaker, explained, and marked as wrong",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByRole("button", { name: "Same voice" }).click();
    await verdict(page);
    await page.getByRole("link", { name: "Verify", exact: true }).click();
    await page.getByRole("button", { name: "Verify a sample" }).click();
    await verdict(page);
    await page.getByRole("link", { name: "Decisions" }).click();
    const rows = page.locator("tbody tr");
    await rows.nth(1).waitFor();
    await page.getByLabel("Speaker ID").fill("sample-awb");
    await page.getByLabel("Speaker ID").press("Enter");
    await rows.nth(1).waitFor({ state: "detached" });
    await rows.first().getByRole("link").first().click();
    expect(await verdict(page)).toBe("This is sample-awb");
    await page.getByText("Today the same scores would get the same decision.").waitFor();
    await page.getByRole("button", { name: "Wrong" }).click();
    await page.getByText(/^Marked as: Wrong/).waitFor();
    await page.getByRole("link", { name: "Decisions" }).click();
    await page.getByRole("cell", { name: "Wrong" }).waitFor();
  },
  TIMEOUT_MS,
);

withBrowser(
  "the calibration in force is plotted, and a fit on too few speakers says how many are missing",
  async () => {
    const server = await started();
    const page = await openConsole(server.url);
    await signIn(page, keyOf(server));
    await page.getByText("were measured on other people's voices. Don't rely on decisions yet").waitFor();
    await page.getByRole("link", { name: "Calibrate this registry" }).click();
    await page.getByText("0 of 20 speakers are ready").waitFor();
    await page.getByRole("img", { name: "DET curve: In force" }).waitFor();
    expect(await page.locator("circle.point").count()).toBeGreaterThan(1);
    await page.getByLabel("Kind of trial").selectOption({ label: "4 to 8 s of speech, wide band" });
    await page.getByText("Fit new thresholds on this registry's voices").click();
    await page.getByRole("button", { name: "Fit thresholds" }).click();
    await page.getByText("The job ended early").waitFor();
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByRole("link", { name: "Open" }).click();
    await page.getByText("The job ended early").waitFor();
  },
  TIMEOUT_MS,
);

withBrowser(
  "a cohort of the registry's speakers is built, activated and rolled back",
  async () => {
    const server = await started();
    const key = keyOf(server);
    const page = await openConsole(server.url);
    await signIn(page, key);
    await page.getByRole("link", { name: "Enroll", exact: true }).click();
    await page.getByLabel("Speaker ID").fill("bo");
    await page.locator("input[type=file]").setInputFiles(join(ROOT, "samples/awb/1.wav"));
    await page.getByText("Enrolled", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Cohorts" }).click();
    await page.getByText("Build a cohort from this registry").click();
    await page.getByLabel("Name (optional)").fill("ours");
    await page.getByRole("button", { name: "Build the cohort" }).click();
    const ours = page.getByRole("listitem").filter({ hasText: "ours" });
    await ours.getByRole("button", { name: "Activate" }).click();
    await ours.getByText("In force").waitFor();
    await page.getByRole("button", { name: "Roll back to the previous one" }).click();
    await ours.getByRole("button", { name: "Activate" }).waitFor();
  },
  TIMEOUT_MS,
);

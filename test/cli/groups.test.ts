import { expect, test } from "vitest";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { speakerId } from "../contract/store.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

test("creates, fills, lists and deletes a group", async () => {
  const folder = temporaryFolder();
  const services = await openTestServices({ folder, store: "local" });
  for (const name of ["ann", "bob", "eve"])
    await enroll(services, {
      registry: services.registry,
      speakerId: speakerId(name),
      clips: [fakeClip(`voice=${name} take=1`)],
    });
  await services.close();
  const groups = (...args: string[]) => run("--data", folder, "--registry", "test", "groups", ...args);
  expect((await groups("set", "team", "ann", "bob")).stdout).toBe("team: 2 members\n");
  expect((await groups("rename", "team", "The team")).code).toBe(0);
  await groups("add", "team", "eve");
  await groups("remove", "team", "ann", "bob");
  expect((await groups("list")).stdout).toBe("group  members  name\nteam         1  The team\n");
  expect((await groups("show", "team")).stdout).toBe("eve\n");
  expect(JSON.parse((await groups("show", "team", "--json")).stdout)).toMatchObject({ speakers: ["eve"] });
  expect(await groups("add", "team", "nobody")).toMatchObject({ code: 2, stderr: /No speaker nobody/ });
  expect((await groups("delete", "team")).stdout).toBe("team: deleted\n");
  expect(await groups("delete", "team")).toMatchObject({ code: 2, stderr: /No group team/ });
});

import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";

const PAGE = 100;

/** Yields the registry's speakers in order of creation, including any created while it runs. */
export async function* everySpeaker(
  services: Pick<Services, "speakers">,
  registryId: RegistryId,
): AsyncGenerator<Speaker> {
  let after: string | undefined;
  do {
    const page = await services.speakers.list(registryId, after, PAGE);
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

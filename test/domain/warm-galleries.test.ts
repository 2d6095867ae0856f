import { expect, test } from "vitest";
import { warmGalleries } from "../../lib/domain/decision/warm-galleries.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { Gallery, GallerySearch } from "../../lib/ports/gallery.ts";
import { testServices } from "../support/services.ts";
import { enrollTakes } from "./asking.ts";

test("loads the gallery of every registry, against the cohort that its searches use", async () => {
  const services = await testServices();
  const other = await ensureRegistry(services, "other");
  await enrollTakes(services, "ann", 1);
  const cohort = await services.cohorts.bundled(services.embedder.model.modelId);
  const loaded = new Map<string, GallerySearch & { cohortId: string }>();
  const gallery: Gallery = {
    async search(registryId, probe, ...rest) {
      const found = await services.gallery.search(registryId, probe, ...rest);
      loaded.set(registryId, { ...found, cohortId: probe.cohort.id });
      return found;
    },
  };
  await warmGalleries({ ...services, gallery });
  expect(loaded.get(services.registryId)).toMatchObject({ searched: 1, cohortId: cohort.id });
  expect(loaded.get(other.registryId)).toMatchObject({ searched: 0, cohortId: cohort.id });
});

import { settingDetails } from "../../lib/domain/audit/record.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { registryView, storedSettings } from "../../lib/domain/registry/settings.ts";
import { RegistryView, Settings } from "../../lib/schema/registry.ts";
import { jsonFields, noFields } from "../http/input.ts";
import { route } from "../http/route.ts";

const { guessing } = Settings.shape;
const Changes = Settings.extend({ guessing: guessing.partial().strict() })
  .partial()
  .strict()
  .refine((changes) => Object.keys(changes).length > 0, "Send at least one setting to change.");

const registry = { tag: "Registry", path: "/registry", scope: "settings" } as const;

export const registryRoutes = [
  route(
    {
      ...registry,
      operationId: "readRegistry",
      summary: "Read the name of the key's registry and its settings",
      method: "get",
      input: noFields,
      reply: { description: "The registry", schema: RegistryView },
    },
    async (_services, request) => registryView(request.registry),
  ),
  route(
    {
      ...registry,
      operationId: "updateRegistry",
      summary: "Change the settings that the request names; the others stay as they are",
      method: "patch",
      input: jsonFields(Changes),
      reply: { description: "The updated registry", schema: RegistryView },
    },
    async (services, { registry: { registryId }, fields, act }) => {
      const settings = storedSettings(fields, services.clock.now());
      act.details = settingDetails(settings);
      return registryView(await updateRegistry(services, { registryId, settings }));
    },
  ),
];

import { type Act, type AuditNeeds, audited } from "../lib/domain/audit/record.ts";
import { isLoosened } from "../lib/domain/decision/record.ts";
import type { DecisionId } from "../lib/id.ts";
import type { Registry } from "../lib/ports/registry.ts";

/**
 * Runs a decision of the command line and records it, if the registry records all decisions or if
 * the false-accept rate is higher than the registry's own.
 */
export async function auditedDecision<T extends { decisionId: DecisionId }>(
  services: AuditNeeds & Parameters<typeof isLoosened>[0],
  {
    registry,
    far,
    ...named
  }: Pick<Act, "operation" | "speakerId"> & { registry: Registry; far: number | undefined },
  decide: () => Promise<T>,
): Promise<T> {
  const loosened = await isLoosened(services, registry, { far, mayLoosen: true });
  const recorded = loosened || registry.settings.audit === "all";
  const act: Act = {
    ...named,
    registryId: registry.registryId,
    recorded,
    ...(loosened && far ? { details: { far } } : {}),
  };
  return audited(services, act, async () => {
    const reply = await decide();
    act.decisionId = reply.decisionId;
    return reply;
  });
}

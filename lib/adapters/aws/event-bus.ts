import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { EventBus } from "../../ports/webhook.ts";
import { CLIENT_OPTIONS, call } from "./client.ts";

export const eventsClient = (): EventBridgeClient => new EventBridgeClient(CLIENT_OPTIONS);

/** Puts events on a bus of EventBridge. bus: its name or ARN */
export function eventBridge(client: EventBridgeClient, bus: string): EventBus {
  return {
    async put({ eventId, registryId, type, at, data }) {
      const command = new PutEventsCommand({
        Entries: [
          {
            EventBusName: bus,
            Source: "voiceroll",
            DetailType: type,
            Time: new Date(at),
            Detail: JSON.stringify({ id: eventId, registry: registryId, timestamp: at, data }),
          },
        ],
      });
      const { FailedEntryCount } = await call("EventBridge", (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      if (FailedEntryCount !== 0) throw new RangeError("the bus did not accept the event");
    },
  };
}

import type { EventId, RegistryId, WebhookId } from "../id.ts";
import type { EventType } from "../schema/event.ts";
import type { Moment } from "./page.ts";

/** A URL to which a registry's events are posted. */
export type Webhook = {
  registryId: RegistryId;
  webhookId: WebhookId;
  url: string;
  name?: string | undefined;
  /** The types of events that are sent. Undefined: all. */
  events?: readonly EventType[] | undefined;
  /** Why no events are sent. Undefined: they are. */
  disabled?: "request" | "failing" | "gone" | undefined;
  /** Which secret signs: secrets are derived from the deployment's, and numbered from 1. */
  secretNumber: number;
  /** Until when the secret before that signs as well. */
  oldSecretUntil?: string | undefined;
  /** When the first delivery failed since the last one that succeeded. */
  failingSince?: string | undefined;
  createdAt: string;
  updatedAt: string;
  /** 1 on first write. Each change adds 1. */
  version: number;
};

export type WebhookStore = {
  /** Undefined for an absent webhook. Strongly consistent. */
  get(registryId: RegistryId, webhookId: WebhookId): Promise<Webhook | undefined>;
  /** In order of ID. Strongly consistent. */
  list(registryId: RegistryId): Promise<readonly Webhook[]>;
  /**
   * Puts version 1 if no webhook has the ID, and version v > 1 over version v - 1. Otherwise
   * rejects with `write-contention`. Durable when it resolves.
   */
  put(webhook: Webhook): Promise<void>;
  /** Does nothing if the webhook is no longer at this version. */
  remove(webhook: Pick<Webhook, "registryId" | "version" | "webhookId">): Promise<void>;
};

/** Where an event goes: to a webhook, or to the deployment's event bus. */
export type Destination = WebhookId | "bus";
export type DeliveryKey = { registryId: RegistryId; destination: Destination; eventId: EventId };

/** An event on its way to one destination. */
export type Delivery = DeliveryKey & {
  type: EventType | "webhook.test";
  /** When the event happened. */
  at: string;
  /** As lib/schema/event.ts describes it. */
  data: object;
  /** How often it was sent. */
  attempts: number;
  /** When it is sent, or sent again. */
  nextAt: string;
  /** 1 on first write. Each change adds 1. */
  version: number;
};

/** What became of a delivery so far. It doesn't contain the event's data. */
export type DeliveryRecord = Pick<DeliveryKey, "eventId" | "registryId"> & {
  webhookId: WebhookId;
  type: Delivery["type"];
  state: "waiting" | "delivered" | "failed";
  attempts: number;
  /** The HTTP status of the last reply. */
  status?: number | undefined;
  /** Why the last attempt failed. */
  failure?: string | undefined;
  at: string;
  attemptedAt: string;
  nextAt?: string | undefined;
};

/**
 * Deliveries that wait. Other stores put them together with the change that they report (their
 * `outgoing` parameters), so that neither exists without the other.
 */
export type OutboxStore = {
  /** Undefined for a delivery that doesn't wait. Strongly consistent. */
  get(key: DeliveryKey): Promise<Delivery | undefined>;
  /** In order of destination and event. Strongly consistent. */
  list(registryId: RegistryId): Promise<readonly Delivery[]>;
  /**
   * Puts version 1 if there is no such delivery, and version v > 1 over version v - 1. Resolves to
   * false, and writes nothing, if another process was faster. Durable when it resolves.
   */
  put(delivery: Delivery): Promise<boolean>;
  /** Does nothing if the delivery is no longer at this version. */
  remove(delivery: Pick<Delivery, "version"> & DeliveryKey): Promise<void>;
  /** Replaces the record of the delivery. It is kept for 30 days after the event. */
  log(record: DeliveryRecord): Promise<void>;
  /**
   * Records by the time of their events, newest first, starting after `after`; at most `limit`. May
   * miss a record that was put a moment ago.
   */
  logged(
    registryId: RegistryId,
    webhookId: WebhookId,
    limit: number,
    after?: Moment | undefined,
  ): Promise<readonly DeliveryRecord[]>;
};

/** The outcome of one attempt. status: of the reply; failure: why there was none */
export type Sent = { status: number } | { failure: string };

export type WebhookSender = {
  /** Returns what is wrong with a URL, as a sentence. Undefined: events can be sent to it. */
  refusal(url: string): string | undefined;
  /**
   * Posts a body once. Follows no redirect. Unless the deployment allows it, connects only to
   * public addresses. Never rejects.
   */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Sent>;
};

/** The deployment's event bus. */
export type EventBus = {
  /** Rejects if the bus doesn't have the event. */
  put(event: Delivery): Promise<void>;
};

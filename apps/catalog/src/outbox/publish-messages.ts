import { SpanKind } from '@opentelemetry/api';
import type { Database, OutboxRow } from '@shoal/database';
import { DIRECTIVES_BUCKET, type EventBus, nudgeSubject, subjectToken } from '@shoal/messaging';
import { type Telemetry, withSpan } from '@shoal/service';
import { TOPICS } from './messages.ts';
import { putDirectives, readDirectives } from './project-directives.ts';

/** Publishes one claimed message of the outbox. */
export type PublishMessage = (row: OutboxRow) => Promise<void>;

/** What {@link preparePublish} works with. */
export interface PublishComponents {
  readonly database: Database;
  readonly bus: EventBus;
  readonly telemetry: Telemetry;
}

/**
 * Reads what a batch of claimed messages needs, and returns what publishes each. Directives are read after the claim, so a
 * host's key is never written with less than the message tells of.
 */
export async function preparePublish(
  { database, bus, telemetry }: PublishComponents,
  rows: readonly OutboxRow[],
): Promise<PublishMessage> {
  const directed = rows.filter((row) => row.topic === TOPICS.directive).map(hostOf);
  const directivesOf = await readDirectives(database.db, directed);
  const bucket = bus.bucket(DIRECTIVES_BUCKET);

  async function publishDirectives(row: OutboxRow): Promise<void> {
    const host = hostOf(row);
    await putDirectives(bucket, host, directivesOf(host));
    const headers = telemetry.inject();
    await bus.publish(nudgeSubject(host.namespace, host.hostId), new Uint8Array(), { headers });
  }

  async function publishEvent({ namespace, topic, payload, messageId }: OutboxRow): Promise<void> {
    const subject = `shoal.${subjectToken(namespace)}.${topic}`;
    await bus.publishDurable(subject, payload, { messageId, headers: telemetry.inject() });
  }

  return (row) => {
    const parent = telemetry.contextOf(row.headers);
    const init = { kind: SpanKind.PRODUCER, parent, attributes: { 'messaging.message.id': row.messageId } };
    const publish = row.topic === TOPICS.directive ? publishDirectives : publishEvent;
    return withSpan(telemetry, `outbox ${row.topic}`, init, () => publish(row));
  };
}

function hostOf({ namespace, key }: OutboxRow) {
  return { namespace, hostId: key };
}

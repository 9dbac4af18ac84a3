import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { ACK_WAIT_MS } from '../constants.ts';
import type { DeliveryRules } from '../delivery.ts';
import { MessagingError } from '../errors.ts';
import type { StreamSpec } from '../stream.ts';
import { toMessagingError } from './nats-errors.ts';

/** What the server is asked for about streams. Made for each use: it holds no state beside the connection. */
export function managerOf(connection: NatsConnection, timeoutMs: number): Promise<JetStreamManager> {
  return jetstreamManager(connection, { timeout: timeoutMs, checkAPI: false });
}

/** Creates a stream, or brings its bounds in line. @throws MessagingError */
export async function ensureNatsStream(manager: JetStreamManager, spec: StreamSpec): Promise<void> {
  const bounds = {
    subjects: [...spec.subjects],
    max_age: nanos(spec.maxAgeMs),
    max_bytes: spec.maxBytes,
    duplicate_window: nanos(spec.dedupeWindowMs),
  };
  const what = `stream ${spec.name}`;
  try {
    await manager.streams.info(spec.name);
    await manager.streams.update(spec.name, bounds);
    return;
  } catch (error) {
    const typed = toMessagingError(error, what);
    if (typed.code !== 'SHOAL_BUS_NO_STREAM') throw typed;
  }
  try {
    await manager.streams.add({
      name: spec.name,
      ...bounds,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
    });
  } catch (error) {
    throw withoutJetStream(toMessagingError(error, what));
  }
}

/** Creates the durable position of a consumption, or brings its rules in line. @throws MessagingError */
export async function ensureNatsConsumer(manager: JetStreamManager, rules: DeliveryRules): Promise<void> {
  const changeable = {
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: rules.maxInFlight,
    filter_subject: rules.filter,
  };
  try {
    // The server takes this for a new consumer as well as for one that has the same rules or others it may change to.
    await manager.consumers.add(rules.stream.name, {
      durable_name: rules.durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...changeable,
    });
  } catch (error) {
    throw toMessagingError(error, `consumption ${rules.durable} of stream ${rules.stream.name}`);
  }
}

/** Nobody answers on JetStream's own subjects when the server runs without it: that is no missing stream. */
function withoutJetStream(error: MessagingError): MessagingError {
  if (error.code !== 'SHOAL_BUS_NO_STREAM') return error;
  return new MessagingError(
    'SHOAL_BUS_UNAVAILABLE',
    `${error.message}; does nats-server run with JetStream (-js)?`,
    {
      cause: error.cause,
    },
  );
}

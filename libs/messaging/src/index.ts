export type { Bucket, BucketEntry, BucketSpec } from './bucket.ts';
export { MessagingError, type MessagingErrorCode } from './errors.ts';
export type {
  BusMessage,
  DurablePublishOptions,
  EventBus,
  MessageHandler,
  MessageHeaders,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from './event-bus.ts';
export type {
  Consumption,
  ConsumptionSpec,
  DurableHandler,
  DurableMessage,
  PublishedMessage,
  StreamSpec,
} from './stream.ts';
export { bucketKey, subjectToken } from './subjects.ts';
export {
  DIRECTIVES_BUCKET,
  directivesKey,
  nudgeSubject,
  progressSubject,
  reportSubject,
} from './fleet-subjects.ts';
export { createInProcessBus } from './in-process/in-process-bus.ts';
export type { BusComponents, BusIncident } from './incident.ts';
export { createNatsBus, type NatsOptions } from './nats/nats-bus.ts';
export type { NatsTls } from './nats/nats-link.ts';

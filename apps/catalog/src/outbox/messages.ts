import type { Labels, outbox } from '@shoal/database';

/** What the outbox worker does with a message. */
export const TOPICS = {
  /** Writes the key of the host that is the message's key, and nudges the host. */
  directive: 'directive',
  /** Publishes the payload, a `shoal.catalog.v1.Artifact`, on `shoal.<namespace>.artifact.published`. */
  artifactPublished: 'artifact.published',
} as const;

/** Tells that an artifact was published. */
export function artifactPublishedMessage(
  {
    namespace,
    name,
    version,
  }: { readonly namespace: string; readonly name: string; readonly version: string },
  payload: Uint8Array,
  headers: Labels,
): outbox.NewOutboxMessage {
  const topic = TOPICS.artifactPublished;
  const key = `${name}/${version}`;
  return { namespace, topic, key, payload, headers, messageId: `${topic}/${namespace}/${key}` };
}

/** Tells that a host's directives have changed; what they are is read when it is published. */
export function directiveMessage(
  namespace: string,
  hostId: string,
  rolloutId: string,
  headers: Labels,
): outbox.NewOutboxMessage {
  const topic = TOPICS.directive;
  const messageId = `${topic}/${rolloutId}/${namespace}/${hostId}`;
  return { namespace, topic, key: hostId, payload: new Uint8Array(), headers, messageId };
}

import { randomUUID } from 'node:crypto';
import type { EventBus, StreamSpec } from '@shoal/messaging';

const MINUTE = 60_000;

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of bytes. */
export function text(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

/** A subject token no other test uses: the tests of a suite share one bus. */
export function freshToken(): string {
  return randomUUID();
}

/** A stream of its own, for the subjects below a token of its own. */
export function freshStream(bounds: Partial<StreamSpec> = {}): StreamSpec & { readonly root: string } {
  const root = freshToken();
  return {
    root,
    name: `TEST-${root}`,
    subjects: [`${root}.>`],
    maxAgeMs: 10 * MINUTE,
    maxBytes: 1024 * 1024,
    dedupeWindowMs: MINUTE,
    ...bounds,
  };
}

/** Publishes texts durably, one after the other, each under its own id. */
export async function publishAll(bus: EventBus, subject: string, texts: readonly string[]): Promise<void> {
  for (const each of texts) await bus.publishDurable(subject, bytes(each), { messageId: randomUUID() });
}

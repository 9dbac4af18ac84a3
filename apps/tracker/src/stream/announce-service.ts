import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnnounceRequest, TrackerServiceImplementation } from '@shoal/contracts';
import { type Clock, software, withDeadline } from '@shoal/service';
import {
  HELLO_DEADLINE_MS,
  MAX_MESSAGES_PER_SECOND,
  STEPS_PER_TURN,
  STREAM_INTERVAL_MS,
} from '../constants.ts';
import { TrackerError } from '../tracker-error.ts';
import { AnnounceSession, type SessionComponents } from './announce-session.ts';
import { Outbox } from './outbox.ts';

const SECOND = 1_000;

/** The gRPC side of the tracker. */
export interface AnnounceService {
  readonly implementation: TrackerServiceImplementation;
  /** Ends every stream; the hosts look for another tracker. */
  close(): void;
}

/** Makes the announce service: one session a stream. */
export function createAnnounceService(components: SessionComponents): AnnounceService {
  const { clock, metrics } = components;
  const outboxes = new Set<Outbox>();
  return {
    implementation: {
      async *announce(requests, { signal, peer }) {
        const outbox = new Outbox(clock, (peers) => metrics.dropped(peers));
        const session = new AnnounceSession(components, outbox, peer);
        const ended = new AbortController();
        outboxes.add(outbox);
        void read(requests, session, clock, AbortSignal.any([signal, ended.signal])).then(
          () => outbox.close(),
          (error: unknown) => outbox.close(error),
        );
        try {
          yield { welcome: { software: software(), intervalMillis: STREAM_INTERVAL_MS } };
          yield* outbox.messages(signal);
        } finally {
          ended.abort();
          outboxes.delete(outbox);
          session.detach();
        }
      },
    },
    close() {
      for (const outbox of outboxes) outbox.close();
    },
  };
}

/**
 * Reads a stream to its end, no faster than allowed and without keeping other streams waiting.
 * @throws TrackerError SHOAL_TRACKER_REQUEST_INVALID
 */
async function read(
  requests: AsyncIterable<AnnounceRequest>,
  session: AnnounceSession,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const pace = createPace(clock, signal);
  let next = await withDeadline(messages.next(), HELLO_DEADLINE_MS, noHello);
  while (next.done !== true) {
    await handle(session, next.value);
    await pace();
    next = await messages.next();
  }
}

async function handle(session: AnnounceSession, message: AnnounceRequest): Promise<void> {
  const steps = session.handle(message);
  for (let taken = 1; steps.next().done !== true; taken++) if (taken % STEPS_PER_TURN === 0) await nextTurn();
}

/** Waits when a second's messages have been read before the second is over. */
function createPace(clock: Clock, signal: AbortSignal): () => Promise<void> {
  let messages = 0;
  let since = clock.now();
  return async () => {
    if (++messages < MAX_MESSAGES_PER_SECOND) return;
    await clock.sleep(Math.max(0, since + SECOND - clock.now()), signal);
    messages = 0;
    since = clock.now();
  };
}

function noHello(): never {
  throw new TrackerError('SHOAL_TRACKER_REQUEST_INVALID', `no hello within ${HELLO_DEADLINE_MS} ms`);
}

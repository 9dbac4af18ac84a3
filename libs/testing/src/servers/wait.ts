import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { POLL_INTERVAL, START_ATTEMPTS, START_DEADLINE } from './constants.ts';

/**
 * Calls `probe` until it stops throwing. A server that starts gives no event to wait for but its own answers.
 * @param gaveUp why waiting is pointless, once it is (the process ended, say).
 * @throws Error with the last failure after {@link START_DEADLINE}.
 */
export async function untilReady(
  what: string,
  probe: () => Promise<void>,
  gaveUp: () => string | undefined,
): Promise<void> {
  const deadline = Date.now() + START_DEADLINE;
  for (;;) {
    try {
      await probe();
      return;
    } catch (cause) {
      const reason = gaveUp() ?? (Date.now() > deadline ? 'it did not answer in time' : undefined);
      if (reason !== undefined) throw new Error(`${what} did not start: ${reason}`, { cause });
    }
    await delay(POLL_INTERVAL);
  }
}

/** A start that may meet a taken port or a busy engine, so it is tried {@link START_ATTEMPTS} times. */
export async function underRetry<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** A TCP port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
        else resolve(address.port);
      });
    });
  });
}

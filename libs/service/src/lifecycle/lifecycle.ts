import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import type { Logger } from '../logging/logger.ts';
import { withDeadline } from './deadline.ts';
import type { Service } from './service.ts';

/** Longest one part may take to start, in milliseconds: PGlite's first start takes 3 s on two cores. */
const START_DEADLINE_MS = 60_000;
/** Longest one part may take to stop, in milliseconds; several parts fit in Kubernetes' 30 s of grace. */
const STOP_DEADLINE_MS = 10_000;

export interface LifecycleInit {
  /** Milliseconds for each part; 60 s unless given. */
  readonly startDeadlineMs?: number;
  /** Milliseconds for each part; 10 s unless given. */
  readonly stopDeadlineMs?: number;
}

/** Services that start one after the other and stop in reverse. */
export interface Lifecycle extends Service {
  /** Adds a part, to be started after those added before. Only before `start`. */
  add(name: string, service: Service): void;
}

interface Part {
  readonly name: string;
  readonly service: Service;
}

/**
 * Makes a lifecycle. When a part fails to start, or takes too long (`SHOAL_SERVICE_START_TIMEOUT`), those before it are
 * stopped again and the error is raised. `stop` goes through all parts whatever fails, and logs what did.
 */
export function createLifecycle(
  { logger }: { readonly logger: Logger },
  init: LifecycleInit = {},
): Lifecycle {
  const { startDeadlineMs = START_DEADLINE_MS, stopDeadlineMs = STOP_DEADLINE_MS } = init;
  const parts: Part[] = [];
  const started: Part[] = [];

  async function stop(): Promise<void> {
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      const { name, service } = part;
      try {
        await withDeadline(service.stop(), stopDeadlineMs, () => raiseTimeout(name, 'stop', stopDeadlineMs));
      } catch (error) {
        logger.error({ err: error, part: name }, 'failed to stop');
      }
    }
  }

  return {
    add: (name, service) => void parts.push({ name, service }),
    async start() {
      for (const part of parts.splice(0)) {
        started.push(part);
        try {
          await withDeadline(part.service.start(), startDeadlineMs, () =>
            raiseTimeout(part.name, 'start', startDeadlineMs),
          );
        } catch (error) {
          await stop();
          throw error;
        }
      }
    },
    stop,
  };
}

function raiseTimeout(name: string, what: 'start' | 'stop', ms: number): never {
  throw new ShoalError({
    code: `SHOAL_SERVICE_${what.toUpperCase()}_TIMEOUT`,
    status: Status.DEADLINE_EXCEEDED,
    message: `${name} did not ${what} within ${ms} ms`,
    remedy: `Look at the log of ${name} for what it waits for.`,
  });
}

import { HealthCheckResponse_ServingStatus, HealthDefinition, ShoalError } from '@shoal/contracts';
import type { ServiceImplementation } from 'nice-grpc';
import { Status } from 'nice-grpc-common';

type ServingStatus = HealthCheckResponse_ServingStatus;
const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;

/** The standard gRPC health service of one server. */
export interface Health {
  readonly definition: typeof HealthDefinition;
  readonly implementation: ServiceImplementation<typeof HealthDefinition>;
  /** The services of these full names serve from now on. */
  open(names: Iterable<string>): void;
  /** Nothing serves any more; those who watch are told, and their calls end. */
  close(): void;
}

/** Makes the health service; the server as a whole (name '') does not serve until told so. */
export function createHealth(): Health {
  const statuses = new Map<string, ServingStatus>([['', NOT_SERVING]]);
  const changes = createSignal();
  let closed = false;

  async function* watch(name: string, signal: AbortSignal): AsyncGenerator<{ status: ServingStatus }> {
    let last: ServingStatus | undefined;
    for (;;) {
      const status = statuses.get(name) ?? SERVICE_UNKNOWN;
      const ends = closed || signal.aborted;
      const changed = changes.next(signal);
      if (status !== last) yield { status };
      last = status;
      if (ends) return;
      await changed;
    }
  }

  return {
    definition: HealthDefinition,
    implementation: {
      check({ service }) {
        const status = statuses.get(service);
        if (status === undefined) throw unknownService(service);
        return Promise.resolve({ status });
      },
      watch: ({ service }, { signal }) => watch(service, signal),
    },
    open(names) {
      for (const name of names) statuses.set(name, SERVING);
      changes.fire();
    },
    close() {
      closed = true;
      for (const name of statuses.keys()) statuses.set(name, NOT_SERVING);
      changes.fire();
    },
  };
}

/** A moment that many can wait for, again and again. */
function createSignal(): { fire(): void; next(until: AbortSignal): Promise<void> } {
  const waiting = new Set<() => void>();
  return {
    fire() {
      for (const wake of waiting) wake();
    },
    next: (until) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          until.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        until.addEventListener('abort', wake);
      }),
  };
}

function unknownService(name: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_HEALTH_UNKNOWN_SERVICE',
    status: Status.NOT_FOUND,
    message: `no service named "${name}" here`,
    remedy: 'Ask for the empty name (the whole server) or the full name of a service it has.',
  });
}

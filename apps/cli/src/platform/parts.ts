import { type WriteStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import {
  type AddressedService,
  type Components,
  type Logger,
  type Telemetry,
  createLogger,
  software,
  startTelemetry,
} from '@shoal/service';

export interface PartsInit {
  /** The log goes to `shoal.log` in it. */
  readonly dataDir: string;
  readonly otlpEndpoint: string | undefined;
}

/** Starts the services of one process, each with its own logger and telemetry; `stack` stops them in reverse. */
export class Parts {
  readonly #destination: WriteStream;
  readonly #init: PartsInit;
  readonly #stack: AsyncDisposableStack;

  constructor(init: PartsInit, stack: AsyncDisposableStack) {
    this.#init = init;
    this.#stack = stack;
    const destination = createWriteStream(join(init.dataDir, 'shoal.log'), { flags: 'a' });
    stack.defer(() => new Promise<void>((resolve) => void destination.end(() => resolve())));
    this.#destination = destination;
  }

  /** Starts a service and gives its addresses. */
  async start<A>(name: string, create: (components: Components) => AddressedService<A>): Promise<A> {
    const service = create({
      logger: this.logger(name),
      telemetry: this.telemetry(`shoal-${name.replace(/-\d+$/, '')}`, name),
    });
    this.#stack.defer(() => service.stop());
    await service.start();
    if (service.addresses === undefined) throw new Error(`${name} started without addresses`);
    return service.addresses;
  }

  /** The logger of one part; all write to one file. */
  logger(service: string): Logger {
    return createLogger({ service, level: 'info', destination: this.#destination });
  }

  /** Telemetry of one part, sent off when the process stops. */
  telemetry(service: string, instance: string): Telemetry {
    const telemetry = startTelemetry({
      service,
      version: software().version,
      instance,
      otlpEndpoint: this.#init.otlpEndpoint,
    });
    this.#stack.defer(() => telemetry.shutdown());
    return telemetry;
  }
}

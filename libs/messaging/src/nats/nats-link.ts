import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { MAX_PINGS_OUT, PING_INTERVAL_MS, RETRY_WAIT_MS } from '../constants.ts';
import { settled, withDeadline } from '../deadline.ts';
import { MessagingError } from '../errors.ts';
import type { BusComponents } from '../incident.ts';

/** Something that must be set up again on each new connection. */
export interface Attachable {
  /** Called with each new connection; not when the client restores one by itself. */
  attach(connection: NatsConnection): void;
}

/** Certificates as PEM text. */
export interface NatsTls {
  /** Of the authority that signed the server's certificate; default: the system's. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where and as whom to connect. */
export interface NatsLinkInit {
  readonly servers: readonly string[];
  readonly name: string;
  readonly tls: NatsTls | undefined;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
  readonly timeoutMs: number;
}

/**
 * The connection to NATS, made in the background: a server that is away never stops the service. The client library
 * restores a connection it had; this restores what the library gives up, the first connection among it.
 */
export class NatsLink {
  readonly #report: BusComponents['report'];
  readonly #init: NatsLinkInit;
  readonly #attached = new Set<Attachable>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;
  #connection: NatsConnection | undefined;
  #connected = false;

  constructor(components: BusComponents, init: NatsLinkInit) {
    this.#report = components.report;
    this.#init = init;
    this.#loop = this.#stayConnected();
  }

  get connected(): boolean {
    return this.#connected;
  }

  get timeoutMs(): number {
    return this.#init.timeoutMs;
  }

  onConnectedChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Attaches to the connection there is, and to each new one. */
  add(attachable: Attachable): void {
    this.#attached.add(attachable);
    if (this.#connection !== undefined) attachable.attach(this.#connection);
  }

  remove(attachable: Attachable): void {
    this.#attached.delete(attachable);
  }

  assertOpen(): void {
    if (this.#closing.signal.aborted) throw new MessagingError('SHOAL_BUS_CLOSED', 'the bus is closed');
  }

  /** @throws MessagingError SHOAL_BUS_UNAVAILABLE when there is no connection now. */
  current(): NatsConnection {
    this.assertOpen();
    if (this.#connection === undefined || !this.#connected) throw this.#unavailable();
    return this.#connection;
  }

  /**
   * The connection, awaited for at most the operation timeout.
   * @throws MessagingError SHOAL_BUS_UNAVAILABLE, SHOAL_BUS_CLOSED
   */
  async ready(): Promise<NatsConnection> {
    this.assertOpen();
    if (!this.#connected) await this.#untilConnected();
    return this.current();
  }

  /** Sends what is unsent within the deadline, then closes for good. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing.abort();
    const connection = this.#connection;
    if (connection !== undefined) {
      if (this.#connected) await settled(connection.flush(), deadlineMs);
      await settled(connection.close(), deadlineMs);
    }
    await settled(this.#loop, deadlineMs);
  }

  async #untilConnected(): Promise<void> {
    const change = Promise.withResolvers<undefined>();
    const unlisten = this.onConnectedChange((connected) => {
      if (connected) change.resolve(undefined);
    });
    const onClose = () => change.resolve(undefined);
    this.#closing.signal.addEventListener('abort', onClose);
    try {
      await withDeadline(
        change.promise,
        this.#init.timeoutMs,
        `connecting to ${this.#init.servers.join(', ')}`,
      );
    } finally {
      unlisten();
      this.#closing.signal.removeEventListener('abort', onClose);
    }
  }

  async #stayConnected(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#serve(await connect(this.#options()));
      } catch (error) {
        this.#report({ kind: 'connect-failed', error });
      }
      await pause(this.#closing.signal);
    }
  }

  /** Follows a connection until the library gives it up. */
  async #serve(connection: NatsConnection): Promise<void> {
    if (this.#closing.signal.aborted) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    for (const attachable of this.#attached) attachable.attach(connection);
    this.#setConnected(true);
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.#setConnected(false);
      if (status.type === 'reconnect') this.#setConnected(true);
      if (status.type === 'close') break;
    }
    this.#connection = undefined;
    this.#setConnected(false);
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#report({ kind: connected ? 'connected' : 'disconnected' });
    for (const listener of this.#listeners) listener(connected);
  }

  #options(): NodeConnectionOptions {
    const { servers, name, tls, credentials, timeoutMs } = this.#init;
    return {
      servers: [...servers],
      name,
      timeout: timeoutMs,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RETRY_WAIT_MS,
      reconnectJitter: RETRY_WAIT_MS / 2,
      reconnectJitterTLS: RETRY_WAIT_MS / 2,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: MAX_PINGS_OUT,
      // A server that starts may not know its users yet; refusals are reported, and tried again.
      ignoreAuthErrorAbort: true,
      ...(tls === undefined ? {} : { tls }),
      ...(credentials === undefined ? {} : { user: credentials.user, pass: credentials.password }),
    };
  }

  #unavailable(): MessagingError {
    return new MessagingError(
      'SHOAL_BUS_UNAVAILABLE',
      `there is no connection to ${this.#init.servers.join(', ')}`,
    );
  }
}

/** Waits between two attempts, with jitter; shorter when `signal` says that it is over. */
export async function pause(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  const timer = setTimeout(end, RETRY_WAIT_MS * (1 + Math.random() / 2));
  signal.addEventListener('abort', end);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
}

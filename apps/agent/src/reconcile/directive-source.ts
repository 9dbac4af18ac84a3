import { type FleetServiceClient, HostDirectives } from '@shoal/contracts';
import { jittered, pause, type UnitRandom } from '@shoal/fleet';
import { DIRECTIVES_BUCKET, directivesKey, type EventBus, nudgeSubject } from '@shoal/messaging';
import { BackgroundLoop, type Clock, type Logger } from '@shoal/service';
import type { AgentMetrics } from '../metrics.ts';
import type { HostIdentity } from '../report/host-reports.ts';

/** Collaborators of a {@link DirectiveSource}. */
export interface DirectiveSourceComponents {
  /** Without one, the catalog is asked directly. */
  readonly bus: EventBus | undefined;
  readonly fleet: Pick<FleetServiceClient, 'getDirective'>;
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
  readonly metrics: AgentMetrics;
}

export interface DirectiveSourceInit {
  readonly host: HostIdentity;
  /** Milliseconds between looks that no nudge caused, give or take a tenth. */
  readonly pollIntervalMs: number;
  /** Called with the desired state at each look. */
  readonly onDirectives: (directives: HostDirectives) => Promise<void>;
}

/**
 * Looks at the host's desired state: at start, when nudged, when the bus comes back, and now and then besides, since a nudge
 * can be lost. It hands over whole states, never changes.
 */
export interface DirectiveSource {
  start(): void;
  stop(): Promise<void>;
}

export function createDirectiveSource(
  components: DirectiveSourceComponents,
  init: DirectiveSourceInit,
): DirectiveSource {
  return new LookLoop(components, init);
}

class LookLoop implements DirectiveSource {
  readonly #components: DirectiveSourceComponents;
  readonly #init: DirectiveSourceInit;
  readonly #loop: BackgroundLoop;
  /** Ends the pause between two looks; one that fires during a look makes the next pause short. */
  #nudge = new AbortController();
  #unsubscribe: (() => Promise<void>) | undefined;

  constructor(components: DirectiveSourceComponents, init: DirectiveSourceInit) {
    this.#components = components;
    this.#init = init;
    this.#loop = new BackgroundLoop((signal) => this.#round(signal));
  }

  start(): void {
    const { bus } = this.#components;
    const { namespace, hostId } = this.#init.host;
    if (bus !== undefined) {
      const nudges = bus.subscribe(nudgeSubject(namespace, hostId), () => this.#nudge.abort());
      const forget = bus.onConnectedChange((connected) => {
        if (connected) this.#nudge.abort();
      });
      this.#unsubscribe = async () => {
        forget();
        await nudges.stop();
      };
    }
    this.#loop.start();
  }

  async stop(): Promise<void> {
    const stopped = this.#loop.stop();
    await this.#unsubscribe?.();
    await stopped;
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#components;
    this.#nudge = new AbortController();
    await this.#look(signal);
    const wait = jittered(this.#init.pollIntervalMs, random);
    await pause(clock, wait, AbortSignal.any([signal, this.#nudge.signal]));
  }

  async #look(signal: AbortSignal): Promise<void> {
    try {
      const directives = (await this.#fromBus()) ?? (await this.#fromCatalog(signal));
      if (!signal.aborted) await this.#init.onDirectives(directives);
    } catch (error) {
      if (signal.aborted) return;
      this.#components.logger.warn({ err: error }, 'could not read the directives; trying again');
    }
  }

  /** The host's key; `undefined` when the bus cannot say. A host without a key has no directives. */
  async #fromBus(): Promise<HostDirectives | undefined> {
    const { bus, logger } = this.#components;
    if (bus?.connected !== true) return undefined;
    try {
      const { namespace, hostId } = this.#init.host;
      const entry = await bus.bucket(DIRECTIVES_BUCKET).get(directivesKey(namespace, hostId));
      return entry === undefined ? HostDirectives.fromPartial({}) : HostDirectives.decode(entry.value);
    } catch (error) {
      logger.warn({ err: error }, 'the bus has no directives to read; asking the catalog');
      return undefined;
    }
  }

  async #fromCatalog(signal: AbortSignal): Promise<HostDirectives> {
    this.#components.metrics.fallback('directive');
    const { namespace, hostId } = this.#init.host;
    const { directives } = await this.#components.fleet.getDirective({ namespace, hostId }, { signal });
    return directives ?? HostDirectives.fromPartial({});
  }
}

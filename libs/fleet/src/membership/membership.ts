import type {
  AppliedDirective,
  FleetServiceClient,
  HelloResponse,
  MemberRole,
  ScrubReport,
  Software,
} from '@shoal/contracts';
import { BackgroundLoop, backoffMs, type Clock, type Logger } from '@shoal/service';
import {
  DEFAULT_HELLO_INTERVAL_MS,
  HELLO_BACKOFF,
  MAX_HELLO_INTERVAL_MS,
  MIN_HELLO_INTERVAL_MS,
} from '../constants.ts';
import { jittered, pause, type UnitRandom } from '../pause.ts';

/** Collaborators of a {@link Membership}. */
export interface MembershipComponents {
  readonly fleet: Pick<FleetServiceClient, 'hello'>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: UnitRandom;
}

/** What a member says of itself. */
export interface MembershipInit {
  readonly namespace: string;
  readonly role: MemberRole;
  readonly hostId: string;
  readonly zone: string;
  readonly rack: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly software: Software;
  /** Seeders: host:port of the gRPC API. Empty for agents. */
  readonly endpoint: string;
  /** Seeders that serve files over HTTP: their base URL. */
  readonly filesUrl?: string;
  /** Bytes free where artifacts are stored. */
  readonly freeBytes: () => Promise<number>;
  /** The directives the host is done with. */
  readonly applied: () => readonly AppliedDirective[];
  /** What is known of the artifacts at rest. */
  readonly scrub: () => ScrubReport;
  /** Called with each answer. What it throws is logged. */
  readonly onWelcome: (welcome: HelloResponse) => void;
}

/** Registers a host with the catalog and keeps it alive there. */
export interface Membership {
  /** Whether the catalog answered the last hello. */
  readonly reachable: boolean;
  /** Says hello in the background, again and again, whether the catalog answers or not. */
  start(): void;
  /** Ends that; resolves when no hello is under way any more. */
  stop(): Promise<void>;
}

/** Makes the hello loop of an agent or a seeder. */
export function createMembership(components: MembershipComponents, init: MembershipInit): Membership {
  return new HelloLoop(components, init);
}

class HelloLoop implements Membership {
  readonly #components: MembershipComponents;
  readonly #init: MembershipInit;
  readonly #loop: BackgroundLoop;
  #failures = 0;
  #reachable = false;

  constructor(components: MembershipComponents, init: MembershipInit) {
    this.#components = components;
    this.#init = init;
    this.#loop = new BackgroundLoop(async (signal) => {
      const wait = await this.#hello(signal);
      await pause(components.clock, wait, signal);
    });
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Says hello once; returns the milliseconds until the next one. */
  async #hello(signal: AbortSignal): Promise<number> {
    const { fleet, logger, random } = this.#components;
    try {
      const welcome = await fleet.hello(await this.#request(), { signal });
      if (!this.#reachable)
        logger.info({ catalog: welcome.software?.version }, 'registered with the catalog');
      this.#reachable = true;
      this.#failures = 0;
      this.#init.onWelcome(welcome);
      return jittered(helloInterval(welcome.intervalMillis), random);
    } catch (error) {
      this.#failures += 1;
      if (!signal.aborted && (this.#reachable || this.#failures === 1)) {
        logger.warn({ err: error }, 'the catalog does not answer; going on without it and trying again');
      }
      this.#reachable = false;
      return backoffMs(this.#failures, { ...HELLO_BACKOFF, random });
    }
  }

  async #request() {
    const { namespace, role, hostId, zone, rack, labels, software, endpoint, filesUrl = '' } = this.#init;
    const freeBytes = BigInt(await this.#init.freeBytes());
    const applied = [...this.#init.applied()];
    const scrub = this.#init.scrub();
    const said = { namespace, role, hostId, zone, rack, labels, software, endpoint, filesUrl };
    return { ...said, freeBytes, applied, scrub };
  }
}

function helloInterval(millis: number): number {
  if (millis === 0) return DEFAULT_HELLO_INTERVAL_MS;
  return Math.min(Math.max(millis, MIN_HELLO_INTERVAL_MS), MAX_HELLO_INTERVAL_MS);
}

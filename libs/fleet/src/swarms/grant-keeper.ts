import type { FleetServiceClient } from '@shoal/contracts';
import { BackgroundLoop, type Clock, type Logger } from '@shoal/service';
import { GRANT_CHECK_INTERVAL_MS, GRANT_RENEWALS_AT_ONCE } from '../constants.ts';
import { jittered, pause, type UnitRandom } from '../pause.ts';
import { digestBytes, infoHashOf, type SwarmKey, type SwarmRecord } from './swarm-record.ts';

/** Collaborators of a {@link GrantKeeper}. */
export interface GrantKeeperComponents {
  readonly fleet: Pick<FleetServiceClient, 'renewGrant'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: UnitRandom;
}

export interface GrantKeeperInit {
  /** Whom the grants are for. */
  readonly hostId: string;
  /** Called with the record that carries a fresh grant: to keep it, and to show it to the tracker. */
  readonly onRenewed: (record: SwarmRecord) => Promise<void>;
}

/**
 * Renews grants when half of their life is over; until then, and while the catalog is away, the ones at hand serve. One
 * loop for all swarms: an idle swarm has no timer of its own.
 */
export interface GrantKeeper {
  /** Keeps the grant of this swarm fresh, in place of an earlier record of the same key. */
  watch(record: SwarmRecord): void;
  forget(key: SwarmKey): void;
  start(): void;
  stop(): Promise<void>;
}

/** Whether half of a grant's life is over, so that a renewal has the other half to succeed. */
export function isRenewalDue(
  record: Pick<SwarmRecord, 'grantedAt' | 'grantExpiresAt'>,
  now: number,
): boolean {
  return now >= (record.grantedAt + record.grantExpiresAt) / 2;
}

export function createGrantKeeper(components: GrantKeeperComponents, init: GrantKeeperInit): GrantKeeper {
  return new RenewalLoop(components, init);
}

class RenewalLoop implements GrantKeeper {
  readonly #components: GrantKeeperComponents;
  readonly #init: GrantKeeperInit;
  readonly #records = new Map<SwarmKey, SwarmRecord>();
  readonly #loop: BackgroundLoop;

  constructor(components: GrantKeeperComponents, init: GrantKeeperInit) {
    this.#components = components;
    this.#init = init;
    const { clock, random } = components;
    this.#loop = new BackgroundLoop(async (signal) => {
      await this.#renewDue(signal);
      await pause(clock, jittered(GRANT_CHECK_INTERVAL_MS, random), signal);
    });
  }

  watch(record: SwarmRecord): void {
    this.#records.set(record.key, record);
  }

  forget(key: SwarmKey): void {
    this.#records.delete(key);
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #renewDue(signal: AbortSignal): Promise<void> {
    const now = this.#components.clock.now();
    const due = [...this.#records.values()].filter((record) => isRenewalDue(record, now)).values();
    const worker = async (): Promise<void> => {
      for (const record of due) {
        if (signal.aborted) return;
        await this.#renew(record, signal);
      }
    };
    await Promise.all(Array.from({ length: GRANT_RENEWALS_AT_ONCE }, worker));
  }

  async #renew(record: SwarmRecord, signal: AbortSignal): Promise<void> {
    const { fleet, clock, logger } = this.#components;
    const { namespace, name } = record;
    try {
      const request = {
        namespace,
        name,
        hostId: this.#init.hostId,
        contentDigest: digestBytes(record.contentDigest),
        infoHash: infoHashOf(record.key),
      };
      const grantedAt = clock.now();
      const { grant, expiresAt } = await fleet.renewGrant(request, { signal });
      const current = this.#records.get(record.key);
      if (current === undefined || expiresAt === undefined) return;
      const renewed = { ...current, grant, grantedAt, grantExpiresAt: expiresAt.getTime() };
      this.#records.set(record.key, renewed);
      await this.#init.onRenewed(renewed);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, name, swarm: record.key }, 'could not renew a grant; trying again');
    }
  }
}

import { type DeepPartial, type RenewGrantRequest, RenewGrantResponse } from '@shoal/contracts';
import { createLogger } from '@shoal/service';
import { VirtualClock } from '@shoal/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createGrantKeeper, type GrantKeeper, isRenewalDue } from './grant-keeper.ts';
import type { DigestHex, SwarmKey, SwarmRecord } from './swarm-record.ts';

const HOUR = 3_600_000;
const logger = createLogger({ service: 'test', level: 'silent' });

function record(clock: VirtualClock, key = 'a'): SwarmRecord {
  return {
    key: key.repeat(40) as SwarmKey,
    namespace: 'default',
    name: 'web',
    version: '1',
    contentDigest: key.repeat(64) as DigestHex,
    size: 1,
    grant: 'old',
    grantedAt: clock.now(),
    grantExpiresAt: clock.now() + 2 * HOUR,
    trackerEndpoints: [],
  };
}

describe('grant keeper', () => {
  let keeper: GrantKeeper | undefined;
  afterEach(() => keeper?.stop());

  it('is due from half of the life on', () => {
    expect(isRenewalDue({ grantedAt: 100, grantExpiresAt: 200 }, 149)).toBe(false);
    expect(isRenewalDue({ grantedAt: 100, grantExpiresAt: 200 }, 150)).toBe(true);
  });

  function begin(clock: VirtualClock, renew: () => Promise<RenewGrantResponse>) {
    const requests: DeepPartial<RenewGrantRequest>[] = [];
    const renewed: SwarmRecord[] = [];
    keeper = createGrantKeeper(
      {
        fleet: {
          renewGrant: (request) => {
            requests.push(request);
            return renew();
          },
        },
        clock,
        logger,
        random: () => 0.5,
      },
      {
        hostId: 'host-1',
        onRenewed: (fresh) => {
          renewed.push(fresh);
          return Promise.resolve();
        },
      },
    );
    keeper.start();
    return { keeper, requests, renewed };
  }

  it('renews once a half-life, and hands over the fresh grant', async () => {
    const clock = new VirtualClock();
    const fresh = () =>
      Promise.resolve(
        RenewGrantResponse.create({ grant: 'new', expiresAt: new Date(clock.now() + 2 * HOUR) }),
      );
    const { keeper, requests, renewed } = begin(clock, fresh);
    keeper.watch(record(clock));
    await clock.advance(HOUR - 60_000);
    expect(requests).toHaveLength(0);
    await clock.advance(2 * 60_000);
    expect(requests).toHaveLength(1);
    expect(renewed[0]).toMatchObject({ grant: 'new' });
    await clock.advance(HOUR / 2);
    expect(requests).toHaveLength(1);
    await clock.advance(HOUR);
    expect(requests).toHaveLength(2);
  });

  it('keeps asking while the catalog is away, and forgets what is left', async () => {
    const clock = new VirtualClock();
    const { keeper, requests, renewed } = begin(clock, () => Promise.reject(new Error('away')));
    keeper.watch(record(clock, 'a'));
    keeper.watch(record(clock, 'b'));
    keeper.forget(record(clock, 'b').key);
    await clock.advance(HOUR + 5 * 60_000);
    expect(requests.length).toBeGreaterThan(5);
    expect(new Set(requests.map(({ contentDigest }) => String(contentDigest))).size).toBe(1);
    expect(renewed).toHaveLength(0);
  });
});

import {
  type DeepPartial,
  type HelloRequest,
  HelloResponse,
  MemberRole,
  type ScrubReport,
} from '@shoal/contracts';
import { createLogger } from '@shoal/service';
import { VirtualClock } from '@shoal/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { createMembership, type Membership } from './membership.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

class Catalog {
  readonly hellos: DeepPartial<HelloRequest>[] = [];
  answer: () => Promise<HelloResponse> = () =>
    Promise.resolve(HelloResponse.create({ intervalMillis: 10_000 }));

  readonly hello = (request: DeepPartial<HelloRequest>): Promise<HelloResponse> => {
    this.hellos.push(request);
    return this.answer();
  };
}

const SCRUB: ScrubReport = { lastVerifiedAt: new Date(5), damagedArtifacts: 0, damaged: [] };

describe('membership', () => {
  const clock = new VirtualClock();
  let membership: Membership | undefined;
  afterEach(() => membership?.stop());

  function begin(catalog: Catalog, onWelcome = (): void => undefined): Membership {
    membership = createMembership(
      { fleet: catalog, logger, clock, random: () => 0.5 },
      {
        namespace: 'default',
        role: MemberRole.MEMBER_ROLE_AGENT,
        hostId: 'host-1',
        zone: 'a',
        rack: 'r1',
        labels: { tier: 'web' },
        software: { version: '0.1.0', capabilities: [] },
        endpoint: '',
        freeBytes: () => Promise.resolve(1_000),
        applied: () => [],
        scrub: () => SCRUB,
        onWelcome,
      },
    );
    membership.start();
    return membership;
  }

  it('says who it is, and again at the interval the catalog names', async () => {
    const catalog = new Catalog();
    const running = begin(catalog);
    await clock.settled();
    expect(catalog.hellos).toHaveLength(1);
    expect(catalog.hellos[0]).toMatchObject({ hostId: 'host-1', freeBytes: 1_000n, labels: { tier: 'web' } });
    expect(running.reachable).toBe(true);
    await clock.advance(9_999);
    expect(catalog.hellos).toHaveLength(1);
    await clock.advance(1);
    expect(catalog.hellos).toHaveLength(2);
  });

  it('goes on, with growing pauses, while the catalog is away', async () => {
    const catalog = new Catalog();
    catalog.answer = () => Promise.reject(new Error('away'));
    const running = begin(catalog);
    await clock.advance(60_000);
    expect(running.reachable).toBe(false);
    // 375, 750, 1500, … ms up to 11.25 s: three quarters of 500 ms doubled up to 15 s.
    expect(catalog.hellos).toHaveLength(10);
    catalog.answer = () => Promise.resolve(HelloResponse.create({}));
    await clock.advance(15_000);
    expect(running.reachable).toBe(true);
  });

  it('bounds the interval that the catalog asks for', async () => {
    const catalog = new Catalog();
    catalog.answer = () => Promise.resolve(HelloResponse.create({ intervalMillis: 1 }));
    begin(catalog);
    await clock.advance(1_000);
    expect(catalog.hellos).toHaveLength(11);
  });

  it('survives a listener that throws', async () => {
    const catalog = new Catalog();
    begin(catalog, () => {
      throw new Error('listener');
    });
    await clock.advance(1_000);
    expect(catalog.hellos.length).toBeGreaterThan(1);
  });
});

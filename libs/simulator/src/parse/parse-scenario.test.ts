import { describe, expect, it } from 'vitest';
import { parseScenario } from './parse-scenario.ts';

const MINIMAL = {
  leechers: 8,
  size: '64 MiB',
  pieceSize: '256 KiB',
  rate: '4 MiB/s',
  latency: '0.5 ms',
  limit: '2 min',
};

/** The message of the error that a change of the minimal scenario brings. */
function complaint(change: object): string {
  try {
    parseScenario({ ...MINIMAL, ...change });
  } catch (error) {
    expect(error).toMatchObject({ code: 'SHOAL_SCENARIO_INVALID', remedy: expect.any(String) as string });
    return (error as Error).message;
  }
  return 'nothing was wrong';
}

describe('parseScenario', () => {
  it('reads sizes, rates and times with their units, and has a seed', () => {
    expect(parseScenario(MINIMAL)).toEqual({
      leechers: 8,
      size: 67_108_864,
      pieceSize: 262_144,
      rate: 4_194_304,
      latency: 0.5,
      limit: 120_000,
      seed: 1,
    });
  });

  it('reads what is nested', () => {
    const { hosts, churn, graph, zones } = parseScenario({
      ...MINIMAL,
      hosts: [{ select: 'leechers', share: '10 %', up: '1 Gbit/s' }],
      churn: [{ select: [0], afterSent: 1.2 }],
      graph: { policy: 'zone-aware', degree: 20 },
      zones: [{ name: 'a', up: 1_000 }],
    });
    expect(hosts).toEqual([{ select: 'leechers', share: 0.1, up: 125_000_000 }]);
    expect(churn).toEqual([{ select: [0], afterSent: 1.2 }]);
    expect(graph).toEqual({ policy: 'zone-aware', degree: 20 });
    expect(zones).toEqual([{ name: 'a', up: 1_000 }]);
  });

  it.each([
    [{ leechers: 0 }, 'leechers: expected a whole number from 1 to 100000, found 0'],
    [{ leechers: undefined }, 'leechers: expected a whole number from 1 to 100000, found nothing'],
    [{ size: '64 parrots' }, 'size: expected a size such as "4 MiB" or "3 GB", found "64 parrots"'],
    [{ rate: '4 MiB' }, 'rate: expected a rate such as "300 MB/s" or "10 Gbit/s", found "4 MiB"'],
    [{ pieceSize: 1_000 }, 'pieceSize: expected a multiple of 16 KiB, found 1000'],
    [{ blockSize: '1 MiB' }, 'blockSize: expected a multiple of 16 KiB, at most pieceSize, found 1048576'],
    [{ zones: [{ name: 'a' }, { name: 'b', up: 'fast' }] }, 'zones[1].up: expected a rate'],
    [{ churn: [{ select: 'all' }] }, 'churn[0]: expected at or afterSent, found {"select":"all"}'],
    [{ hosts: [{ select: 'everyone' }] }, 'hosts[0].select: expected one of all, seeders, leechers'],
    [
      { graph: { policy: 'star' } },
      'graph.policy: expected one of full-mesh, random, near-regular, zone-aware',
    ],
    [{ colour: 'red' }, 'colour: expected one of the fields leechers, size,'],
  ])('says where %j is wrong and what belongs there', (change, message) => {
    expect(complaint(change)).toContain(message);
  });

  it.each([[undefined], ['text'], [[]], [null]])('refuses %j as a whole', (value) => {
    expect(() => parseScenario(value)).toThrow('scenario: expected fields with values');
  });
});

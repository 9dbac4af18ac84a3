import { describe, expect, it } from 'vitest';
import { parseCommand, USAGE } from './options.ts';

describe('parseCommand', () => {
  it("takes a benchmark's own defaults", () => {
    const command = parseCommand(['fan-out']);
    expect(command?.options).toMatchObject({ size: 64, piece: 256, leechers: 16, rate: 4 });
    expect(command?.entrants.map(({ name }) => name)).toEqual(['shoal/v2', 'libtorrent/v1', 'aria2/v1']);
  });

  it('takes what the user says', () => {
    const command = parseCommand([
      ...['fan-out', '--clients', 'shoal/v1,libtorrent', '--size', '16', '--piece', '64'],
      ...[
        '--leechers',
        '8',
        '--rate',
        '0.5',
        '--reps',
        '2',
        '--limit',
        '9',
        '--opt',
        'a=1',
        '--opt',
        'b=2',
        '--json',
      ],
    ]);
    expect(command).toMatchObject({
      name: 'fan-out',
      options: { size: 16, piece: 64, leechers: 8, rate: 0.5, reps: 2, limit: 9 },
      entrants: [
        { client: 'shoal', format: 'v1' },
        { client: 'libtorrent', format: 'v1' },
      ],
      shoalOptions: ['a=1', 'b=2'],
      json: true,
    });
  });

  it('leaves help to the caller', () => {
    expect(parseCommand([])).toBeUndefined();
    expect(parseCommand(['fan-out', '--help'])).toBeUndefined();
  });

  it.each([
    ['a benchmark that is none', ['constructor']],
    ['two benchmarks', ['fan-out', 'churn']],
    ['a client that is none', ['fan-out', '--clients', 'toString']],
    ['a format that a client does not know', ['fan-out', '--clients', 'aria2/v2']],
    ['no number', ['fan-out', '--size', 'big']],
    ['too many leechers', ['fan-out', '--leechers', '201']],
    ['a piece length that is no power of two', ['fan-out', '--piece', '100']],
    ['an option that is none', ['fan-out', '--fast']],
  ])('refuses %s', (_, args) => {
    expect(() => parseCommand(args)).toThrow(expect.objectContaining({ code: 'SHOAL_BENCH_ARGUMENT' }));
  });
});

it('the help names every benchmark once, and nothing else beside them', () => {
  const names = [...USAGE.matchAll(/^ {2}([a-z][a-z-]*) +/gm)].map(([, name]) => name);
  expect(names).toEqual(['one-to-one', 'fan-out', 'churn', 'seeder', 'scaling', 'shared-link', 'push']);
  // What a merge leaves behind.
  expect(USAGE).not.toMatch(/^[<=>]/m);
});

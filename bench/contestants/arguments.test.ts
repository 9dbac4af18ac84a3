import { describe, expect, it } from 'vitest';
import { parseContestantArguments } from './arguments.ts';
import { sessionOptions } from './session-options.ts';

const REQUIRED = [
  ...['--role', 'leech', '--torrent', 'x.torrent', '--dir', 'data'],
  ...['--work', 'work', '--listen', '198.18.0.2:7001'],
];

describe('parseContestantArguments', () => {
  it('takes what a harness gives', () => {
    const more = [
      '--peer',
      '198.18.0.3:1',
      '--peer',
      '[::1]:65535',
      '--no-tracker',
      '--resume',
      '--opt',
      'a=b=c',
    ];
    expect(parseContestantArguments([...REQUIRED, ...more])).toEqual({
      role: 'leech',
      torrent: 'x.torrent',
      directory: 'data',
      work: 'work',
      listen: { host: '198.18.0.2', port: 7001 },
      peers: [
        { host: '198.18.0.3', port: 1 },
        { host: '::1', port: 65_535 },
      ],
      useTrackers: false,
      resume: true,
      options: new Map([['a', 'b=c']]),
    });
  });

  it.each([
    ['a role that is none', ['--role', 'peer']],
    ['an option that is none', ['--fast']],
    ['an address without port', ['--peer', '198.18.0.3']],
    ['a port that is none', ['--peer', '198.18.0.3:65536']],
    ['a setting without value', ['--opt', 'connections']],
    ['an empty path', ['--work', '']],
  ])('refuses %s', (_, more) => {
    expect(() => parseContestantArguments([...REQUIRED, ...more])).toThrow(
      expect.objectContaining({ code: 'SHOAL_BENCH_ARGUMENT' }),
    );
  });
});

describe('sessionOptions', () => {
  it('gives the settings of a session', () => {
    const options = new Map([
      ['connections', '50'],
      ['buffers', '2'],
      ['up', '64'],
      ['down', '16'],
    ]);
    expect(sessionOptions(options)).toEqual({
      maxConnections: 50,
      bufferBudgetBytes: 2 * 1024 * 1024,
      limits: { upload: 64 * 1024, download: 16 * 1024 },
    });
  });

  it.each([
    ['slots', '4'],
    ['toString', '1'],
    ['connections', 'many'],
    ['connections', '0'],
  ])('refuses %s=%s', (key, value) => {
    expect(() => sessionOptions(new Map([[key, value]]))).toThrow(
      expect.objectContaining({ code: 'SHOAL_BENCH_ARGUMENT' }),
    );
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { describeOptions } from './describe-options.ts';
import { loadOptions } from './load-options.ts';
import { defineOptions } from './option.ts';

const schema = defineOptions({
  config: { type: 'path', description: 'File.' },
  listen: { type: 'endpoint', default: '127.0.0.1:1', description: 'Where.' },
  catalog: { type: 'endpoint', required: true, description: 'The catalog.' },
  maxPeers: { type: 'integer', default: 50, min: 1, max: 200, description: 'Peers.' },
  interval: { type: 'duration', default: 1_000, description: 'Time.' },
  budget: { type: 'bytes', default: 1_024, description: 'Memory.' },
  limit: { type: 'rate', min: 1_024, description: 'Rate.' },
  insecure: { type: 'boolean', default: false, description: 'No TLS.' },
  logLevel: { type: 'string', default: 'info', choices: ['info', 'debug'], description: 'a | b' },
  zones: { type: 'list', default: [], description: 'Zones.' },
  labels: { type: 'labels', default: {}, description: 'Labels.' },
  password: { type: 'string', secret: true, default: 'hunter2', description: 'Secret.' },
});
const envPrefix = 'SHOAL_X_';
const catalog = 'catalog:7400';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-options-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, 'options.yaml');
  writeFileSync(path, content);
  return path;
}

function problemsOf(load: () => unknown): ConfigError['problems'] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('loadOptions', () => {
  it('takes the flag before the variable before the file before the default', () => {
    const path = file('catalog: from-file:1\nmax-peers: 3\ninterval: 3s\nbudget: 3KiB\n');
    const env = { SHOAL_X_CATALOG: 'from-env:1', SHOAL_X_MAX_PEERS: '2', SHOAL_X_CONFIG: path };
    const values = loadOptions(schema, { flags: { catalog: 'from-flag:1' }, env, envPrefix });
    expect(values).toMatchObject({
      catalog: 'from-flag:1',
      maxPeers: 2,
      interval: 3_000,
      budget: 3_072,
      listen: '127.0.0.1:1',
    });
  });

  it.each([
    ['interval', '250ms', 250],
    ['interval', '2h', 7_200_000],
    ['interval', 5, 5],
    ['budget', '4MiB', 4 * 2 ** 20],
    ['limit', '10MiB/s', 10 * 2 ** 20],
    ['limit', '4096', 4_096],
    ['insecure', 'true', true],
    ['zones', 'a, b', ['a', 'b']],
    ['zones', '', []],
    ['labels', 'tier=web,zone=a', { tier: 'web', zone: 'a' }],
    ['listen', '[::1]:0', '[::1]:0'],
    ['listen', 'unix:/run/shoal.sock', 'unix:/run/shoal.sock'],
    ['zones', 'x.{js,c{ss,sv}},y', ['x.{js,c{ss,sv}}', 'y']],
    ['zones', 'a},b', ['a}', 'b']],
  ])('reads %s from %j', (key, raw, value) => {
    expect(loadOptions(schema, { flags: { catalog, [key]: raw }, envPrefix })).toHaveProperty(key, value);
  });

  it('reads lists and labels of a file in their own form', () => {
    const path = file('catalog: c:1\nzones: [a, b]\nlabels: {tier: web}\n');
    const { zones, labels } = loadOptions(schema, { envPrefix, file: path });
    expect({ zones, labels }).toEqual({ zones: ['a', 'b'], labels: { tier: 'web' } });
  });

  it.each([
    ['maxPeers', 0],
    ['maxPeers', '201'],
    ['maxPeers', '1.5'],
    ['maxPeers', '12x'],
    ['interval', '5 parsecs'],
    ['interval', '-1s'],
    ['budget', '4MB'],
    ['budget', '4MiB/s'],
    ['limit', '10MiB'],
    ['limit', '10Mbit/s'],
    ['limit', '1023B/s'],
    ['insecure', 'yes'],
    ['logLevel', 'loud'],
    ['listen', 'nowhere'],
    ['listen', 'host:99999'],
    ['labels', 'a'],
    ['labels', '__proto__'],
    ['password', 5],
  ])('refuses %s = %j', (key, raw) => {
    const problems = problemsOf(() => loadOptions(schema, { flags: { catalog, [key]: raw }, envPrefix }));
    expect(problems).toHaveLength(1);
  });

  it('lists everything that is wrong, with where it came from', () => {
    const path = file('max-peers: many\nmax-pears: 3\n');
    const sources = {
      flags: { insecure: 'maybe' },
      env: { SHOAL_X_INTERVAL: 'soon' },
      envPrefix,
      file: path,
    };
    const problems = problemsOf(() => loadOptions(schema, sources));
    expect(problems.map(({ name, source }) => `${name}: ${source}`).sort()).toEqual([
      'catalog: required',
      'insecure: flag --insecure',
      'interval: variable SHOAL_X_INTERVAL',
      `max-pears: file ${path}`,
      `max-peers: file ${path}`,
    ]);
  });

  it.each([['[1, 2]'], ['{'], ['just text']])('refuses the file %j', (content) => {
    const path = file(content);
    const problems = problemsOf(() => loadOptions(schema, { flags: { catalog }, envPrefix, file: path }));
    expect(problems).toMatchObject([{ name: 'config', source: `file ${path}` }]);
  });

  it('refuses a file that is not there', () => {
    const flags = { catalog, config: join(directory, 'missing.yaml') };
    expect(problemsOf(() => loadOptions(schema, { flags, envPrefix }))).toHaveLength(1);
  });

  it('never repeats a secret', () => {
    const sources = { flags: { catalog, password: ['s3cret'] }, envPrefix };
    expect(() => loadOptions(schema, sources)).toThrow(/\(hidden\)/);
    expect(() => loadOptions(schema, sources)).not.toThrow(/s3cret/);
  });
});

describe('describeOptions', () => {
  it('makes a row for each option', () => {
    const lines = describeOptions(schema, envPrefix).trimEnd().split('\n');
    expect(lines).toHaveLength(2 + Object.keys(schema).length);
    expect(lines).toContain('| `--max-peers` | `SHOAL_X_MAX_PEERS` | integer | `50` | Peers. |');
    expect(lines).toContain('| `--catalog` | `SHOAL_X_CATALOG` | endpoint | **required** | The catalog. |');
    expect(lines).toContain('| `--log-level` | `SHOAL_X_LOG_LEVEL` | info \\| debug | `info` | a \\| b |');
    expect(lines.join()).not.toContain('hunter2');
  });
});

import { describe, expect, it } from 'vitest';
import { checkLabels } from './check-labels.ts';
import { checkHostId, checkName, checkNamespace, checkText, checkVersion } from './check-names.ts';

const LONG = 'a'.repeat(129);

describe('names', () => {
  it.each(['web', 'a', '0', 'web.api_v2-x', 'a'.repeat(128)])('takes the artifact name %j', (name) => {
    expect(() => checkName(name)).not.toThrow();
  });

  it.each(['', '.', '..', '-web', 'Web', 'we b', 'a/b', 'ä', 'web\n', LONG])(
    'refuses the artifact name %j',
    (name) => {
      expect(() => checkName(name)).toThrow(
        expect.objectContaining({ code: 'SHOAL_CATALOG_INVALID_REQUEST' }),
      );
    },
  );

  it.each(['1.4.2', 'v1', '2026-11-21', '1.0.0+build.7', 'RC1'])('takes the version %j', (version) => {
    expect(() => checkVersion(version)).not.toThrow();
  });

  it.each(['', '..', '+1', '1/2', '1 2', LONG])('refuses the version %j', (version) => {
    expect(() => checkVersion(version)).toThrow(/^version is /);
  });

  it('says what to use for a missing namespace', () => {
    expect(() => checkNamespace('')).toThrow(/use "default"/);
  });

  it('takes host names only as host ids', () => {
    expect(() => checkHostId('eu-1.rack-7.example')).not.toThrow();
    expect(() => checkHostId('a_b')).toThrow(/^host_id is /);
  });

  it('refuses text that the database or a log cannot hold', () => {
    expect(() => checkText('zone', 'eu-1')).not.toThrow();
    expect(() => checkText('zone', 'eu\u0000')).toThrow(/control/);
    expect(() => checkText('zone', LONG)).toThrow(/longer/);
  });
});

describe('labels', () => {
  it('names the key or value at fault', () => {
    expect(() => checkLabels('labels', { tier: 'web', 'example.org/team': '' })).not.toThrow();
    expect(() => checkLabels('selector', { '-x': '' })).toThrow(/a key of selector is "-x"/);
    expect(() => checkLabels('labels', { tier: '\n' })).toThrow(/^labels\.tier is /);
  });

  it('bounds their number', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'v']));
    expect(() => checkLabels('labels', many)).toThrow(/65 labels/);
  });
});

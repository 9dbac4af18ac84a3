import type { DigestHex } from '@shoal/fleet';
import { describe, expect, it } from 'vitest';
import { judge, nextStep } from './decide.ts';
import type { Desired } from './desired.ts';

const OLD = 'a'.repeat(64) as DigestHex;
const NEW = 'b'.repeat(64) as DigestHex;

function desired(fields: Partial<Desired> = {}): Desired {
  return {
    name: 'web',
    version: '1.0.0',
    contentDigest: NEW,
    revision: 7n,
    phase: 'activate',
    rolloutId: 'r1',
    traceparent: '',
    size: 10,
    ...fields,
  };
}

describe('nextStep', () => {
  it('fetches what is not published, whatever is live', () => {
    expect(nextStep(desired(), { published: false, live: undefined })).toBe('fetch');
    expect(nextStep(desired(), { published: false, live: NEW })).toBe('fetch');
  });

  it('activates a published tree that is not live', () => {
    expect(nextStep(desired(), { published: true, live: undefined })).toBe('activate');
    expect(nextStep(desired(), { published: true, live: OLD })).toBe('activate');
  });

  it('leaves the live link alone while the phase is fetch', () => {
    expect(nextStep(desired({ phase: 'fetch' }), { published: true, live: OLD })).toBe('settled');
  });

  it('has nothing to do once the tree is live', () => {
    expect(nextStep(desired(), { published: true, live: NEW })).toBe('settled');
  });
});

describe('judge', () => {
  it('takes the first directive of a name', () => {
    expect(judge(undefined, desired())).toBe('replaced');
  });

  it('ignores lower revisions, even of other content', () => {
    expect(judge(desired(), desired({ revision: 6n, contentDigest: OLD }))).toBe('stale');
  });

  it('knows the same revision again', () => {
    expect(judge(desired(), desired())).toBe('known');
  });

  it('keeps a running fetch when a newer directive wants the same content', () => {
    expect(judge(desired({ phase: 'fetch' }), desired({ revision: 8n }))).toBe('updated');
  });

  it('gives a running fetch up when a newer directive wants other content', () => {
    expect(judge(desired(), desired({ revision: 8n, contentDigest: OLD }))).toBe('replaced');
  });
});

import { describe, expect, it } from 'vitest';
import { edited, latin1 } from './edited-torrents.ts';
import { infoHashHex } from './info-hash.ts';
import { parseMetainfo } from './parse.ts';
import { createTestTorrent, testContent } from './test-torrents.ts';

describe('lenientInfoHash', () => {
  it('is the hash that aria2 1.36 shows for a hybrid', () => {
    const { metainfo } = createTestTorrent({
      files: { 'd/a': testContent(7), b: testContent(70_000, 2), empty: testContent(0) },
      symlinks: { link: 'd/a' },
      executables: ['b'],
    });
    expect(metainfo.infoHashLenient && infoHashHex(metainfo.infoHashLenient)).toBe(
      '0895bd6f15b8358675f14ec7887b442d0bf439ec',
    );
  });

  it('leaves out members with an empty key and nothing else', () => {
    const base = parseMetainfo(edited('hybrid', () => undefined));
    const hashOf = (key: string) =>
      parseMetainfo(edited('hybrid', (_, info) => info.set('extra', new Map([[key, latin1('x')]]))))
        .infoHashLenient;
    const without = parseMetainfo(edited('hybrid', (_, info) => info.set('extra', new Map())));
    expect(hashOf('')).toEqual(without.infoHashLenient);
    expect(hashOf('a')).not.toEqual(without.infoHashLenient);
    expect(base.infoHashLenient).not.toEqual(base.infoHashV1);
  });
});
